import { runIdOf } from "../../orchestration/scheduler/run-error.ts";
import { threadStates, type ThreadState } from "../../domain/message.ts";
import { defineOperation } from "../define.ts";
import { projectThread, threadJson, threadTable, type ThreadJson } from "./thread-json.ts";

interface Input {
  states: ThreadState[];
  all: boolean;
  run_id?: string;
  limit: number;
}

export interface Output {
  threads: ThreadJson[];
}

export const list = defineOperation<Input, Output>()({
  name: "thread.list",
  toolset: "messages",
  summary: "List threads, urgent ones first",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      states: z
        .array(z.enum(threadStates))
        .default([])
        .describe("Only these states; all but resolved by default"),
      all: z.boolean().default(false).describe("Resolved ones, too"),
      run_id: z.string().min(1).max(64).optional().describe("Only of this run"),
      limit: z.number().int().min(1).max(1000).default(100).describe("At most so many"),
    }),
    output: z.looseObject({ threads: z.array(threadJson(z)) }),
  }),
  errors: ["run_not_found", "ambiguous_id"],
  cli: {
    command: "thread list",
    aliases: ["board", "threads"],
    group: "Tasks",
    flags: { states: ["state"], run_id: ["run"] },
    ids: "threads.id",
    examples: ["agentpool thread list", "agentpool board --json"],
    render: ({ threads }, style) =>
      threads.length === 0 ? "No threads." : threadTable(threads, style),
  },
  mcp: {
    tool: "list_threads",
    title: "List threads",
    description: "List threads with who takes part; read one with get_thread.",
    idempotent: true,
    openWorld: false,
    workerText: ["threads[].title"],
  },
  run: async (ctx, input) => {
    const wanted: readonly ThreadState[] | undefined = input.all
      ? undefined
      : input.states.length > 0
        ? input.states
        : ["open", "waiting"];
    const runId = await runIdOf(ctx.app.store, input.run_id);
    const threads = await ctx.app.store.threads.list({
      ...(wanted === undefined ? {} : { states: wanted }),
      ...(runId === undefined ? {} : { runId }),
      limit: input.limit,
    });
    return { threads: threads.map(projectThread) };
  },
});
