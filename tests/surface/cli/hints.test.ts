import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { putBuiltFields } from "../../support/built-fields.ts";
import { linesIn, placeholder, problemOf } from "../../support/hint-lines.ts";
import { repository } from "../../support/built.ts";

putBuiltFields();

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
