import { sharedFields } from "../../src/surface/cli/command.ts";
import { commandsUnder, findCommand } from "../../src/surface/cli/commands.ts";
import { parseValues, requireValues } from "../../src/surface/cli/parse-values.ts";
import { shellWords } from "../../src/surface/cli/shell-words.ts";

/** Stands for a value that only the program that says a line would know. */
export const placeholder = "ap_x";

/** What is wrong with a line that somebody is told to type; undefined when nothing is. */
export function problemOf(line: string): string | undefined {
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
export function linesIn(text: string): string[] {
  return [...text.matchAll(/\bagentpool (?=[a-z-])[^\n]*?(?=$|; |, | or |\. |\)| \(|: | and )/g)]
    .map(([line]) => line.replace(/[.,;]$/, "").trim())
    .filter((line) => !/^agentpool (?:never|cannot|made|needs|is|has|again)\b/.test(line));
}
