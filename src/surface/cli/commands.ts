import { operations } from "../../operations/index.ts";
import type { Command } from "./command.ts";
import { localCommands } from "./local-commands.ts";
import { operationCommand } from "./operation-command.ts";
import { requireValues } from "./parse-values.ts";

/** Every command, in the order of the help page. */
export const commands: readonly Command[] = [
  ...operations.flatMap((operation) => operationCommand(operation) ?? []),
  ...localCommands.map(checked),
];

/** What is required of a command that is no operation is asked for before it runs. */
function checked(command: Command): Command {
  const { words, fields, run } = command;
  return {
    ...command,
    run: (shell, values) => {
      requireValues({ words, fields: fields() }, values);
      return run(shell, values);
    },
  };
}

/** The command that a line's first words name, and the words after it. */
export function findCommand(
  argv: readonly string[],
): { readonly command: Command; readonly args: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const words = argv.slice(0, length).join(" ");
    const command = commands.find((one) => one.words === words || one.aliases.includes(words));
    if (!command || argv.length < length) continue;
    const args = argv.slice(length);
    // `skills gte` means one of the commands under `skills`, and not that one with an argument
    const isVerb = command.words !== words && args[0] !== undefined && !args[0].startsWith("-");
    if (isVerb && commandsUnder(words).length > 0) continue;
    return { command, args };
  }
  return undefined;
}

/** First words that lead to several commands: `supervisor`, `worktrees`. */
export function commandsUnder(noun: string): Command[] {
  return commands.filter((command) => command.words.startsWith(`${noun} `));
}
