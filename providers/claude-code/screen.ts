import type { MenuRule, ScreenFacts, ScreenRule } from "../../src/provider/definition.ts";
import { readApproval, readPlan, readQuestion } from "./screen-dialogs.ts";

/** The border above the input line tells how much of a long input is out of sight. */
const border = /^─{3}/;

/** The last lines, in which dialogs and viewers name their keys. */
const foot = { lastLines: 4 };

/** A marked option needs no digit: dialogs at the start are menus. */
const menu: MenuRule = {
  marked: /^ +❯ /,
  next: "Down",
  previous: "Up",
  confirm: "Enter",
};

const startup: readonly ScreenRule[] = [
  {
    id: "folder-trust",
    shows: "dialog",
    priority: 90,
    region: { fromLast: /^ Accessing workspace:/ },
    match: { within: foot, match: { contains: "Enter to confirm · Esc to cancel" } },
    dialog: {
      kind: "startup",
      from: /^ Accessing workspace:/,
      option: /^ [❯ ] (?<label>No, exit|Yes, I trust this folder)$/,
      until: /^ Enter to confirm/,
      subject: /^ (\/.*)$/,
      menu,
      roles: [
        { role: "allow", label: /^Yes/ },
        { role: "deny", label: /^No/ },
      ],
    },
  },
  {
    id: "api-key",
    shows: "dialog",
    priority: 90,
    region: { fromLast: border },
    match: {
      all: [
        { contains: "Detected a custom API key" },
        { within: foot, match: { contains: "Enter to confirm · Esc to cancel" } },
      ],
    },
    dialog: {
      kind: "startup",
      from: /Detected a custom API key/,
      option: /^ {2}[❯ ] (?<label>Yes|No \(recommended\))$/,
      until: /^ {2}Enter to confirm/,
      menu,
      roles: [
        { role: "allow", label: /^Yes/ },
        { role: "deny", label: /^No/ },
      ],
    },
  },
  {
    id: "rewind",
    shows: "dialog",
    priority: 90,
    region: { fromLast: /^▔{3}/ },
    match: {
      all: [{ regex: /^ {2}Rewind$/ }, { within: foot, match: { regex: /Esc to cancel/ } }],
    },
    dialog: {
      kind: "startup",
      from: /^ {2}Rewind$/,
      // what it would go back to is chosen by a person who sees it
      option: /\b(?<key>Esc) to (?<label>cancel)/,
      roles: [{ role: "deny", label: /^cancel$/ }],
    },
  },
];

const asking: readonly ScreenRule[] = [
  {
    id: "permission",
    shows: "dialog",
    priority: 80,
    region: "screen",
    match: {
      all: [
        { regex: /^ Do you want to / },
        // beside the panel of changed files a dialog may end far above the last line
        {
          within: { fromLast: /^ Do you want to / },
          match: { regex: /^ Esc to cancel · Tab to amend/ },
        },
      ],
    },
    dialog: { ...readByParser("approval"), parse: readApproval },
  },
  {
    id: "question",
    shows: "dialog",
    priority: 80,
    region: { fromLast: /^(?: ☐ |← {2}[☐☒] )/ },
    match: { regex: /^Enter to select · / },
    dialog: { ...readByParser("question"), parse: readQuestion },
  },
  {
    id: "plan",
    shows: "dialog",
    priority: 80,
    region: "screen",
    match: {
      all: [
        { regex: /^ {3}(?:Claude has written up a plan|Exit plan mode\?)/ },
        { within: { lastLines: 12 }, match: { regex: /^ {3,4}[❯ ] 1\. Yes/ } },
      ],
    },
    dialog: { ...readByParser("plan"), parse: readPlan },
  },
];

/**
 * Viewers and pickers that a person opened. Nothing may be concluded from what they cover. The
 * dialogs that also name Escape at this place are excepted.
 */
const covering: readonly ScreenRule[] = [
  {
    id: "transcript-viewer",
    shows: "hold",
    priority: 100,
    region: foot,
    match: { regex: /^ {2}Showing detailed transcript · / },
  },
  {
    id: "agents-view",
    shows: "hold",
    priority: 100,
    region: foot,
    match: { regex: /^ {2}enter to (?:return|open) · / },
  },
  {
    id: "picker",
    shows: "hold",
    priority: 90,
    region: { lastLines: 1 },
    match: {
      all: [
        { regex: /^ {2}(?! ).*\bEsc to (?:cancel|close|go back|exit)\b/ },
        {
          not: {
            within: { lastLines: 40 },
            match: { regex: /^ {2}(?:Rewind$|Detected a custom API key)/ },
          },
        },
      ],
    },
  },
];

/**
 * What the terminal holds decides nothing while the agent's hooks, log and status file speak; it is
 * where keys are typed, and it tells what no channel does. That the usage limit was hit is not read
 * here: the line stays on screen after the limit was lifted.
 */
export const screen: ScreenFacts = {
  rules: [
    ...covering,
    ...startup,
    ...asking,
    {
      id: "mode-line",
      shows: "busy",
      priority: 60,
      region: { fromLast: border },
      match: { regex: /^ {2}.*\besc to interrupt\b/ },
    },
    {
      id: "spinner",
      shows: "busy",
      priority: 50,
      region: "turn",
      match: { regex: /^[^\w\s] (?:\p{Lu}[\p{L}-]*… \(|.* · retrying in )/u },
    },
    {
      id: "subagents",
      shows: "busy",
      priority: 40,
      region: "turn",
      // the line stays above what follows it; the turn is over when it says how long it took
      match: {
        all: [
          { regex: /^[^\w\s] Waiting for \d+ background / },
          { not: { regex: /^[^\w\s] \p{Lu}[\p{L}-]* for \d.* · done /u } },
        ],
      },
    },
  ],
  composer: {
    region: { lastLines: 60 },
    // what was sent and what is marked in a menu begins alike, but no border is above and below it
    line: /^(?:[❯ ](?: (.*))?)?$/,
    above: border,
    hidden: /^─+ ↑ (\d+) more ─/,
    until: border,
    placeholders: [/^Press up to edit queued messages/, /^Resend your message to try again/],
    pastePlaceholder: /\[Pasted text #\d+(?: \+\d+ lines)?\]/,
    guard: /^ {2}((?:⏸|⏵⏵) [A-Za-z' ]+ on)\b/,
  },
  submitted: /^[❯!] \S/,
  settleMs: 100,
  idleHoldMs: 3_000,
};

/** A rule whose dialog is read by a function; the patterns besides are never asked. */
function readByParser(kind: "approval" | "question" | "plan"): {
  readonly kind: "approval" | "question" | "plan";
  readonly from: RegExp;
  readonly option: RegExp;
  readonly roles: readonly [];
} {
  return { kind, from: /^/, option: /^(?<label>)$/, roles: [] };
}
