import type { ScreenFacts, ScreenRule } from "../../src/provider/definition.ts";
import { readApproval, readQuestion } from "./screen-dialogs.ts";

const menu = /^[❭·] (?<key>\d) (?<label>\S.*)$/;

const startup: readonly ScreenRule[] = [
  {
    id: "folder-trust",
    shows: "dialog",
    priority: 90,
    region: { fromLast: /^Do you trust the authors of this directory\?/ },
    match: { regex: /^[❭·] 1 Yes, trust / },
    dialog: {
      kind: "startup",
      from: /^Do you trust the authors/,
      option: menu,
      roles: [
        { role: "allow", label: /^Yes, trust / },
        { role: "deny", label: /^No, exit/ },
      ],
    },
  },
  {
    // signing in is the person's alone
    id: "login",
    shows: "dialog",
    priority: 90,
    region: { fromLast: /^How would you like to log in\?/ },
    match: { regex: /^↑↓ select · ↵ confirm/ },
    dialog: {
      kind: "startup",
      from: /^How would you like to log in\?/,
      option: menu,
      until: /^↑↓ select/,
      roles: [{ role: "other", label: /./ }],
    },
  },
];

const asking: readonly ScreenRule[] = [
  {
    // the function tells again which it is: an old plan may stand above a dialog about a call
    id: "plan",
    shows: "dialog",
    priority: 85,
    region: "screen",
    match: {
      all: [
        { within: { lastLines: 3 }, match: { regex: /^↑↓ select · ↵ confirm · esc cancel/ } },
        { regex: /^ ⏺ Starting implementation$/ },
      ],
    },
    dialog: { ...readByParser("plan"), parse: readApproval },
  },
  {
    id: "approval",
    shows: "dialog",
    priority: 80,
    region: "screen",
    match: { within: { lastLines: 3 }, match: { regex: /^↑↓ select · ↵ confirm · esc cancel/ } },
    dialog: { ...readByParser("approval"), parse: readApproval },
  },
  {
    id: "question",
    shows: "dialog",
    priority: 80,
    region: "screen",
    match: { within: { lastLines: 3 }, match: { regex: /^↑↓ navigate · ↵ (?:select|toggle) · / } },
    dialog: { ...readByParser("question"), parse: readQuestion },
  },
];

/**
 * What the agent and its tools say is indented by one column, and what was said to it begins without
 * the border above it that the input has.
 */
export const screen: ScreenFacts = {
  rules: [
    {
      id: "conversation-viewer",
      shows: "hold",
      priority: 100,
      region: { lastLines: 1 },
      match: { regex: /^:.* j\/k scroll {2}g\/G top\/bot {2}q exit/ },
    },
    ...startup,
    ...asking,
    {
      id: "spinner",
      shows: "busy",
      priority: 50,
      region: { lastLines: 20 },
      match: { regex: /^[\u2800-\u28ff]{1,3} \S.* · \S+ \(esc (?:twice|again) to interrupt\)/ },
    },
    {
      id: "guide-hint",
      shows: "busy",
      priority: 40,
      region: { lastLines: 4 },
      match: {
        regex: /^❭ (?:Guide Devin while it works|Press Enter to send queued messages now)$/,
      },
    },
  ],
  composer: {
    region: { lastLines: 60 },
    line: /^❭(?: (.*))?$/,
    above: /^─{20,}$/,
    until: /^─{20,}$/,
    placeholders: [
      /^Ask Devin to build features, fix bugs, or work on your code$/,
      /^Guide Devin while it works$/,
      /^Press Enter to send queued messages now$/,
    ],
    pastePlaceholder: /\[Pasted text #\d+ \+\d+ lines\]/,
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
