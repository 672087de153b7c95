import { defineOperation } from "../define.ts";
import { sessionId } from "../schemas.ts";

interface Input {
  session_id: string;
  keys: string[];
  dry_run: boolean;
}

export interface Output {
  ok: boolean;
  session_id: string;
  state: string;
  /** As they are, or would be, pressed. */
  keys: readonly string[];
  dry_run: boolean;
}

export const keys = defineOperation<Input, Output>()({
  name: "session.keys",
  toolset: "sessions",
  summary: "Press raw keys in a session's pane",
  about:
    "Off unless policy.allow_raw_keys is true, since a key means what the screen makes of it at that " +
    "moment. A key is a character, a name (Enter, Escape, Up, F5), or either with ctrl+ or alt+ " +
    "before it. To send a text use send, for a dialog answer, to stop a turn interrupt.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      keys: z.array(z.string().min(1).max(20)).min(1).max(64).describe("Keys, in their order"),
      dry_run: z.boolean().default(false).describe("Only say which keys would be pressed"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      session_id: z.string(),
      state: z.string(),
      keys: z.array(z.string()),
    }),
  }),
  errors: [
    "session_not_found",
    "ambiguous_id",
    "session_ended",
    "session_busy",
    "policy_blocked",
    "not_decider",
    "invalid_input",
    "terminal_failed",
  ],
  cli: {
    command: "keys",
    group: "Core",
    ids: "session_id",
    positionals: ["session_id", "keys..."],
    examples: ["agentpool keys @last ctrl+o --dry-run"],
    render: (output, style) =>
      `${output.session_id}  ${style.bold(output.keys.join(" "))}  ${output.dry_run ? "would be pressed" : "pressed"}`,
  },
  mcp: {
    tool: "send_worker_keys",
    title: "Press keys in a worker's terminal",
    description:
      "Press raw keys in a worker's terminal. Off unless the policy allows it. For prompts use " +
      "send_worker_message, for dialogs answer_worker, to stop a turn interrupt_worker.",
    idempotent: false,
    openWorld: true,
    confirm: { does: "presses raw keys in the worker's terminal", unless: "dry_run" },
  },
  run: async (ctx, input) => {
    const pressed = await ctx.app.sessions.keys(
      input.session_id,
      { keys: input.keys, dryRun: input.dry_run },
      ctx,
    );
    return {
      ok: true,
      session_id: pressed.session.id,
      state: pressed.session.state,
      keys: pressed.keys,
      dry_run: input.dry_run,
    };
  },
});
