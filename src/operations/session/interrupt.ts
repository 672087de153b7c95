import { defineOperation } from "../define.ts";
import { sessionId } from "../schemas.ts";

interface Input {
  session_id: string;
  dry_run: boolean;
}

export interface Output {
  ok: boolean;
  session_id: string;
  state: string;
  dry_run: boolean;
  would_interrupt: boolean;
}

export const interrupt = defineOperation<Input, Output>()({
  name: "session.interrupt",
  toolset: "default",
  summary: "Stop the running turn of a session",
  about:
    "Presses the agent's own interrupt keys and waits until it shows that it stopped. Of a session " +
    "that met a limit, the turn does not go on when the limit is over.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      dry_run: z.boolean().default(false).describe("Only say whether there is a turn to stop"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      session_id: z.string(),
      state: z.string(),
      dry_run: z.boolean(),
      would_interrupt: z.boolean(),
    }),
  }),
  errors: [
    "session_not_found",
    "ambiguous_id",
    "session_ended",
    "nothing_to_interrupt",
    "interrupt_unconfirmed",
    "terminal_failed",
  ],
  cli: {
    command: "interrupt",
    group: "Core",
    positionals: ["session_id"],
    examples: ["agentpool interrupt @last"],
    render: (output, style) =>
      output.dry_run
        ? `${output.session_id}  ${output.would_interrupt ? "would be interrupted" : "runs no turn"}`
        : `${output.session_id}  ${style.bold(output.state)}`,
  },
  mcp: {
    tool: "interrupt_worker",
    title: "Interrupt a worker",
    description: "Stop the turn a worker runs; it lives on and takes new prompts.",
    idempotent: true,
    openWorld: true,
    unlisted: ["dry_run"],
  },
  run: async (ctx, input) => {
    const before = await ctx.app.sessions.resolve(input.session_id);
    const would = before.currentTurnId !== null || before.limit?.value.own === true;
    const session = input.dry_run ? before : await ctx.app.sessions.interrupt(before.id, ctx);
    return {
      ok: true,
      session_id: session.id,
      state: session.state,
      dry_run: input.dry_run,
      would_interrupt: would,
    };
  },
});
