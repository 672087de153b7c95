import { AgentpoolError } from "../../domain/errors.ts";
import { checkValue } from "./check-value.ts";
import { configKeys, rowOf, type AnyKey } from "./keys.ts";
import type { ValueType } from "./value-type.ts";
import { WrongValue } from "./wrong-value.ts";

/** What the environment says of keys that have a name in it. @throws invalid_config */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): { readonly key: AnyKey; readonly name: string; readonly value: unknown }[] {
  return (Object.keys(configKeys) as AnyKey[]).flatMap((key) => {
    const { env: name, type } = rowOf(key);
    const text = name === undefined ? undefined : env[name];
    if (name === undefined || text === undefined || text === "") return [];
    try {
      return [{ key, name, value: checkValue(type, parse(type, text), process.cwd()) }];
    } catch (thrown) {
      if (!(thrown instanceof WrongValue)) throw thrown;
      throw new AgentpoolError("invalid_config", `${name} cannot be used`, {
        why: thrown.message,
        hint: `Correct ${name} or unset it.`,
      });
    }
  });
}

function parse(type: ValueType<unknown>, text: string): unknown {
  if (type.kind === "boolean") return { 1: true, true: true, 0: false, false: false }[text] ?? text;
  if (type.kind === "integer" || type.kind === "number") {
    return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
  }
  if (type.kind === "list") {
    return text
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
  }
  return text;
}
