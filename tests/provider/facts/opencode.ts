import type { ScreenFacts } from "../../../src/provider/definition.ts";

const box = { lastRun: /^\s*[┃╹]/ };
const boxLine = /^\s*┃(?: {2}(.*))?$/;

/** Enough of opencode 1.18 to try the engine on its recorded screens. */
export const opencode: ScreenFacts = {
  rules: [
    {
      id: "permission",
      shows: "dialog",
      priority: 100,
      region: box,
      match: {
        all: [
          { regex: /^\s*┃ {2}△ Permission required/ },
          { regex: /Allow once +Allow always +Reject/ },
        ],
      },
      dialog: {
        kind: "approval",
        from: /△ Permission required/,
        option: /(?<label>Allow once|Allow always|Reject)/,
        subject: /^\s*┃ {2}\$ (.+)$/,
        keys: { allow: "Enter", deny: "Escape" },
        roles: [
          { role: "allow", label: /^Allow once$/ },
          { role: "allow_always", label: /^Allow always$/ },
          { role: "deny", label: /^Reject$/ },
        ],
      },
    },
    {
      id: "question",
      shows: "dialog",
      priority: 90,
      region: box,
      match: { contains: "enter submit  esc dismiss" },
      dialog: {
        kind: "question",
        from: /^\s*┃ {2}\S/,
        option: /^\s*┃ {2}(?<key>\d)\. (?<label>\S.*)$/,
        until: /↑↓ select/,
        roles: [],
        acceptsText: true,
      },
    },
    {
      id: "footer",
      shows: "busy",
      priority: 50,
      region: { lastLines: 3 },
      match: { any: [{ regex: /esc (?:again to )?interrupt/ }, { contains: "[retrying in" }] },
    },
  ],
  composer: {
    region: box,
    line: boxLine,
    more: boxLine,
    until: /^\s*┃ {2}\S+ · /,
    placeholders: [/^Ask anything…/],
    guard: /(ctrl\+p commands|esc interrupt)/,
  },
  submitted: /^ {2}┃ {2}\S/,
  settleMs: 100,
  idleHoldMs: 2_000,
};
