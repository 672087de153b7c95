import type { TaskRequests } from "../../orchestration/board/task-requests.ts";
import type { ClaimRequests } from "../../orchestration/claims/claim-requests.ts";

/** What operations ask of the board of tasks; the requests say what each promises. */
export type TaskService = Pick<TaskRequests, keyof TaskRequests>;

/** What they ask for whoever works on tasks. */
export type ClaimService = Pick<ClaimRequests, keyof ClaimRequests>;
