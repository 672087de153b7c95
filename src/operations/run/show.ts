import { defineOperation } from "../define.ts";
import { runId, runViewJson, runWorkerText, runWorkerValues, type RunView } from "./run-json.ts";
import { runText } from "./run-text.ts";
import { viewRun } from "./run-view.ts";

interface Input {
  run_id: string;
}

export const show = defineOperation<Input, RunView>()({
  name: "run.show",
  toolset: "runs",
  summary: "Show a run, its tasks and what came of them",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({ run_id: runId(z) }),
    output: runViewJson(z),
  }),
  errors: ["run_not_found", "ambiguous_id"],
  cli: {
    command: "run show",
    group: "Core",
    positionals: ["run_id"],
    ids: "tasks.id",
    examples: ["agentpool run show @last --json"],
    render: (output, style) => runText(output, style),
  },
  mcp: {
    tool: "get_run",
    title: "Look at a run",
    description:
      "State, progress, tasks and results of a run; call again until its state is completed, " +
      "partial, failed or cancelled. awaiting_approval: approvals says what somebody has to decide; " +
      "paused: its because says whether it goes on by itself.",
    idempotent: true,
    openWorld: false,
    workerText: [...runWorkerText],
    workerValues: [...runWorkerValues],
  },
  run: async (ctx, input) => (await viewRun(ctx.app, input.run_id)).view,
});
