import type { McpManifest } from "./manifest.ts";

/** Commands whose second word is part of their name. */
const groups =
  "accounts|config|detect|leases|models|preferences|provider|session|skills|supervisor|worktrees";
/** What may follow a command's name: flags with a value, ids, names in brackets, texts in quotes. */
const rest = String.raw`(?: (?:-{1,2}[a-z][a-z-]*(?:[ =](?:[\w@/:+-]+|<[^>]*>|"[^"]*"))?|ap_\w+|@\w+|<[^>]*>|"[^"]*"|/\S+))*`;
const command = new RegExp(
  String.raw`\bagentpool ((?:(?:${groups}) )?[a-z][a-z-]*)(?![\w])(${rest})`,
  "g",
);

/**
 * A hint in the words of this window. Errors of operations name shell commands and flags; here the
 * next step is a tool and its arguments. What has no tool is something a person can type.
 */
export function inToolWords(hint: string, { tools }: McpManifest): string {
  const byCommand = new Map(tools.map((one) => [one.command, one.definition.name]));
  const words = hint.replace(command, (whole: string, name: string) => {
    return byCommand.get(name) ?? `\`${whole}\` in a shell`;
  });
  // a flag that stands alone is an argument; inside a command for a shell it stays one
  return words
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith("`") ? part : part.replace(/(?<![\w-])--([a-z][a-z-]*)/g, flag),
    )
    .join("");
}

function flag(_: string, name: string): string {
  return name.replaceAll("-", "_");
}
