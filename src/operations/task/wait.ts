import type { TaskWaitOutcome } from "../../orchestration/board/wait-for-tasks.ts";
import { defineOperation } from "../define.ts";
import { timeoutSeconds } from "../schemas.ts";
import { resolveTask } from "./resolve-task.ts";
import { taskId } from "./task-fields.ts";
import { projectTask, taskJson, taskText, type TaskJson } from "./task-json.ts";

interface Input {
  task_ids: string[];
  mode: "any" | "all";
  timeout_seconds: number;
}

export interface Output {
  outcome: TaskWaitOutcome;
  tasks: TaskJson[];
}

export const wait = defineOperation<Input, Output>()({
  name: "task.wait",
  toolset: "worker",
  summary: "Wait until tasks have ended",
  about:
    "Ends with outcome stuck when one of them waits for a task that failed or was cancelled. The " +
    "exit status is 0 when what was waited for is completed, 1 when it ended otherwise or is stuck, " +
    "124 when the time was over.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      task_ids: z.array(taskId(z)).min(1).max(1_000).describe("Tasks to wait for"),
      mode: z.enum(["any", "all"]).default("all").describe("Until any of them has, or all"),
      timeout_seconds: timeoutSeconds(z, 25),
    }),
    output: z.looseObject({ outcome: z.string(), tasks: z.array(taskJson(z)) }),
  }),
  errors: ["task_not_found", "ambiguous_id"],
  cli: {
    command: "task wait",
    group: "Tasks",
    ids: "tasks.id",
    positionals: ["task_ids..."],
    flags: { timeout_seconds: ["timeout"] },
    examples: ["agentpool task wait @last --timeout 10m"],
    render: ({ tasks, outcome }, style) =>
      [...tasks.map((task) => taskText(task, style)), style.dim(outcome)].join("\n"),
    exitCode: ({ outcome, tasks }) => {
      if (outcome === "timeout") return 124;
      const ended = tasks.filter(({ ended_at }) => ended_at !== null);
      return outcome === "ended" && ended.every(({ state }) => state === "completed") ? 0 : 1;
    },
  },
  mcp: {
    tool: "wait_task",
    title: "Wait for tasks",
    description:
      "Wait up to 25 s until tasks have ended, all or any, and give their results; call again to " +
      "wait longer. stuck: one of them waits for a task that failed.",
    idempotent: true,
    openWorld: false,
    workerText: ["tasks[].body", "tasks[].result", "tasks[].error", "tasks[].because"],
    workerValues: ["tasks[].title", "tasks[].artifacts[]"],
  },
  run: async (ctx, input) => {
    const taskIds = [];
    for (const named of input.task_ids) taskIds.push((await resolveTask(ctx, named)).id);
    const outcome = await ctx.app.tasks.wait(
      { taskIds, mode: input.mode, timeoutMs: Math.round(input.timeout_seconds * 1000) },
      ctx.signal,
    );
    const tasks = await ctx.app.store.tasks.byIds(taskIds);
    return { outcome, tasks: tasks.map(projectTask) };
  },
});
