import type { Operation } from "../../operations/define.ts";
import { operations } from "../../operations/index.ts";
import type { Command } from "./command.ts";
import type { Field } from "./field.ts";
import { inputFields } from "./input-fields.ts";
import { print } from "./output.ts";
import { requireValues } from "./parse-values.ts";
import { shellParts } from "./shell-parts.ts";
import type { Shell } from "./shell.ts";

/** The command of an operation, derived from it and from what only the shell adds to it. */
export function operationCommand(operation: Operation): Command | undefined {
  const { cli } = operation;
  if (!cli) return undefined;
  const part = shellParts[operation.name];
  const fields = (): readonly Field[] => inputFields(operation);
  return {
    words: cli.command,
    aliases: cli.aliases ?? [],
    group: cli.group,
    summary: operation.summary,
    ...(operation.about === undefined ? {} : { about: operation.about }),
    examples: cli.examples,
    json: true,
    ...(cli.ids === undefined ? {} : { ids: cli.ids }),
    fields: () => [...fields(), ...(part?.fields ?? [])],
    run: async (shell, values) => {
      const done = await part?.instead?.(shell, values);
      if (done !== undefined) return done;
      const own = new Set(part?.fields.map((field) => field.name));
      const given = Object.entries(values).filter(([name]) => !own.has(name));
      const input = { ...Object.fromEntries(given), ...part?.input?.(values) };
      requireValues({ words: cli.command, fields: fields() }, input);
      if (part?.run) {
        const status = await part.run(shell, operation, { values, input });
        if (status !== undefined) return status;
      }
      return askAndPrint(shell, operation, input);
    },
  };
}

/** The command of the operation of this name, for a command that is made of it. */
export function commandOf(name: string): Command {
  const operation = operations.find((one) => one.name === name);
  const command = operation && operationCommand(operation);
  if (!command) throw new Error(`${name} is no command`);
  return command;
}

/** Asks, prints, and says the exit status. */
export async function askAndPrint(
  shell: Shell,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): Promise<number> {
  return printOutput(shell, operation, { input, output: await shell.ask(operation, input) });
}

/** Prints what came of an operation in the form that was asked for, and says the exit status. */
export function printOutput(
  shell: Shell,
  { cli }: Operation,
  given: { readonly input: Readonly<Record<string, unknown>>; readonly output: unknown },
): number {
  const output = given.output as never;
  print(shell, output, () => cli?.render(output, shell.style, given.input) ?? "", cli?.ids);
  return cli?.exitCode?.(output) ?? 0;
}
