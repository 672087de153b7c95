import { Command, CommanderError, Option } from "commander";
import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import { parseDuration } from "../../domain/time.ts";
import { providerRequired } from "../../rpc/invalid-input.ts";
import type { Field } from "./field.ts";

/** Values by wire name; what was not given is absent. */
export type Values = Readonly<Record<string, unknown>>;

/** The command a person typed, as far as its line is concerned. */
export interface Line {
  /** `session show` */
  readonly words: string;
  readonly fields: readonly Field[];
}

/**
 * Reads the words after a command's name. Checks what can be told without the supervisor, so that
 * a mistyped line starts nothing.
 * @throws invalid_input with the flag and what it takes
 */
export function parseValues(line: Line, args: readonly string[]): Values {
  const { command, given } = build(line);
  try {
    command.parse(args, { from: "user" });
  } catch (thrown) {
    throw lineError(line, thrown, args);
  }
  const raw = new Map<string, unknown>();
  const options: Record<string, unknown> = command.opts();
  for (const [option, field] of given) {
    // commander knows `--no-x` as x, true unless given
    const found = options[option.attributeName()];
    const value = option.negate ? (found === false ? true : undefined) : found;
    if (value === undefined) continue;
    raw.set(field.name, merge(line, field, [raw.get(field.name), value]));
  }
  const words: unknown[] = [...command.processedArgs];
  for (const field of positional(line)) {
    const value = words.shift();
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    const flagged = raw.get(field.name) as string | undefined;
    if (flagged !== undefined && flagged !== value && !Array.isArray(value)) {
      throw new AgentpoolError(
        "invalid_input",
        `${line.words} was given two: ${value as string}, ${flagged}`,
        {
          why: `By position and with --${field.flag}.`,
          hint: `agentpool ${line.words} --help`,
          details: { fields: [field.name] },
        },
      );
    }
    raw.set(field.name, value);
  }
  const values: Record<string, unknown> = {};
  for (const field of line.fields) {
    if (!raw.has(field.name)) continue;
    values[field.name] = readValue(line, field, raw.get(field.name));
  }
  return values;
}

/** @throws invalid_input naming the first required field that is absent, or provider_required */
export function requireValues(line: Line, values: Values): void {
  const absent = line.fields.find((field) => field.required && !(field.name in values));
  if (!absent) return;
  if (absent.name === "provider_id") throw providerRequired();
  throw new AgentpoolError("invalid_input", `${spelling(absent)} is missing`, {
    why: `${absent.description}.`,
    hint: `agentpool ${usage(line)}`,
    details: { fields: [absent.name] },
  });
}

/** `send <session_id> <message> [options]` */
export function usage(line: Line): string {
  const words = positional(line).map((field) => {
    const name = field.position === "rest" ? `${field.name}...` : field.name;
    return field.required ? `<${name}>` : `[${name}]`;
  });
  const flags = line.fields
    .filter((field) => field.required && field.position === undefined)
    .map((field) => `--${field.flag} <${field.flag}>`);
  return [line.words, ...words, ...flags, "[options]"].join(" ");
}

function build(line: Line): {
  readonly command: Command;
  readonly given: readonly (readonly [option: Option, field: Field])[];
} {
  const command = new Command()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
    .helpOption(false);
  const given: (readonly [Option, Field])[] = [];
  for (const field of line.fields) {
    if (field.flag === null) continue;
    for (const [i, flag] of [field.flag, ...(field.aliases ?? [])].entries()) {
      const short = i === 0 && field.short ? `-${field.short}, ` : "";
      const value = field.kind === "boolean" ? "" : " <value>";
      const option = new Option(`${short}--${flag}${value}`);
      if (field.kind === "list" || field.kind === "pairs") option.argParser(append);
      else if (field.kind !== "boolean") option.argParser(onlyOne(line, field));
      command.addOption(option);
      given.push([option, field]);
    }
  }
  for (const field of positional(line)) {
    command.argument(field.position === "rest" ? `[${field.name}...]` : `[${field.name}]`);
  }
  command.allowExcessArguments(false);
  return { command, given };
}

function positional(line: Line): Field[] {
  return line.fields.filter((field) => field.position !== undefined);
}

function append(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** Two texts for one flag: whichever was meant, the other would be lost without a word. */
function onlyOne(line: Line, field: Field): (value: string, before: string | undefined) => string {
  return (value, before) => {
    if (before === undefined || before === value) return value;
    throw new AgentpoolError("invalid_input", `--${field.flag} was given twice`, {
      why: `Once as "${before}", once as "${value}".`,
      hint: `agentpool ${line.words} --help`,
      details: { fields: [field.name] },
    });
  };
}

/** What one flag and another name of it say together. */
function merge(
  line: Line,
  field: Field,
  [before, value]: readonly [before: unknown, value: unknown],
): unknown {
  if (Array.isArray(before) && Array.isArray(value)) return before.concat(value);
  if (typeof value !== "string") return value;
  return onlyOne(line, field)(value, typeof before === "string" ? before : undefined);
}

function readValue(line: Line, field: Field, raw: unknown): unknown {
  switch (field.kind) {
    case "boolean":
      return raw;
    case "list":
      return readList(field, raw as readonly string[]);
    case "pairs":
      return readPairs(field, raw as readonly string[]);
    case "text":
      return readText(line, field, raw as string);
    case "number":
    case "integer":
      return readNumber(field, raw as string);
  }
}

function readList(field: Field, raw: readonly string[]): string[] {
  if (field.position === "rest") return [...raw];
  // a comma in braces belongs to a glob
  return raw.flatMap((text) => text.split(/,(?![^{]*\})/)).filter((text) => text.trim() !== "");
}

function readPairs(field: Field, raw: readonly string[]): Record<string, string> {
  const pairs = raw.map((text) => {
    const equals = text.indexOf("=");
    if (equals <= 0) {
      throw invalid(field, `"${text}" is no name=value`, `Write it as --${field.flag} name=value.`);
    }
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

function readText(line: Line, field: Field, text: string): string {
  if (field.choices && !field.choices.includes(text)) {
    const near = nearest(text.replaceAll("-", "_"), field.choices);
    throw invalid(
      field,
      `"${text}" is not one of ${field.choices.join(", ")}`,
      near ? `Did you mean ${near}?` : `agentpool ${line.words} --help`,
    );
  }
  if (field.pattern !== undefined && !new RegExp(field.pattern).test(text)) {
    throw invalid(
      field,
      `"${text}" does not fit ${field.pattern}`,
      `${field.description}. agentpool ${line.words} --help`,
    );
  }
  if (text.length < (field.minLength ?? 0)) {
    throw invalid(field, "it is empty", `agentpool ${line.words} --help`);
  }
  return text;
}

function readNumber(field: Field, text: string): number {
  const { min, max } = field;
  const value = field.duration ? seconds(text) : plainNumber(text);
  const range =
    max === undefined ? `a number from ${min ?? 0}` : `a number from ${min ?? 0} to ${max}`;
  const takes = field.duration ? `seconds or a duration such as 90, 30s, 10m, 2h` : range;
  if (value === undefined || (field.kind === "integer" && !Number.isInteger(value))) {
    throw invalid(
      field,
      `"${text}" is no ${field.duration ? "duration" : "number"}`,
      `Give ${takes}.`,
    );
  }
  if (value < (min ?? -Infinity) || value > (max ?? Infinity)) {
    throw invalid(field, `${text} is out of range`, `Give ${range}.`);
  }
  return value;
}

function seconds(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms === undefined ? undefined : ms / 1000;
}

function plainNumber(text: string): number | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function spelling(field: Field): string {
  return field.position === undefined || field.flag !== null
    ? `--${field.flag}`
    : `<${field.name}>`;
}

function invalid(field: Field, what: string, hint: string): AgentpoolError {
  return new AgentpoolError("invalid_input", `${spelling(field)}: ${what}`, {
    hint,
    details: { fields: [field.name] },
  });
}

/** What commander found wrong, in our words and with our nearest match. */
function lineError(line: Line, thrown: unknown, args: readonly string[]): AgentpoolError {
  if (!(thrown instanceof CommanderError)) return AgentpoolError.from(thrown);
  const help = `agentpool ${line.words} --help`;
  const [what = ""] = thrown.message.replace(/^error: /, "").split("\n");
  if (thrown.code === "commander.unknownOption") {
    const typed = /'(--?[^'=]*)/.exec(what)?.[1] ?? "";
    const flags = line.fields.flatMap((field) => (field.flag === null ? [] : [`--${field.flag}`]));
    if (flags.includes(typed)) {
      return new AgentpoolError("invalid_input", `${typed} takes no value`, {
        hint: `Leave out what follows it: ${typed}`,
      });
    }
    const near = nearest(typed, [...flags, "--help"]);
    return new AgentpoolError("invalid_input", `${line.words} has no flag ${typed}`, {
      hint: near ? `Did you mean ${near}?` : help,
    });
  }
  if (thrown.code === "commander.excessArguments") {
    const names = positional(line).map((field) => field.name);
    const takes = names.length === 0 ? "nothing" : names.join(" and ");
    return new AgentpoolError(
      "invalid_input",
      `${line.words} has too many words: ${args.join(" ")}`,
      {
        why: `It takes ${takes} by position.`,
        hint: names.length > 0 ? `Put a text of several words in quotes. ${help}` : help,
      },
    );
  }
  return new AgentpoolError("invalid_input", what, { hint: help });
}
