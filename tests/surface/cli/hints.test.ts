import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { putBuiltFields } from "../../support/built-fields.ts";
import { sharedFields } from "../../../src/surface/cli/command.ts";
import { commandsUnder, findCommand } from "../../../src/surface/cli/commands.ts";
import { parseValues, requireValues } from "../../../src/surface/cli/parse-values.ts";
import { shellWords } from "../../../src/surface/cli/shell-words.ts";
import { repository } from "../../support/built.ts";

putBuiltFields();

const placeholder = "ap_x";

/** What is wrong with a line that somebody is told to type; undefined when nothing is. */
function problemOf(line: string): string | undefined {
  const words = shellWords(line, "hint").slice(1);
  const [first = ""] = words;
  // put together by the code that says it; those are tried below
  if (first === placeholder || first.includes("$")) return undefined;
  if (first === "" || first === "help" || first.startsWith("-")) return undefined;
  const found = findCommand(words);
  if (!found) return commandsUnder(first).length > 0 ? undefined : `no command ${first}`;
  // a page may be asked for anywhere
  if (words.includes("--help")) return undefined;
  const { command } = found;
  try {
    const fields = [...command.fields(), ...sharedFields(command)];
    const values = parseValues({ words: command.words, fields }, found.args);
    if (command.words !== "spawn") requireValues({ words: command.words, fields }, values);
    return undefined;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    // what stands for a value cannot be one of a few words
    return message.includes(`"${placeholder}" is not one of`) ? undefined : message;
  }
}

/** The lines that a text of a hint tells to type. */
function linesIn(text: string): string[] {
  return [...text.matchAll(/\bagentpool (?=[a-z-])[^\n]*?(?=$|; |, | or |\. |\)| \(|: | and )/g)]
    .map(([line]) => line.replace(/[.,;]$/, "").trim())
    .filter((line) => !/^agentpool (?:never|cannot|made|needs|is|has)\b/.test(line));
}

test("every line that a hint of the sources tells to type is one the program takes", () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const file of sourceFiles(join(repository, "src"))) {
    const text = readFileSync(file, "utf8");
    for (const [, expression = ""] of text.matchAll(
      /\bhint\b\s*(?::|=)([^]{0,400}?)(?=\n\s*(?:details|cause|why|\}|\]|return)|\bdetails:|;\n)/g,
    )) {
      for (const [, quote, raw = ""] of expression.matchAll(/(["'`])((?:(?!\1)[^\\]|\\.)*)\1/g)) {
        const plain = raw
          .replaceAll(/\\(.)/g, "$1")
          .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, quote === "`" ? placeholder : "");
        for (const line of linesIn(plain)) {
          seen += 1;
          const problem = problemOf(line);
          if (problem !== undefined) wrong.push(`${file}: ${line}: ${problem}`);
        }
      }
    }
  }

  expect(wrong).toEqual([]);
  expect(seen).toBeGreaterThan(60);
});

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return path.endsWith(".ts") ? [path] : [];
  });
}
