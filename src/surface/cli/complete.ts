import { eventTypes } from "../../domain/event-types.ts";
import { sessionStates } from "../../domain/session.ts";
import { waitWords } from "../../domain/words.ts";
import { commands, commandsUnder, findCommand } from "./commands.ts";
import { sharedFields, type Command } from "./command.ts";
import type { Field } from "./field.ts";

/** One thing that may stand where somebody presses Tab. */
export interface Candidate {
  readonly value: string;
  readonly about?: string;
}

/** What only the moment knows. */
export interface Live {
  /** Sessions with their names, newest first. */
  readonly sessions: () => Promise<readonly Candidate[]>;
  readonly providers: () => Promise<readonly Candidate[]>;
}

/** Stands for the files of the folder, which the shell itself knows best. */
export const files: Candidate = { value: ":files" };

/**
 * What may stand in place of the last of these words, which follow `agentpool`; everything is
 * derived from the commands themselves.
 */
export async function complete(words: readonly string[], live: Live): Promise<Candidate[]> {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const fitting = (all: readonly Candidate[]): Candidate[] =>
    all.filter(({ value }) => value.startsWith(typed) || value === files.value);
  if (before[0] === "help") return fitting([...firstWords(), ...topicWords]);
  const found = findCommand(before);
  if (!found) {
    if (before.length === 0) return fitting([...firstWords(), { value: "help" }]);
    const [noun = ""] = before;
    return before.length === 1 ? fitting(secondWords(noun)) : [];
  }
  const { command, args } = found;
  const more = args.length === 0 && before.length === 1 ? secondWords(before[0] ?? "") : [];
  const fields = [...command.fields(), ...sharedFields(command)].filter(
    (field) => field.hidden !== true,
  );
  const isOver = args.includes("--");
  const assigned = isOver ? null : /^(--[a-z-]+)=(.*)$/.exec(typed);
  if (assigned) {
    const [, flag = "", value = ""] = assigned;
    const field = byFlag(fields, flag);
    const values = field ? await valuesOf(field, live) : [];
    return inList(value, values).map((one) =>
      one.value === files.value ? one : { ...one, value: `${flag}=${one.value}` },
    );
  }
  const last = args.at(-1) ?? "";
  const open = isOver ? undefined : byFlag(fields, last);
  if (open && open.kind !== "boolean") return inList(typed, await valuesOf(open, live));
  if (typed.startsWith("-") && !isOver) return fitting(flagsOf(fields, args));
  const position = positionOf(fields, args);
  const values = position ? await valuesOf(position, live) : [];
  return fitting([...more, ...values]);
}

const topicWords: readonly Candidate[] = [
  "commands",
  "exit-codes",
  "environment",
  "formatting",
].map((value) => ({ value }));

function firstWords(): Candidate[] {
  const seen = new Map<string, Candidate>();
  for (const command of commands) {
    for (const words of [command.words, ...command.aliases]) {
      const [first = "", second] = words.split(" ");
      if (!seen.has(first) || second === undefined) {
        seen.set(first, { value: first, about: command.summary });
      }
    }
  }
  return [...seen.values()];
}

function secondWords(noun: string): Candidate[] {
  return commandsUnder(noun).map((command: Command) => ({
    value: command.words.slice(noun.length + 1),
    about: command.summary,
  }));
}

function byFlag(fields: readonly Field[], word: string): Field | undefined {
  return fields.find(
    ({ flag, short, aliases = [] }) =>
      (flag !== null && [flag, ...aliases].some((name) => word === `--${name}`)) ||
      (short !== undefined && word === `-${short}`),
  );
}

function flagsOf(fields: readonly Field[], args: readonly string[]): Candidate[] {
  const repeats: readonly Field["kind"][] = ["list", "pairs"];
  const flags = fields.flatMap((field) => {
    if (field.flag === null) return [];
    const given = args.some((word) => byFlag([field], word.split("=")[0] ?? "") !== undefined);
    return given && !repeats.includes(field.kind)
      ? []
      : [{ value: `--${field.flag}`, about: field.description }];
  });
  return [...flags, { value: "--help", about: "Show the page of the command" }];
}

/** The field that the next word by position belongs to. */
function positionOf(fields: readonly Field[], args: readonly string[]): Field | undefined {
  const positional = fields.filter((field) => field.position !== undefined);
  let taken = 0;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    const field = byFlag(fields, word);
    if (field) {
      if (field.kind !== "boolean") i += 1;
    } else if (!word.startsWith("--")) taken += 1;
  }
  const rest = positional.at(-1);
  return positional[taken] ?? (rest?.position === "rest" ? rest : undefined);
}

async function valuesOf(field: Field, live: Live): Promise<readonly Candidate[]> {
  if (field.choices) return field.choices.map((value) => ({ value }));
  if (/^session_ids?$/.test(field.name)) return live.sessions();
  const known = words[field.name];
  if (known) return known.map((value) => ({ value }));
  if (/^provider(_id)?$/.test(field.name)) return live.providers();
  return /(file|path|output|repo)$/.test(field.name) ? [files] : [];
}

const words: Readonly<Record<string, readonly string[]>> = {
  wait_for: waitWords,
  state: sessionStates,
  types: eventTypes,
};

/** The last of several values with commas between them. */
function inList(typed: string, values: readonly Candidate[]): Candidate[] {
  const done = typed.slice(0, typed.lastIndexOf(",") + 1);
  const rest = typed.slice(done.length);
  return values
    .filter(({ value }) => value.startsWith(rest) || value === files.value)
    .map((one) => (one.value === files.value ? one : { ...one, value: done + one.value }));
}
