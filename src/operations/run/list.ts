import { runKinds, type RunKindName } from "../../domain/run.ts";
import { defineOperation } from "../define.ts";
import { table } from "../table.ts";
import { projectRun, runJson, type RunJson } from "./run-json.ts";

interface Input {
  kind?: RunKindName;
  all: boolean;
  limit: number;
}

export interface Output {
  runs: RunJson[];
}

export const list = defineOperation<Input, Output>()({
  name: "run.list",
  toolset: "runs",
  summary: "List runs, newest first",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      kind: z.enum(runKinds).optional().describe("Only runs of this kind"),
      all: z.boolean().default(false).describe("Those that are over, too"),
      limit: z.number().int().min(1).max(500).default(50).describe("Runs at most"),
    }),
    output: z.looseObject({ runs: z.array(runJson(z)) }),
  }),
  errors: ["invalid_input"],
  cli: {
    command: "run list",
    aliases: ["runs"],
    group: "Core",
    ids: "runs.id",
    short: { all: "a", limit: "n" },
    examples: ["agentpool run list", "agentpool run list --all --kind pool"],
    render: (output, style) => {
      if (output.runs.length === 0) return "No run is open; with --all those that are over.";
      return table(
        ["RUN", "NAME", "KIND", "STATE", "DONE", "FAILED", "STARTED", "BECAUSE"],
        output.runs.map((run) => [
          run.id,
          run.name ?? "-",
          run.kind,
          run.state,
          `${run.progress.completed}/${run.progress.total}`,
          String(run.progress.failed),
          run.started_at ?? "-",
          (run.because ?? "-").split("\n")[0] ?? "-",
        ]),
        style,
      );
    },
  },
  mcp: {
    tool: "list_runs",
    title: "List runs",
    description: "List runs of several workers, newest first; those that are over with all.",
    idempotent: true,
    openWorld: false,
    workerText: ["runs[].output", "runs[].because"],
  },
  run: async (ctx, input) => {
    const { store } = ctx.app;
    const runs = await store.runs.list({
      all: input.all,
      limit: input.limit,
      ...(input.kind === undefined ? {} : { kind: input.kind }),
    });
    const counts = await Promise.all(runs.map(({ id }) => store.tasks.counts({ runId: id })));
    return {
      runs: runs.flatMap((run, index) => {
        const own = counts[index];
        return own === undefined ? [] : [projectRun(run, own)];
      }),
    };
  },
});
