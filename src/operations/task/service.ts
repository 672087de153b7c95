import type { TaskRequests } from "../../orchestration/board/task-requests.ts";

/** What operations ask of the board of tasks; the requests say what each promises. */
export type TaskService = Pick<TaskRequests, keyof TaskRequests>;
