import { readFileSync } from "node:fs";
import { AgentpoolError } from "../domain/errors.ts";
import type { Price } from "../domain/price.ts";

const texts = ["model", "seller", "source", "checked"] as const;
const amounts = ["input", "output"] as const;
const perhaps = ["cached", "cache_written"] as const;

/**
 * Reads a person's own prices: a list of `{model, seller, input, output, cached, cache_written,
 * source, checked}`, in US dollars for a million tokens. Undefined where there is no such file.
 * @throws invalid_config with the entry and the field
 */
export function readPrices(file: string): readonly Price[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw wrong(file, String(thrown));
  }
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (thrown) {
    throw wrong(file, thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (!Array.isArray(list)) throw wrong(file, "it is no list");
  return list.map((entry: unknown, index) => readPrice(entry, `${file}, entry ${index + 1}`));
}

function readPrice(entry: unknown, where: string): Price {
  if (typeof entry !== "object" || entry === null) throw wrong(where, "it is no price");
  const fields = entry as Readonly<Record<string, unknown>>;
  const known: readonly string[] = [...texts, ...amounts, ...perhaps];
  const odd = Object.keys(fields).find((name) => !known.includes(name));
  if (odd !== undefined) throw wrong(where, `"${odd}" is none of ${known.join(", ")}`);
  for (const name of texts) {
    if (typeof fields[name] !== "string" || fields[name] === "") {
      throw wrong(where, `${name} is missing`);
    }
  }
  for (const name of amounts) {
    if (!isAmount(fields[name])) throw wrong(where, `${name} is no amount of dollars`);
  }
  for (const name of perhaps) {
    const value = fields[name] ?? null;
    if (value !== null && !isAmount(value)) throw wrong(where, `${name} is no amount of dollars`);
  }
  return {
    model: fields["model"] as string,
    seller: fields["seller"] as string,
    input: fields["input"] as number,
    output: fields["output"] as number,
    cached: (fields["cached"] ?? null) as number | null,
    cacheWritten: (fields["cache_written"] ?? null) as number | null,
    source: fields["source"] as string,
    checked: fields["checked"] as string,
  };
}

function isAmount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function wrong(where: string, why: string): AgentpoolError {
  return new AgentpoolError("invalid_config", `The list of prices cannot be used`, {
    why: `${where}: ${why}`,
    hint: "Correct it, or move it away: list prices of the vendors are built in.",
  });
}
