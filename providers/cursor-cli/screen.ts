import type { ScreenFacts, ScreenRule } from "../../src/provider/definition.ts";
import { menuLine, readApproval } from "./screen-dialogs.ts";

const startup: readonly ScreenRule[] = [
  {
    // the CLI keeps the consent, so only whoever is asked gives it
    id: "folder-trust",
    shows: "dialog",
    priority: 90,
    region: { fromLast: /Workspace Trust Required|^[│ ]*Do you trust the /u },
    match: { regex: /^[│ ]*(?:▶ )?\[a\] Trust this workspace/u },
    dialog: {
      kind: "startup",
      from: /Workspace Trust Required|Do you trust the /u,
      option: /^[│ ]*(?:▶ )?\[(?<key>[a-z])\] (?<label>\S.*?)[│ ]*$/u,
      until: /Use arrow keys/u,
      subject: /^[│ ]*(\/.*?)[│ ]*$/u,
      roles: [
        { role: "allow", label: /^Trust this workspace$/u },
        { role: "deny", label: /^Quit/u },
      ],
    },
  },
  {
    id: "login",
    shows: "dialog",
    priority: 90,
    region: { lastLines: 12 },
    match: { regex: /press any key to (?:log|sign) in/iu },
    dialog: { ...readByParser("startup"), parse: loginWall },
  },
];

const approval: ScreenRule = {
  id: "approval",
  shows: "dialog",
  priority: 80,
  region: { lastLines: 40 },
  match: { all: [{ regex: menuLine }, { regex: /\((?:y|esc or .*)\)$/u }] },
  dialog: { ...readByParser("approval"), parse: readApproval },
};

/**
 * From documentation and other people's recordings, of versions 2026.06 to 2026.08. The input has
 * no border: an arrow, two columns in. A menu's arrow stands before an option with its key behind.
 */
export const screen: ScreenFacts = {
  rules: [
    ...startup,
    approval,
    {
      id: "stop-hint",
      shows: "busy",
      priority: 50,
      region: { lastLines: 12 },
      match: { regex: / {2,}ctrl\+c to stop$/u },
    },
    {
      id: "spinner",
      shows: "busy",
      priority: 40,
      region: { lastLines: 20 },
      match: {
        regex:
          /^ ?[\u2800-\u28ff⬡⬢]{1,3} (?:Running|Reading|Thinking|Working|Generating|Composing|Planning)\b/u,
      },
    },
  ],
  composer: {
    region: { lastLines: 30 },
    line: /^ {1,2}→(?! .*\((?:[a-z]|tab|shift\+tab|esc(?: or .*)?)\)$)(?: (.*?))?(?: {2,}ctrl\+c to stop)?$/u,
    more: /^ {4}(\S.*)$/u,
    placeholders: [/^Plan, search, build anything/u, /^Add a follow-up/u],
    pastePlaceholder: /\[Pasted text #?\d+.*\]/u,
  },
  settleMs: 300,
  idleHoldMs: 5_000,
};

/** Signing in is the person's alone: there is nothing to choose. */
function loginWall(lines: readonly string[]): ReturnType<typeof readApproval> {
  const text = lines.find((line) => /press any key/i.test(line)) ?? "";
  return { kind: "startup", text: text.trim(), subject: null, acceptsText: false, options: [] };
}

/** A rule whose dialog is read by a function; the patterns besides are never asked. */
function readByParser(kind: "approval" | "startup"): {
  readonly kind: "approval" | "startup";
  readonly from: RegExp;
  readonly option: RegExp;
  readonly roles: readonly [];
} {
  return { kind, from: /^/, option: /^(?<label>)$/, roles: [] };
}
