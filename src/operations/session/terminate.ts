import { isEndState } from "../../domain/session.ts";
import { defineOperation } from "../define.ts";
import { sessionId } from "../schemas.ts";

interface Input {
  session_id: string;
  ask: boolean;
  dry_run: boolean;
}

export interface Output {
  session_id: string;
  ok: boolean;
  state: string;
  already_terminated: boolean;
  dry_run: boolean;
  would_terminate: boolean;
  /** The ancestor's words for the same. */
  current_state: string;
  would_terminate_runtime: boolean;
  would_terminate_tmux: boolean;
  exit_code: number | null;
  survivors: { pid: number; name: string }[];
}

export const terminate = defineOperation<Input, Output>()({
  name: "session.terminate",
  toolset: "default",
  summary: "End a session and every process of it",
  about:
    "TERM, then KILL, to the whole process tree; whatever lives on all the same is named. The " +
    "worktree, transcript and artifacts stay. A start that is under way is stopped, and the " +
    "worktree it was making removed.",
  effect: "destructive",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      ask: z
        .boolean()
        .default(false)
        .describe("Let it leave by its own keys first, so that its exit code is its own"),
      dry_run: z.boolean().default(false).describe("Only say what would end"),
    }),
    output: z.looseObject({
      session_id: z.string(),
      ok: z.boolean(),
      state: z.string(),
      already_terminated: z.boolean(),
      dry_run: z.boolean(),
      would_terminate: z.boolean(),
      exit_code: z.number().nullable(),
      survivors: z.array(z.object({ pid: z.number(), name: z.string() })),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id"],
  cli: {
    command: "terminate",
    group: "Core",
    aliases: ["kill"],
    positionals: ["session_id"],
    examples: ["agentpool terminate @last", "agentpool terminate @last --ask"],
    render: (output, style) => {
      if (output.dry_run) {
        return `${output.session_id}  ${output.would_terminate ? "would be ended" : "is over already"}`;
      }
      const lines = [`${output.session_id}  ${style.bold(output.state)}`];
      for (const one of output.survivors) {
        lines.push(`  ${style.red("lives on")}  pid ${one.pid}  ${one.name}`);
      }
      return lines.join("\n");
    },
    exitCode: (output) => (output.ok ? 0 : 1),
  },
  mcp: {
    tool: "terminate_worker",
    title: "End a worker",
    description:
      "End a worker and its whole process tree; its worktree stays. Collect first if you want its " +
      "result. Not to stop one turn: interrupt_worker.",
    idempotent: true,
    openWorld: true,
    unlisted: ["dry_run"],
    confirm: {
      does: "ends a worker in the middle of its work",
      states: ["running", "awaiting_input", "awaiting_approval"],
      unless: "dry_run",
    },
    workerValues: ["survivors[].name"],
    omit: ["ask"],
  },
  run: async (ctx, input) => {
    const before = await ctx.app.sessions.resolve(input.session_id);
    if (input.dry_run) {
      return {
        session_id: before.id,
        ok: true,
        state: before.state,
        already_terminated: isEndState(before.state),
        dry_run: true,
        ...ancestors(before.state, !isEndState(before.state)),
        exit_code: before.exitCode,
        survivors: [],
      };
    }
    const result = await ctx.app.sessions.terminate(before.id, ctx, { ask: input.ask });
    return {
      session_id: result.session.id,
      ok: result.survivors.length === 0,
      state: result.session.state,
      already_terminated: result.alreadyEnded,
      dry_run: false,
      ...ancestors(before.state, !result.alreadyEnded),
      exit_code: result.session.exitCode,
      survivors: [...result.survivors],
    };
  },
});

function ancestors(
  state: string,
  would: boolean,
): Pick<
  Output,
  "would_terminate" | "current_state" | "would_terminate_runtime" | "would_terminate_tmux"
> {
  return {
    would_terminate: would,
    current_state: state,
    would_terminate_runtime: would,
    would_terminate_tmux: would,
  };
}
