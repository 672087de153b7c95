import { liveStates } from "../../domain/session.ts";
import type { Command } from "./command.ts";
import { configCommands } from "./config-commands.ts";
import { detectionCommands } from "./detection-commands.ts";
import { exportCommands } from "./export-commands.ts";
import { onceCommand } from "./once-command.ts";
import { completionCommand } from "./completion-command.ts";
import { commandOf } from "./operation-command.ts";
import { mcpCommands } from "./mcp-commands.ts";
import { providerCommands } from "./provider-commands.ts";
import { setupCommands } from "./setup-commands.ts";

/** Commands that are no operations: they work without a supervisor, or are made of operations. */
export const localCommands: readonly Command[] = [
  listLive(),
  onceCommand(),
  {
    words: "top",
    aliases: ["dashboard"],
    group: "Core",
    summary: "Watch and answer all live sessions in a full-screen table",
    about:
      "Each session with its state, why that is believed, its age, its tokens, its open dialogs, and " +
      "what is left of its provider's quota; a narrow terminal has the most important of these. Keys " +
      "look into the chosen session, answer, approve or deny what it asks, interrupt it; ? tells all " +
      "of them, q leaves, and nothing ends with it.",
    examples: ["agentpool top"],
    json: false,
    fields: () => [],
    run: async (shell) => {
      const { top } = await import("./commands/top.ts");
      return top(shell);
    },
  },
  completionCommand,
  {
    words: "supervisor logs",
    aliases: [],
    group: "Setup",
    summary: "Show what the supervisor did",
    examples: ["agentpool supervisor logs", "agentpool supervisor logs --lines 200 -f"],
    json: true,
    fields: () => [
      {
        name: "lines",
        kind: "integer",
        flag: "lines",
        short: "n",
        default: 50,
        min: 0,
        max: 100_000,
        description: "Lines from the end",
      },
      {
        name: "follow",
        kind: "boolean",
        flag: "follow",
        short: "f",
        description: "Go on showing lines until Ctrl-C",
      },
    ],
    run: async (shell, values) => {
      const { supervisorLogs } = await import("./commands/supervisor-logs.ts");
      return supervisorLogs(shell, {
        lines: (values["lines"] as number | undefined) ?? 50,
        follow: values["follow"] === true,
      });
    },
  },
  {
    words: "doctor",
    aliases: [],
    group: "Setup",
    summary: "Check this machine, and say how to repair what is missing",
    about:
      "Works when the supervisor cannot start. Each check is ok, warn or fail, with the command " +
      "that repairs it; the exit status is 1 when one fails. Nothing is changed and nothing sent.",
    examples: ["agentpool doctor", "agentpool doctor --deep --privacy --json"],
    json: true,
    fields: () => [
      {
        name: "deep",
        kind: "boolean",
        flag: "deep",
        description: "Also use tmux, SQLite and the home once, not only look at them",
      },
      {
        name: "privacy",
        kind: "boolean",
        flag: "privacy",
        description: "Also show what is kept on this machine, where, and who can read it",
      },
    ],
    run: async (shell, values) => {
      const { doctor } = await import("./commands/doctor.ts");
      return doctor(shell, {
        deep: values["deep"] === true,
        privacy: values["privacy"] === true,
      });
    },
  },
  {
    words: "try",
    aliases: [],
    group: "Setup",
    summary: "See the whole thing work in a throw-away repository",
    about:
      "Runs three scripted agents side by side in real tmux panes: one asks a question and is " +
      "answered, one asks for approval and is approved, one edits files in a worktree. Everything " +
      "happens in a temporary home and repository, which are removed at the end.",
    examples: ["agentpool try", "agentpool try --provider codex-cli"],
    json: false,
    fields: () => [
      {
        name: "provider",
        kind: "text",
        flag: "provider",
        short: "p",
        description: "An installed agent CLI instead; spends two short turns of your account",
      },
      {
        name: "yes",
        kind: "boolean",
        flag: "yes",
        short: "y",
        description: "Do not ask before turns are spent",
      },
      {
        name: "keep",
        kind: "boolean",
        flag: "keep",
        description: "Keep the repository, and use your own agentpool home",
      },
    ],
    run: async (shell, values) => {
      const { tryOut } = await import("./commands/try-out.ts");
      return tryOut(shell, {
        provider: values["provider"] as string | undefined,
        yes: values["yes"] === true,
        keep: values["keep"] === true,
      });
    },
  },
  ...setupCommands,
  ...configCommands,
  ...detectionCommands,
  ...exportCommands,
  ...providerCommands,
  ...mcpCommands,
];

/** `ps` is the list of sessions as it stands, without those that are over. */
function listLive(): Command {
  const sessions = commandOf("session.list");
  const live = { state: [...liveStates] };
  return {
    ...sessions,
    words: "ps",
    aliases: [],
    summary: "List live sessions, newest first",
    examples: ["agentpool ps", "agentpool ps -q", "agentpool ps --format name"],
    fields: () => sessions.fields().filter(({ name }) => name !== "all"),
    run: (shell, values) => sessions.run(shell, { ...live, ...values }),
  };
}
