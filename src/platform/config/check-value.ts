import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { nearest } from "../../domain/nearest.ts";
import { parseRules } from "./answer-rules.ts";
import { describeType, type ValueType } from "./value-type.ts";
import { WrongValue } from "./wrong-value.ts";

/** The value as programs get it. Relative paths are meant from the folder of `file`. @throws WrongValue */
export function checkValue(type: ValueType<unknown>, value: unknown, file: string): unknown {
  const fail = (): never => {
    throw new WrongValue(`${show(value)} is not ${describeType(type)}`);
  };
  switch (type.kind) {
    case "boolean":
      return typeof value === "boolean" ? value : fail();
    case "integer":
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) return fail();
      if (type.kind === "integer" && !Number.isSafeInteger(value)) return fail();
      const { min = -Infinity, max = Infinity } = type;
      return value >= min && value <= max ? value : fail();
    }
    case "text":
    case "path": {
      if (typeof value !== "string" || value === "" || value.includes("\0")) return fail();
      if (type.choices && !type.choices.includes(value)) {
        const near = nearest(value, type.choices);
        const hint = near === undefined ? "" : `; did you mean ${near}?`;
        throw new WrongValue(`${show(value)} is not ${describeType(type)}${hint}`);
      }
      return type.kind === "path" ? expand(value, file) : value;
    }
    case "list": {
      const all: readonly unknown[] = Array.isArray(value) ? value : [value];
      return all.map((one, index) => checkBelow(type, one, file, index));
    }
    case "map": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return fail();
      const entries = Object.entries(value).map(
        ([name, one]) => [name, checkBelow(type, one, file, name)] as const,
      );
      return Object.fromEntries(entries);
    }
    case "rules":
      return parseRules(value);
  }
}

function checkBelow(
  { of }: ValueType<unknown>,
  value: unknown,
  file: string,
  at: string | number,
): unknown {
  try {
    return of ? checkValue(of, value, file) : value;
  } catch (thrown) {
    if (!(thrown instanceof WrongValue)) throw thrown;
    throw new WrongValue(thrown.message, [at, ...thrown.at]);
  }
}

function expand(path: string, file: string): string {
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? resolve(path) : resolve(dirname(file), path);
}

function show(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === "object" && value !== null ? "what stands there" : undefined;
  return text ?? JSON.stringify(value) ?? String(value);
}
