import { defineOperation } from "../define.ts";
import { sessionId } from "../schemas.ts";

interface Input {
  session_id: string;
  rw: boolean;
}

export interface Output {
  session_id: string;
  runtime: string;
  can_attach: boolean;
  attach_kind: "read_only" | "read_write";
  attach_command: string;
  /** argv to run; the shell's own `agentpool attach` runs it. */
  argv: readonly string[];
  detach_keys: string;
  /** The same as a list, as the ancestor gave it. */
  commands: readonly string[];
  tmux_socket: string | null;
  pane_target: string | null;
}

export const attach = defineOperation<Input, Output>()({
  name: "session.attach",
  toolset: "sessions",
  summary: "Look into a session's pane, or type into it",
  about:
    "In a terminal it attaches; with --json, or without a terminal, it prints what to run. " +
    "Read-only unless --rw; the pane keeps its size whatever your terminal's is.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      rw: z.boolean().default(false).describe("Your keys reach the agent"),
    }),
    output: z.looseObject({
      session_id: z.string(),
      runtime: z.string(),
      can_attach: z.boolean(),
      attach_kind: z.string(),
      attach_command: z.string(),
      argv: z.array(z.string()),
      detach_keys: z.string(),
    }),
  }),
  errors: [
    "session_not_found",
    "ambiguous_id",
    "session_ended",
    "terminal_failed",
    "policy_blocked",
    "not_decider",
  ],
  cli: {
    command: "attach",
    group: "Core",
    positionals: ["session_id"],
    examples: ["agentpool attach @last", "agentpool attach @last --rw"],
    render: (output) => output.attach_command,
  },
  mcp: {
    tool: "attach_info",
    title: "How a person attaches to a worker",
    description: "Give the command with which a person can look into a worker's pane.",
    idempotent: true,
    openWorld: false,
  },
  run: async (ctx, input) => {
    const { session_id: id, rw } = input;
    const { session, argv, detachKeys } = await ctx.app.sessions.attach(id, rw, ctx);
    const command = argv.map(quote).join(" ");
    return {
      session_id: session.id,
      runtime: "tmux",
      can_attach: true,
      attach_kind: rw ? "read_write" : "read_only",
      attach_command: command,
      argv,
      detach_keys: detachKeys,
      commands: [command],
      tmux_socket: session.terminal?.socket ?? null,
      pane_target: session.terminal?.pane ?? null,
    };
  },
});

function quote(word: string): string {
  // a word that begins with = is the path of a command in zsh
  return /^[\w./:@%+-][\w./:=@%+-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
