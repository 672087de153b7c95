import type { DialogRule, MenuRule, ScreenFacts } from "../../../src/provider/definition.ts";

const border = /^─{10,}/;
const below = { fromLast: border };

const menu: MenuRule = {
  marked: /^ +❯ /,
  next: "Down",
  previous: "Up",
  confirm: "Enter",
};

const permission: DialogRule = {
  kind: "approval",
  from: /^ \S/,
  option: /^ [❯ ] (?<key>\d)\. (?<label>\S.*)$/,
  until: /^ Esc to cancel/,
  ignore: /^ Tip: /,
  roles: [
    { role: "allow_always", label: /^Yes, and / },
    { role: "allow", label: /^Yes/ },
    { role: "deny", label: /^No/ },
  ],
};

/** Enough of claude 2.1 to try the engine on its recorded screens. */
export const claude: ScreenFacts = {
  rules: [
    {
      id: "transcript-viewer",
      shows: "hold",
      priority: 100,
      region: { lastLines: 2 },
      match: { contains: "Showing detailed transcript" },
    },
    {
      id: "permission",
      shows: "dialog",
      priority: 100,
      region: below,
      match: {
        all: [
          { regex: /^ Do you want to / },
          { within: { lastLines: 1 }, match: { regex: /^ Esc to cancel · Tab to amend/ } },
        ],
      },
      dialog: permission,
    },
    {
      id: "question",
      shows: "dialog",
      priority: 90,
      region: { fromLast: /^ ☐ / },
      match: { within: { lastLines: 1 }, match: { contains: "Enter to select" } },
      dialog: {
        kind: "question",
        from: /^\S.*\S$/,
        option: /^[❯ ] (?<key>\d)\. (?<label>\S.*)$/,
        until: /^Enter to select/,
        roles: [],
        acceptsText: true,
      },
    },
    {
      id: "plan",
      shows: "dialog",
      priority: 90,
      region: { fromLast: /^ {3}Exit plan mode\?/ },
      match: { regex: /^ {4}[❯ ] 1\. Yes/ },
      dialog: {
        kind: "plan",
        from: /^ {3}Exit plan mode\?/,
        option: /^ {4}[❯ ] (?<key>\d)\. (?<label>\S.*)$/,
        roles: permission.roles,
      },
    },
    {
      id: "folder-trust",
      shows: "dialog",
      priority: 90,
      region: { fromLast: /^ Accessing workspace:/ },
      match: { within: { lastLines: 1 }, match: { contains: "Enter to confirm · Esc to cancel" } },
      dialog: {
        kind: "startup",
        from: /^ Accessing workspace:/,
        option: /^ [❯ ] (?<label>No, exit|Yes, I trust this folder)$/,
        until: /^ Enter to confirm/,
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
      region: below,
      match: {
        all: [
          { contains: "Detected a custom API key" },
          { within: { lastLines: 1 }, match: { contains: "Enter to confirm · Esc to cancel" } },
        ],
      },
      dialog: {
        kind: "startup",
        from: /Detected a custom API key/,
        option: /^ {2}[❯ ] (?<label>Yes|No \(recommended\))$/,
        until: /^ {2}Enter to confirm/,
        menu,
        roles: [],
      },
    },
    {
      id: "limit-in-conversation",
      shows: "limit",
      priority: 50,
      region: "turn",
      match: { regex: /^ {2}⎿ {2}You've hit your .*limit · resets / },
    },
    {
      id: "mode-line",
      shows: "busy",
      priority: 60,
      region: below,
      match: { regex: /^ {2}(?:⏸|⏵⏵) .*esc to interrupt/ },
    },
    {
      id: "spinner",
      shows: "busy",
      priority: 50,
      region: "turn",
      match: { regex: /^[^\w\s] \p{Lu}\p{L}+… \(/u },
    },
  ],
  composer: {
    region: { lastLines: 40 },
    line: /^❯(?: (.*))?$/,
    above: border,
    until: border,
    pastePlaceholder: /\[Pasted text #\d+(?: \+\d+ lines)?\]/,
    guard: /^ {2}((?:⏸|⏵⏵) [a-z ]+ mode on)/,
  },
  submitted: /^[❯!] \S/,
  settleMs: 100,
  idleHoldMs: 2_000,
};
