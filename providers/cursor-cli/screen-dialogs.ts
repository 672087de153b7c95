import type { Dialog, OptionRole, PromptOption } from "../../src/provider/definition.ts";

/**
 * A menu: ` → Run (once) (y)`, the marked one with an arrow; the keys of each stand behind it.
 */
export const menuLine =
  /^ *(?:→ )?(\S.*?) \(((?:[a-z]|tab|shift\+tab|esc|enter)(?: or [a-z]+)*)\)$/;

const question =
  /^ *(?:Run this command\?|(?:Write to|Edit|Delete) this file\?|Allow this web fetch\?|Run this (?:MCP )?tool\?)/;

/** Approvals as they are described; the functions and keys of each option stand in its line. */
export function readApproval(lines: readonly string[]): Dialog | null {
  const asked = lines.findLastIndex((line) => question.test(line));
  const menu = lines
    .map((line, index) => ({ match: menuLine.exec(line), index }))
    .filter(({ match, index }) => match !== null && index > asked);
  const [first] = menu;
  if (first === undefined) return null;
  const options = menu.map(({ match }): PromptOption => {
    const label = match?.[1] ?? "";
    const role = roleOf(label);
    return { label, key: keyOf(match?.[2] ?? "", role), role, reply: null };
  });
  if (!options.some(({ role }) => role === "allow")) return null;
  const command = lines
    .slice(0, first.index)
    .map((line) => /^ *\$ +(\S.*?)(?: in \S+)?$/.exec(line)?.[1])
    .findLast((found) => found !== undefined);
  const text = lines
    .slice(asked === -1 ? Math.max(0, first.index - 1) : asked, first.index)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return {
    kind: "approval",
    text: [...(command === undefined ? [] : [`$ ${command}`]), ...text].join("\n"),
    subject: command ?? null,
    acceptsText: false,
    options,
  };
}

function roleOf(label: string): OptionRole {
  if (/^(?:Run \(once\)|Run|Proceed|Fetch|Allow|Delete)$/.test(label)) return "allow";
  if (/^(?:Skip|Reject & propose changes|Reject)$/.test(label)) return "deny";
  if (
    /^(?:Add .* to allowlist\?|Add (?:Write|Shell|Mcp|WebFetch)\(|Allowlist |Always allow )/.test(
      label,
    )
  ) {
    return "allow_always";
  }
  return "other";
}

/** What turns every question off has no key here: it is for a person in the pane. */
function keyOf(keys: string, role: OptionRole): string | null {
  if (role === "other") return null;
  const [first = ""] = keys.split(" or ");
  return names[first] ?? (first.length === 1 ? first : null);
}

const names: Readonly<Record<string, string>> = {
  tab: "Tab",
  esc: "Escape",
  enter: "Enter",
};
