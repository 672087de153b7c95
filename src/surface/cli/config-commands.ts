import type { Command } from "./command.ts";
import type { Field } from "./field.ts";

const keyField: Field = {
  name: "key",
  kind: "text",
  flag: null,
  position: "one",
  required: true,
  description: "Key, e.g. policy.max_turns or providers.codex-cli.enabled",
};
const dryRun: Field = {
  name: "dry_run",
  kind: "boolean",
  flag: "dry-run",
  description: "Only show what the file would hold",
};

/** Commands about config.yaml; all work without a supervisor. */
export const configCommands: readonly Command[] = [
  {
    words: "config path",
    aliases: [],
    group: "Setup",
    summary: "Show where settings are read from",
    examples: ["agentpool config path", "agentpool config path --json"],
    json: true,
    fields: () => [],
    run: async (shell) => (await import("./commands/config.ts")).configPath(shell),
  },
  {
    words: "config print",
    aliases: [],
    group: "Setup",
    summary: "Print the settings in force, as a file or as JSON",
    about:
      "Flags, environment, the project's .agentpool.yaml, config.yaml and defaults, in this order.",
    examples: ["agentpool config print", "agentpool config print --json"],
    json: true,
    fields: () => [],
    run: async (shell) => (await import("./commands/config.ts")).configPrint(shell),
  },
  {
    words: "config show",
    aliases: [],
    group: "Setup",
    summary: "List the settings in force, and where each comes from",
    examples: ["agentpool config show --origin", "agentpool config show --changed --json"],
    json: true,
    fields: () => [
      {
        name: "origin",
        kind: "boolean",
        flag: "origin",
        description: "Say where each value comes from: file and line, environment or default",
      },
      {
        name: "changed",
        kind: "boolean",
        flag: "changed",
        description: "Only what is not the default",
      },
    ],
    run: async (shell, values) => {
      const { configShow } = await import("./commands/config.ts");
      return configShow(shell, {
        origin: values["origin"] === true,
        changed: values["changed"] === true,
      });
    },
  },
  {
    words: "config validate",
    aliases: [],
    group: "Setup",
    summary: "Check the files of settings, and name every fault",
    about: "The exit status is 2 when a file cannot be used, with --json too.",
    examples: ["agentpool config validate", "agentpool config validate --path config.yaml --json"],
    json: true,
    fields: () => [
      {
        name: "path",
        kind: "text",
        flag: "path",
        description: "This file instead; one named .agentpool.yaml is a project's",
      },
    ],
    run: async (shell, values) => {
      const { configValidate } = await import("./commands/config.ts");
      return configValidate(shell, values["path"] as string | undefined);
    },
  },
  {
    words: "config set",
    aliases: [],
    group: "Setup",
    summary: "Set a key in config.yaml, and keep the rest as it is",
    examples: [
      "agentpool config set policy.max_parallel_sessions 8",
      "agentpool config set policy.denied_providers [opencode] --dry-run",
    ],
    json: true,
    fields: () => [
      keyField,
      {
        name: "value",
        kind: "text",
        flag: null,
        position: "one",
        required: true,
        description: "Value as YAML: 4, true, [a, b]",
      },
      dryRun,
    ],
    run: async (shell, values) => {
      const { configEdit } = await import("./commands/config.ts");
      return configEdit(shell, values["key"] as string, {
        value: values["value"] as string,
        dryRun: values["dry_run"] === true,
      });
    },
  },
  {
    words: "config unset",
    aliases: [],
    group: "Setup",
    summary: "Remove a key from config.yaml, so that the default holds",
    examples: ["agentpool config unset policy.max_parallel_sessions"],
    json: true,
    fields: () => [keyField, dryRun],
    run: async (shell, values) => {
      const { configEdit } = await import("./commands/config.ts");
      return configEdit(shell, values["key"] as string, {
        value: undefined,
        dryRun: values["dry_run"] === true,
      });
    },
  },
];
