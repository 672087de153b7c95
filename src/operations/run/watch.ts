import { AgentpoolError } from "../../domain/errors.ts";
import { defineOperation } from "../define.ts";
import { runId, runViewJson, type RunView } from "./run-json.ts";
import { outcomeText } from "./run-text.ts";
import { progressText, runExitCode, viewRun, waitForRun } from "./run-view.ts";

interface Input {
  run_id: string;
  timeout_seconds: number;
  through_approvals: boolean;
}

export const watch = defineOperation<Input, RunView>()({
  name: "run.watch",
  toolset: "runs",
  summary: "Follow a run to its end",
  about:
    "In a terminal a tree that changes as the run does, else one line for each change. Ends with 0 " +
    "for a completed run, 7 for a partial one, 1 for a failed or cancelled one, 8 when a decision is " +
    "missing. A run that was interrupted goes on by itself.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      run_id: runId(z),
      timeout_seconds: z
        .number()
        .min(0)
        .max(30 * 86_400)
        .default(7 * 86_400)
        .describe("How long to follow it, in seconds; 0 looks once"),
      through_approvals: z
        .boolean()
        .default(false)
        .describe("Go on waiting while a decision of somebody is missing"),
    }),
    output: runViewJson(z),
  }),
  errors: ["run_not_found", "ambiguous_id", "wait_timed_out"],
  cli: {
    command: "run watch",
    aliases: ["run wait"],
    group: "Core",
    positionals: ["run_id"],
    flags: { timeout_seconds: ["timeout"] },
    examples: ["agentpool run watch @last"],
    render: (output, style) => outcomeText(output, style),
    exitCode: runExitCode,
  },
  run: async (ctx, input) => {
    const { run } = await viewRun(ctx.app, input.run_id);
    const view = await waitForRun(ctx.app, run.id, {
      timeoutMs: input.timeout_seconds * 1000,
      signal: ctx.signal,
      throughApprovals: input.through_approvals,
      tell: (seen) => {
        const { completed, failed, cancelled, total } = seen.run.progress;
        ctx.progress(progressText(seen), completed + failed + cancelled, total);
      },
    });
    if (runExitCode(view) !== 124 || input.timeout_seconds === 0) return view;
    throw new AgentpoolError("wait_timed_out", `Run ${run.id} is still ${view.run.state}`, {
      why: `${progressText(view)} after ${input.timeout_seconds} s.`,
      hint: `agentpool run watch ${run.id}`,
      details: { run_id: run.id, state: view.run.state },
    });
  },
});
