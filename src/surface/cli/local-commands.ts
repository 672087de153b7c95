import type { Command } from "./command.ts";
import { configCommands } from "./config-commands.ts";
import { detectionCommands } from "./detection-commands.ts";
import { providerCommands } from "./provider-commands.ts";

/** Commands that are no operations: they work without a supervisor, or are made of operations. */
export const localCommands: readonly Command[] = [
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
  ...configCommands,
  ...detectionCommands,
  ...providerCommands,
  {
    words: "mcp",
    aliases: [],
    group: "Setup",
    summary: "Serve the tools to an MCP host over stdio",
    about: "Started by the host, not by hand: claude mcp add agentpool -- agentpool mcp",
    examples: ["agentpool mcp", "agentpool mcp --toolsets default,sessions,worktrees"],
    json: false,
    fields: () => [
      {
        name: "toolsets",
        kind: "list",
        flag: "toolsets",
        description: "Sets of tools to offer: default, sessions, usage, worktrees",
      },
      {
        name: "tools",
        kind: "list",
        flag: "tools",
        description: "Single tools to offer besides",
      },
      {
        name: "lockdown",
        kind: "boolean",
        flag: "lockdown",
        description: "Never hand text that a worker wrote to the host",
      },
      {
        name: "no_output_schemas",
        kind: "boolean",
        flag: "no-output-schemas",
        description: "Leave output schemas out of the list of tools",
      },
    ],
    run: async (shell, values) => {
      const { serveMcp } = await import("./commands/serve-mcp.ts");
      return serveMcp(shell, values);
    },
  },
];
