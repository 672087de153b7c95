import { defineOperation, type Style } from "../define.ts";
import { deadDependencies } from "./dead-dependencies.ts";
import { resolveTask } from "./resolve-task.ts";
import { taskId } from "./task-fields.ts";
import { projectTaskHead, taskHeadJson, taskText, type TaskHeadJson } from "./task-json.ts";

interface Input {
  task_id: string;
}

export interface Output {
  ok: true;
  task: TaskHeadJson;
  /** What it waits for that ended without a result, in the order in which to try these again. */
  retry_first: { id: string; state: string; because: string | null }[];
}

export const retry = defineOperation<Input, Output>()({
  name: "task.retry",
  toolset: "tasks",
  summary: "Let a failed or cancelled task be done again",
  about:
    "Under the same id, with at least one attempt more; what depends on it may hope again. A task " +
    "that is open is left as it is. What it depends on and ended without a result has to be tried " +
    "again, too: it is named.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({ task_id: taskId(z) }),
    output: z.looseObject({
      ok: z.boolean(),
      task: taskHeadJson(z),
      retry_first: z.array(
        z.looseObject({ id: z.string(), state: z.string(), because: z.string().nullable() }),
      ),
    }),
  }),
  errors: ["task_not_found", "task_ended", "ambiguous_id"],
  cli: {
    command: "task retry",
    group: "Tasks",
    positionals: ["task_id"],
    examples: ["agentpool task retry @last"],
    render: (output, style) => retryText(output, style),
  },
  mcp: {
    tool: "retry_task",
    title: "Retry a task",
    description: "Let a failed or cancelled task be done again, under the same id.",
    idempotent: true,
    openWorld: false,
    workerText: ["task.error", "task.because", "retry_first[].because"],
    workerValues: ["task.title", "task.artifacts[]"],
  },
  run: async (ctx, input) => {
    const { id } = await resolveTask(ctx, input.task_id);
    const task = await ctx.app.tasks.retry(id, ctx);
    const dead = await deadDependencies(ctx.app.store, task);
    return {
      ok: true,
      task: projectTaskHead(task),
      retry_first: dead.map((one) => ({ id: one.id, state: one.state, because: one.because })),
    };
  },
});

export function retryText({ task, retry_first: dead }: Output, style: Style): string {
  const first = dead.map(
    ({ id, state }) =>
      `  ${style.yellow("!")} it waits for ${id}, which ${wordFor(state)}; ` +
      `try that again, too: agentpool task retry ${id}`,
  );
  return [taskText(task, style), ...first].join("\n");
}

function wordFor(state: string): string {
  return state === "cancelled" ? "was cancelled" : state;
}
