import type { ScreenFacts, ScreenRule } from "../../src/provider/definition.ts";
import { readApproval, readPlan, readQuestion } from "./screen-dialogs.ts";

/** The last line, in which dialogs, viewers and pickers name their keys. */
const foot = { lastLines: 1 };

const asking: readonly ScreenRule[] = [
  {
    id: "folder-trust",
    shows: "dialog",
    priority: 90,
    region: { fromLast: /^│ Trust this folder\?/ },
    match: { within: foot, match: { regex: /^Enter to confirm · Esc to exit/ } },
    dialog: {
      kind: "startup",
      from: /^│ Trust this folder\?/,
      option: /^[> ] \d\. (?<label>\S.*)$/,
      until: /^Enter to confirm/,
      subject: /^│ (\/.*?) *│$/,
      menu: { marked: /^> \d\. /, next: "Down", previous: "Up", confirm: "Enter" },
      roles: [
        { role: "allow", label: /^Trust this folder/ },
        { role: "deny", label: /^Exit without trusting/ },
      ],
    },
  },
  {
    id: "approval",
    shows: "dialog",
    priority: 80,
    region: "screen",
    match: { within: foot, match: { regex: /^ {2}↑↓ navigate {3}Enter select {3}Esc cancel/ } },
    dialog: { ...readByParser("approval"), parse: readApproval },
  },
  {
    id: "question",
    shows: "dialog",
    priority: 80,
    region: "screen",
    match: { within: foot, match: { regex: /^ {3}\S.* • ESC stop agent$/ } },
    dialog: { ...readByParser("question"), parse: readQuestion },
  },
  {
    id: "specification",
    shows: "dialog",
    priority: 80,
    region: "screen",
    match: { within: foot, match: { regex: /^ {3}↑↓ navigate {3}\d-\d select {3}/ } },
    dialog: { ...readByParser("plan"), parse: readPlan },
  },
];

/** Viewers and pickers that a person opened. Nothing may be concluded from what they cover. */
const covering: readonly ScreenRule[] = [
  {
    id: "details",
    shows: "hold",
    priority: 100,
    region: foot,
    match: { regex: /^ +Press Ctrl\+O or Esc to return to session$/ },
  },
  {
    // its last picture stays above what it says as it leaves
    id: "left",
    shows: "hold",
    priority: 100,
    region: { lastLines: 4 },
    match: { regex: /^To resume this session, run: droid --resume / },
  },
  {
    id: "panel",
    shows: "hold",
    priority: 90,
    region: { lastLines: 2 },
    match: { regex: /^│ .*\bEsc close\b.*│$/ },
  },
  {
    id: "picker",
    shows: "hold",
    priority: 90,
    region: foot,
    match: { regex: /^ {2}Type search {3}.*Esc cancel/ },
  },
];

/**
 * What the agent and its tools say is indented by three columns or begins with a mark of its own, so
 * nothing of it looks like the input box, a dialog's last line or the line of what it does.
 */
export const screen: ScreenFacts = {
  rules: [
    ...covering,
    ...asking,
    {
      id: "spinner",
      shows: "busy",
      priority: 50,
      region: { lastLines: 40 },
      match: { regex: /^ [\u2800-\u28ff] \S.* \(Press ESC to stop\)$/ },
    },
    {
      id: "steer-hint",
      shows: "busy",
      priority: 40,
      region: { lastLines: 10 },
      match: { regex: /^│ > Enter to steer · Ctrl\+Enter to queue *│$/ },
    },
  ],
  composer: {
    region: { lastLines: 60 },
    line: /^│ >(?: (.*?))? *│$/,
    // the border names the mode where it is another one
    above: /^╭─.*─╮$/,
    more: /^│ {3}(.*?) *│$/,
    until: /^╰─+╯$/,
    placeholders: [/^Try "/, /^Enter to steer · Ctrl\+Enter to queue$/],
    pastePlaceholder: /\[.+\.\.\. \d+ lines\]/,
    guard: /^ (Auto \(\w+\) · \S.*?)(?: {2,}|$)/,
  },
  settleMs: 150,
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
