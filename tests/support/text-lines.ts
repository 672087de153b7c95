import { sharedFields } from "../../src/surface/cli/command.ts";
import { findCommand } from "../../src/surface/cli/commands.ts";
import { parseValues, requireValues } from "../../src/surface/cli/parse-values.ts";
import { putBuiltFields } from "./built-fields.ts";
import { words } from "./readme.ts";

/** The lines to type in a Markdown text. */
export function linesIn(text: string): string[] {
  return [...text.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
}

/** Reads a line as the command line does, and runs nothing. @throws invalid_input */
export function readLine(line: string): void {
  const [program, ...args] = words(line);
  const found = program === "agentpool" ? findCommand(args) : undefined;
  if (!found) throw new Error(`no command: ${line}`);
  const { command } = found;
  const fields = [...command.fields(), ...sharedFields(command)];
  const values = parseValues({ words: command.words, fields }, found.args);
  requireValues({ words: command.words, fields: fields.filter(isOfLine) }, values);
}

/** A task may come from a file or from standard input. */
function isOfLine({ name }: { readonly name: string }): boolean {
  return name !== "task" && name !== "message";
}

putBuiltFields();
