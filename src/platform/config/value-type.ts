import type { AnswerRule } from "../../domain/answer-policy.ts";

/** What may be written for a key; `T` is what programs get. */
export interface ValueType<T> {
  readonly kind: "boolean" | "integer" | "number" | "text" | "path" | "list" | "map" | "rules";
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** Of what a list or map consists. */
  readonly of?: ValueType<unknown>;
  /** `null` means that there is none; it is the default then. */
  readonly nullable?: boolean;
  /** Never set; carries the type. */
  readonly value?: T;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

export const boolean: ValueType<boolean> = { kind: "boolean" };
export const text: ValueType<string> = { kind: "text" };
/** `~` is the person's home; a relative path is meant from the folder of the file it stands in. */
export const path: ValueType<string> = { kind: "path" };
/** Rules for answering dialogs, see `AnswerRule`. */
export const rules: ValueType<readonly AnswerRule[]> = { kind: "rules" };
export const integer = (range: Range = {}): ValueType<number> => ({ kind: "integer", ...range });
export const number = (range: Range = {}): ValueType<number> => ({ kind: "number", ...range });

export function choice<const C extends string>(choices: readonly C[]): ValueType<C> {
  return { kind: "text", choices };
}

/** A single value may stand for a list of one. */
export function list<T>(of: ValueType<T>): ValueType<readonly T[]> {
  return { kind: "list", of };
}

/** Names of the person's choice, each with a value. */
export function map<T>(of: ValueType<T>): ValueType<Readonly<Record<string, T>>> {
  return { kind: "map", of };
}

export function orNull<T>(type: ValueType<T>): ValueType<T | null> {
  return { ...type, nullable: true };
}

/** One word or two for people: `integer, 1 or more`. */
export function describeType(type: ValueType<unknown>): string {
  const { kind, min, max, choices, of, nullable } = type;
  const base = ((): string => {
    if (choices) return `one of ${choices.join(", ")}`;
    if (kind === "boolean") return "true or false";
    if (kind === "list") return `list: ${of ? describeType(of) : "any"}`;
    if (kind === "map") return `names, each with: ${of ? describeType(of) : "any"}`;
    if (kind === "rules") return "list of rules";
    const from = min === undefined ? "" : max === undefined ? `, ${min} or more` : `, ${min} to`;
    const range = max === undefined ? from : `${min === undefined ? ", at most" : from} ${max}`;
    return `${kind}${range}`;
  })();
  return nullable ? `${base}; or null` : base;
}
