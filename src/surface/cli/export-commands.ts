import type { Command } from "./command.ts";
import type { Field } from "./field.ts";

const filters: readonly Field[] = [
  {
    name: "run_id",
    kind: "text",
    flag: "run",
    description: "Only what belongs to this run",
  },
  {
    name: "session_id",
    kind: "text",
    flag: "session",
    description: "Only what belongs to this session",
  },
  {
    name: "since",
    kind: "text",
    flag: "since",
    description: "From then on: a duration back (10m), a time, or after an event's number",
  },
];

/** What happened, as a file that shows when it was changed. */
export const exportCommands: readonly Command[] = [
  {
    words: "export",
    aliases: [],
    group: "Inspect",
    summary: "Write down what happened, in a form that shows changes",
    about:
      "jsonl: one line an event, each with a hash over itself and the line before; check it with " +
      "`export verify`. md: a table for people. The file is written whole or not at all.",
    examples: ["agentpool export --output audit.jsonl", "agentpool export --format md --since 1d"],
    json: false,
    fields: () => [
      {
        name: "format",
        kind: "text",
        flag: "format",
        choices: ["jsonl", "md"],
        default: "jsonl",
        description: "Lines of JSON in a chain, or Markdown",
      },
      ...filters,
      {
        name: "output",
        kind: "text",
        flag: "output",
        short: "o",
        description: "Into this file instead of standard output",
      },
    ],
    run: async (shell, values) => {
      const { exportEvents } = await import("./commands/export-events.ts");
      const { format = "jsonl", output, ...input } = values;
      return exportEvents(shell, {
        format: format as "jsonl" | "md",
        file: output as string | undefined,
        input,
      });
    },
  },
  {
    words: "export verify",
    aliases: [],
    group: "Inspect",
    summary: "Check that an exported file is as it was written",
    about: "Names the first line that is not. Ends with status 1 when there is one.",
    examples: ["agentpool export verify audit.jsonl"],
    json: true,
    fields: () => [
      {
        name: "file",
        kind: "text",
        flag: null,
        position: "one",
        required: true,
        description: "The file",
      },
    ],
    run: async (shell, values) => {
      const { verifyExport } = await import("./commands/verify-export.ts");
      return verifyExport(shell, values["file"] as string);
    },
  },
];
