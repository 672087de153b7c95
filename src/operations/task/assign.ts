import { defaultClaimMs } from "../../domain/task.ts";
import { defineOperation } from "../define.ts";
import { sessionId } from "../schemas.ts";
import { resolveTask } from "./resolve-task.ts";
import { taskId } from "./task-fields.ts";
import { projectTaskHead, taskHeadJson, taskText, type TaskHeadJson } from "./task-json.ts";

interface Input {
  task_id: string;
  session_id: string;
}

export interface Output {
  task: TaskHeadJson;
}

export const assign = defineOperation<Input, Output>()({
  name: "task.assign",
  toolset: "lead",
  summary: "Give a task to a session",
  about:
    "The session has claimed it from then on, as if it had asked itself; nothing is said to its " +
    "agent. The claim holds while the session lives.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({ task_id: taskId(z), session_id: sessionId(z) }),
    output: z.looseObject({ task: taskHeadJson(z) }),
  }),
  errors: [
    "task_not_found",
    "task_not_claimable",
    "task_claimed",
    "task_ended",
    "session_not_found",
    "session_ended",
    "ambiguous_id",
    "policy_blocked",
  ],
  cli: {
    command: "task assign",
    group: "Tasks",
    positionals: ["task_id", "session_id"],
    examples: ["agentpool task assign @last @last"],
    render: ({ task }, style) => taskText(task, style),
  },
  mcp: {
    tool: "assign_task",
    title: "Assign a task",
    description:
      "Claim a task on behalf of a worker. Tell the worker about it besides: it is not told by this.",
    idempotent: true,
    openWorld: false,
    workerText: ["task.error", "task.because"],
    workerValues: ["task.title", "task.artifacts[]"],
  },
  run: async (ctx, input) => {
    const { id } = await resolveTask(ctx, input.task_id);
    const task = await ctx.app.claims.assign(
      { taskId: id, session: input.session_id, ttlMs: defaultClaimMs },
      ctx,
    );
    return { task: projectTaskHead(task) };
  },
});
