/** What was learned from the ancestor, by people, scripts and agents, still parses here. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sharedFields } from "../../../src/surface/cli/command.ts";
import { findCommand } from "../../../src/surface/cli/commands.ts";
import type { Field } from "../../../src/surface/cli/field.ts";
import { parseValues } from "../../../src/surface/cli/parse-values.ts";
import { putBuiltFields } from "../../support/built-fields.ts";

putBuiltFields();

interface Line {
  readonly words: string;
  readonly by_position?: readonly string[];
  readonly flags: readonly string[];
  readonly left_out?: Readonly<Record<string, string>>;
}

const file = readFileSync(join(import.meta.dirname, "contract.json"), "utf8");
const { commands } = JSON.parse(file) as { readonly commands: readonly Line[] };

test.each(commands)("agentpool $words takes what people know of it", (line) => {
  const { words, by_position: others = [], flags, left_out: leftOut = {} } = line;
  const found = findCommand([...words.split(" "), ...others]);
  expect(found?.command && [found.command.words, ...found.command.aliases]).toContain(words);
  if (!found) return;
  const fields = [...found.command.fields(), ...sharedFields(found.command)];
  expect(flags.filter((flag) => !fieldOf(fields, flag))).toEqual([]);
  expect(Object.keys(leftOut).filter((flag) => fieldOf(fields, flag))).toEqual([]);
  expect(() => parseValues({ words, fields }, found.args)).not.toThrow();
});

function fieldOf(fields: readonly Field[], flag: string): Field | undefined {
  return fields.find((one) => one.flag === flag || (one.aliases ?? []).includes(flag));
}
