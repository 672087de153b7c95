import type { ManifestTool, McpManifest } from "./manifest.ts";

/** First words of commands whose second word is part of their name. */
const groups =
  "accounts|agent|approval|config|detect|events|export|leases|models|msg|notify|preferences|profiles|provider|run|session|skills|supervisor|task|thread|workers|worktrees";
/** Commands of one word. What else follows the name of this program is the middle of a sentence. */
const singles =
  "accounts|agents|answer|approvals|approve|artifacts|attach|board|budget|budgets|capacity-summary|collect|completion|dashboard|decide|deny|doctor|events|explain|export|gc|hung|init|interrupt|inventory|keys|kill|locks|logs|ls|mcp|mcp-config|models|observe|onboard|once|preferences|profiles|providers|prune|ps|recover|resume|rm|runs|send|sessions|setup|skills|smoke|spawn|stats|status|tasks|terminate|threads|tokens|top|transcript|try|usage|usage-summary|wait|workers";
const value = String.raw`(?:[\w@/:+-]+|<[^>]*>|"[^"]*")`;
/** What may follow a command's name: flags with a value, ids, names before a flag, texts in quotes. */
const rest = String.raw`(?: (?:-{1,2}[a-z][a-z-]*(?:[ =]${value})?|[a-z]{2}_\w+|@\w+|[A-Z]+\b|<[^>]*>|"[^"]*"|/\S+|[\w.-]+(?= --)))*`;
const command = new RegExp(
  String.raw`\bagentpool ((?:(?:${groups}) [a-z][a-z-]*)|(?:${singles}))(?![\w-])(${rest})`,
  "g",
);
const flagWithValue = new RegExp(String.raw`(?<![\w-])--([a-z][a-z-]*)(?:[ =](${value}))?`, "g");

/**
 * A hint in the words of this window. Errors of operations name shell commands and flags; here the
 * next step is a tool and its arguments. What has no tool is something a person can type.
 * @param called the tool whose flags stand alone in the text
 */
export function inToolWords(hint: string, { tools }: McpManifest, called?: ManifestTool): string {
  const byCommand = new Map(tools.map((one) => [one.command, one]));
  const words = hint.replace(command, (whole: string, name: string, given: string) => {
    const tool = byCommand.get(name);
    return tool ? callOf(tool, given) : `\`${whole}\` in a shell`;
  });
  // a flag that stands alone is an argument; inside a command for a shell it stays one
  return words
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith("`")
        ? part
        : part.replace(/(?<![\w-])--([a-z][a-z-]*)/g, (_, flag: string) => argument(called, flag)),
    )
    .join("");
}

/** A tool with those of the command's flags that it takes: `cleanup_worktree with force: true`. */
function callOf(tool: ManifestTool, given: string): string {
  const { name, inputSchema } = tool.definition;
  const known = { ...inputSchema.properties, ...tool.unlisted };
  const taken = [...given.matchAll(flagWithValue)].flatMap(([, flag = "", text = "true"]) => {
    const named = argument(tool, flag);
    return Object.hasOwn(known, named) ? [`${named}: ${text}`] : [];
  });
  return taken.length === 0 ? name : `${name} with ${taken.join(", ")}`;
}

function argument(tool: ManifestTool | undefined, flag: string): string {
  const named = tool?.flags[flag];
  if (named !== undefined) return named;
  const word = flag.replaceAll("-", "_");
  // tools without a command of their own
  const id = `${word}_id`;
  const properties = tool?.definition.inputSchema.properties ?? {};
  return !Object.hasOwn(properties, word) && Object.hasOwn(properties, id) ? id : word;
}
