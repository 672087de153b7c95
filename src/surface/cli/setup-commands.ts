import { usageBackends, type UsageBackend } from "../../operations/usage/service.ts";
import type { Command } from "./command.ts";

/** Commands that make agentpool ready on a machine, and show that it is. */
export const setupCommands: readonly Command[] = [
  {
    words: "init",
    aliases: [],
    group: "Setup",
    summary: "Find agent CLIs, write settings and preferences",
    about:
      "Asks on a terminal before it writes, and is silent elsewhere. Settings that are there stay, " +
      "unless --force: then what means something here is taken over, and a copy is kept beside. " +
      "Nothing is installed or signed in, and no agent is started.",
    examples: ["agentpool init --dry-run", "agentpool init --yes --json"],
    json: true,
    fields: () => [
      {
        name: "path",
        kind: "text",
        flag: "path",
        description: "File for the settings instead of the one in the home",
      },
      {
        name: "force",
        kind: "boolean",
        flag: "force",
        aliases: ["yes"],
        short: "y",
        description: "Ask nothing, and write over settings that are there (also --yes)",
      },
      {
        name: "dry_run",
        kind: "boolean",
        flag: "dry-run",
        description: "Only say what is found and what would be written",
      },
    ],
    run: async (shell, values) => {
      const { init } = await import("./commands/init.ts");
      return init(shell, {
        path: values["path"] as string | undefined,
        force: values["force"] === true,
        dryRun: values["dry_run"] === true,
      });
    },
  },
  {
    words: "setup",
    aliases: [],
    group: "Setup",
    summary: "Look at what an agent CLI needs to be used here",
    about:
      "Checks the program, its sign-in as far as that is cheap, its models, what is left of its quota, " +
      "and what an MCP host needs; says what to type where something is missing. What nobody can tell " +
      "is shown as ? and is no failure. Nothing of the CLI or the host is changed. The exit status is " +
      "1 when one that was named lacks something.",
    examples: ["agentpool setup all --skip-usage", "agentpool setup codex-cli --json"],
    json: true,
    fields: () => [
      {
        name: "target",
        kind: "text",
        flag: null,
        position: "one",
        required: true,
        description: "Id or alias of a provider, or all",
      },
      {
        name: "backend",
        kind: "text",
        flag: "backend",
        choices: usageBackends,
        default: "native",
        description: "Who is asked for usage",
      },
      {
        name: "skip_usage",
        kind: "boolean",
        flag: "skip-usage",
        description: "Do not ask for usage",
      },
      {
        name: "no_interactive_usage",
        kind: "boolean",
        flag: "no-interactive-usage",
        description: "Never ask for usage where that costs a start of the agent CLI",
      },
      {
        name: "relative_command",
        kind: "boolean",
        flag: "relative-command",
        description: "Name agentpool to MCP hosts without its path",
      },
    ],
    run: async (shell, values) => {
      const { setup } = await import("./commands/setup.ts");
      return setup(shell, {
        target: values["target"] as string,
        backend: (values["backend"] as UsageBackend | undefined) ?? "native",
        skipUsage: values["skip_usage"] === true,
        costly: values["no_interactive_usage"] !== true,
        relativeCommand: values["relative_command"] === true,
      });
    },
  },
  {
    words: "smoke",
    aliases: [],
    group: "Setup",
    summary: "Prove in seconds that sessions work here",
    about:
      "A scripted agent is started, watched, answered, collected and ended in a throw-away home. " +
      "With --real-read-only an installed agent CLI answers one short turn, read-only, in your own " +
      "home; that spends what one turn costs. The exit status is 1 when something was not as expected.",
    examples: [
      "agentpool smoke",
      "agentpool smoke --provider fake-approval,fake-limit,fake-patch --json",
      "agentpool smoke --provider codex-cli --real-read-only --repo .",
    ],
    json: true,
    fields: () => [
      {
        name: "provider",
        kind: "list",
        flag: "provider",
        short: "p",
        default: "fake-question",
        description:
          "Which agents: fake-question, -approval, -completed, -idle, -limit, -patch, or a real one",
      },
      {
        name: "repo",
        kind: "text",
        flag: "repo",
        description: "Folder to work in; for scripted agents a throw-away repository if absent",
      },
      { name: "model", kind: "text", flag: "model", description: "Model of a real agent" },
      {
        name: "real_read_only",
        kind: "boolean",
        flag: "real-read-only",
        description: "Let a real agent answer one short turn of your account",
      },
      {
        name: "timeout_seconds",
        kind: "number",
        flag: "timeout",
        duration: true,
        default: 60,
        min: 1,
        description: "For each of them, from start to end",
      },
      {
        name: "no_accept_startup_trust",
        kind: "boolean",
        flag: "no-accept-startup-trust",
        description: "Fail at a dialog of the start (folder trust, update) instead of accepting it",
      },
    ],
    run: async (shell, values) => {
      const { smoke } = await import("./commands/smoke.ts");
      return smoke(shell, {
        providers: (values["provider"] as readonly string[] | undefined) ?? ["fake-question"],
        repo: values["repo"] as string | undefined,
        model: values["model"] as string | undefined,
        realReadOnly: values["real_read_only"] === true,
        timeoutSeconds: (values["timeout_seconds"] as number | undefined) ?? 60,
        acceptStartup: values["no_accept_startup_trust"] !== true,
      });
    },
  },
];
