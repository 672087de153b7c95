import type { Command } from "./command.ts";

/** Commands about the MCP server. */
export const mcpCommands: readonly Command[] = [
  {
    words: "mcp",
    aliases: [],
    group: "Setup",
    summary: "Serve the tools to an MCP host over stdio",
    about:
      "Started by the host, not by hand; mcp-config says how a host is told of it. The environment " +
      "has the same switches: AGENTPOOL_MCP_TOOLSETS, AGENTPOOL_MCP_TOOLS, AGENTPOOL_MCP_LOCKDOWN, " +
      "AGENTPOOL_MCP_COORDINATOR.",
    examples: ["agentpool mcp", "agentpool mcp --toolsets default,sessions,worktrees"],
    json: false,
    fields: () => [
      {
        name: "toolsets",
        kind: "list",
        flag: "toolsets",
        description:
          "Sets of tools: default, usage, stats, sessions, leases, worktrees, approvals, messages, runs, tasks, worker, lead",
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
        name: "coordinator",
        kind: "text",
        flag: "coordinator",
        description: "Name whose workers are listed; one of its own for each process if absent",
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
  {
    words: "mcp-config",
    aliases: [],
    group: "Setup",
    summary: "Say how an MCP host is told of agentpool, or tell it",
    about:
      "Prints what goes into the host's settings, its own command and its link, where it has them. " +
      "With --install the host's own command is run; a host without one gets its file written when " +
      "there is none, and a file of yours is never rewritten.",
    examples: [
      "agentpool mcp-config",
      "agentpool mcp-config --client cursor",
      "agentpool mcp-config --client claude-desktop --absolute-command --json",
    ],
    json: true,
    fields: () => [
      {
        name: "client",
        kind: "text",
        flag: "client",
        default: "generic",
        description:
          "claude-code, claude-desktop, cursor, vscode, codex, copilot-cli, gemini-cli, opencode, " +
          "droid-cli, devin, windsurf, zed or generic",
      },
      {
        name: "absolute_command",
        kind: "boolean",
        flag: "absolute-command",
        description: "Name this Node and this package by path, for hosts without your PATH",
      },
      {
        name: "install",
        kind: "boolean",
        flag: "install",
        description: "Tell the host",
      },
      {
        name: "dry_run",
        kind: "boolean",
        flag: "dry-run",
        description: "With --install: only say what would be run or written",
      },
    ],
    run: async (shell, values) => {
      const { mcpConfig } = await import("./commands/mcp-config.ts");
      return mcpConfig(shell, {
        client: (values["client"] as string | undefined) ?? "generic",
        absoluteCommand: values["absolute_command"] === true,
        install: values["install"] === true,
        dryRun: values["dry_run"] === true,
      });
    },
  },
];
