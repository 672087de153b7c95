import { defineOperation } from "../define.ts";
import { timeoutSeconds } from "../schemas.ts";
import { boundTasks, hostTasks, taskLimit } from "./bound-tasks.ts";
import { runId, runViewJson, runWorkerText, runWorkerValues, type RunView } from "./run-json.ts";
import { runText } from "./run-text.ts";
import { progressText, viewRun, waitForRun } from "./run-view.ts";

interface Input {
  run_id: string;
  timeout_seconds: number;
  task_limit?: number;
}

export const show = defineOperation<Input, RunView>()({
  name: "run.show",
  toolset: "runs",
  summary: "Show a run, its tasks and what came of them",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      run_id: runId(z),
      timeout_seconds: timeoutSeconds(z, 0),
      task_limit: taskLimit(z),
    }),
    output: runViewJson(z),
  }),
  errors: ["run_not_found", "ambiguous_id"],
  cli: {
    command: "run show",
    group: "Core",
    positionals: ["run_id"],
    ids: "tasks.id",
    // a shell has `run watch` for it, and tools that cut a list
    omit: ["timeout_seconds", "task_limit"],
    examples: ["agentpool run show @last --json"],
    render: (output, style) => runText(output, style),
  },
  mcp: {
    tool: "get_run",
    title: "Look at a run",
    description:
      "State, progress, tasks and results of a run; timeout_seconds waits for its end or for a " +
      "decision it needs. Call again until its state is completed, partial, failed or cancelled. " +
      "awaiting_approval: approvals says what somebody has to decide; paused: its because says " +
      "whether it goes on by itself. tasks_not_shown counts tasks beyond task_limit.",
    idempotent: true,
    openWorld: false,
    presets: { task_limit: hostTasks },
    workerText: [...runWorkerText],
    workerValues: [...runWorkerValues],
  },
  run: async ({ app, signal, progress }, input) => {
    const { run, view } = await viewRun(app, input.run_id);
    if (input.timeout_seconds === 0) return boundTasks(view, input.task_limit);
    const last = await waitForRun(app, run.id, {
      timeoutMs: input.timeout_seconds * 1000,
      signal,
      throughApprovals: false,
      tell: (seen) => progress(progressText(seen)),
    });
    return boundTasks(last, input.task_limit);
  },
});
