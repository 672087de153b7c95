import { defineOperation } from "../define.ts";
import { resolveTask } from "./resolve-task.ts";
import { taskId } from "./task-fields.ts";
import { projectTaskHead, taskHeadJson, taskText, type TaskHeadJson } from "./task-json.ts";

interface Input {
  task_id: string;
  reason?: string;
  dry_run: boolean;
}

export interface Output {
  ok: true;
  task: TaskHeadJson;
  dry_run: boolean;
  /** With dry_run: ids of the tasks that wait for it, which would stay blocked. */
  would_block?: readonly string[];
}

export const cancel = defineOperation<Input, Output>()({
  name: "task.cancel",
  toolset: "tasks",
  summary: "Take a task off the board",
  about:
    "Whoever works on it is not stopped, but what they hand in is refused. What depends on it stays " +
    "blocked. task retry brings it back.",
  effect: "destructive",
  schemas: (z) => ({
    input: z.strictObject({
      task_id: taskId(z),
      reason: z.string().trim().min(1).max(2_000).optional().describe("Why it is not wanted"),
      dry_run: z.boolean().default(false).describe("Only say what would wait for it in vain"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      task: taskHeadJson(z),
      dry_run: z.boolean(),
      would_block: z.array(z.string()).optional(),
    }),
  }),
  errors: ["task_not_found", "task_ended", "ambiguous_id"],
  cli: {
    command: "task cancel",
    group: "Tasks",
    positionals: ["task_id"],
    examples: ["agentpool task cancel @last --dry-run", "agentpool task cancel @last"],
    render: ({ task, would_block: blocked }, style) =>
      blocked === undefined
        ? taskText(task, style)
        : [`${task.id}  would be cancelled`, ...blocked.map((id) => `  would block ${id}`)].join(
            "\n",
          ),
  },
  mcp: {
    tool: "cancel_task",
    title: "Cancel a task",
    description: "Take a task off the board; what a worker hands in for it later is refused.",
    idempotent: true,
    openWorld: false,
    unlisted: ["dry_run"],
    workerText: ["task.error", "task.because"],
    workerValues: ["task.title", "task.artifacts[]"],
  },
  run: async (ctx, input) => {
    const { id } = await resolveTask(ctx, input.task_id);
    const { dry_run: dryRun, reason = null } = input;
    const task = await ctx.app.tasks.cancel({ taskId: id, because: reason, dryRun }, ctx);
    const done = { ok: true, task: projectTaskHead(task), dry_run: dryRun } as const;
    if (!dryRun) return done;
    const { dependants } = await ctx.app.store.tasks.waitingFor(id);
    return { ...done, would_block: dependants.map((one) => one.id) };
  },
});
