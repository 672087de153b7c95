import type { CliPart } from "../../operations/define.ts";
import type { Field } from "./field.ts";
import type { Values } from "./parse-values.ts";
import type { Shell } from "./shell.ts";

/** One command of the shell: an operation's, or one that exists only here. */
export interface Command {
  /** `spawn`, `session show` */
  readonly words: string;
  readonly aliases: readonly string[];
  readonly group: CliPart<never>["group"];
  /** Imperative, no full stop, under 70 characters. */
  readonly summary: string;
  readonly about?: string;
  readonly examples: readonly string[];
  /** Takes `--json` and `--fields`. */
  readonly json: boolean;
  /** Where the ids of its output stand; gives it `-q` and `--format`. */
  readonly ids?: string;
  readonly fields: () => readonly Field[];
  /** Gives the exit status. */
  readonly run: (shell: Shell, values: Values) => Promise<number>;
}

export const formats = ["table", "wide", "tsv", "name", "json"] as const;
export type Format = (typeof formats)[number];

/** Flags that every command with JSON output has. */
const outputFields: readonly Field[] = [
  {
    name: "json",
    kind: "boolean",
    flag: "json",
    description: "Print the output as JSON; errors too, on standard error",
  },
  {
    name: "fields",
    kind: "list",
    flag: "fields",
    description: "Only these fields of the JSON, comma-separated; dots lead inside",
  },
];

/** Flags of commands whose output has ids. */
const idFields: readonly Field[] = [
  {
    name: "quiet",
    kind: "boolean",
    flag: "quiet",
    short: "q",
    description: "Print ids only, one a line",
  },
  {
    name: "format",
    kind: "text",
    flag: "format",
    choices: formats,
    description: "How to print it; see agentpool help formatting",
  },
];

/** The flags of a command besides its own. */
export function sharedFields(command: Pick<Command, "json" | "ids">): readonly Field[] {
  return [...(command.json ? outputFields : []), ...(command.ids === undefined ? [] : idFields)];
}
