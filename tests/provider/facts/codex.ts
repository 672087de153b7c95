import type { ScreenFacts } from "../../../src/provider/definition.ts";

const option = /^[› ] \d\. (?<label>\S.*?)(?: \((?<key>[a-z]+)\))?$/;
const menuOption = /^[› ] (?<key>\d)\. (?<label>\S.*?)(?: {2,}.*)?$/;

/** Enough of codex 0.169 to try the engine on its recorded screens. */
export const codex: ScreenFacts = {
  rules: [
    {
      id: "approval",
      shows: "dialog",
      priority: 100,
      region: { fromLast: /^ {2}Would you like to / },
      match: {
        within: { lastLines: 1 },
        match: { contains: "Press enter to confirm or esc to cancel" },
      },
      dialog: {
        kind: "approval",
        from: /^ {2}Would you like to /,
        option,
        until: /^ {2}Press enter to confirm/,
        subject: /^ {2}\$ (.+)$/,
        roles: [
          { role: "allow_always", label: /^Yes, and don't ask again/ },
          { role: "allow", label: /^Yes/ },
          { role: "deny", label: /^No/ },
        ],
      },
    },
    {
      id: "folder-trust",
      shows: "dialog",
      priority: 90,
      region: { fromLast: /^ {2}Folder access$/ },
      match: { within: { lastLines: 1 }, match: { contains: "enter continue · esc back" } },
      dialog: {
        kind: "startup",
        from: /^ {2}Trust this folder\?/,
        option: menuOption,
        until: /^ {2}enter continue/,
        roles: [{ role: "allow", label: /^Trust/ }],
      },
    },
    {
      id: "cheaper-model",
      shows: "dialog",
      priority: 90,
      region: { fromLast: /^ {2}Approaching rate limits$/ },
      match: { within: { lastLines: 1 }, match: { contains: "enter select · esc back" } },
      dialog: {
        kind: "limit",
        from: /^ {2}Approaching rate limits$/,
        option: menuOption,
        until: /^ {2}enter select/,
        roles: [
          { role: "allow", label: /^Switch to / },
          { role: "deny", label: /^Keep current model$/ },
        ],
      },
    },
    {
      id: "usage-limit",
      shows: "limit",
      priority: 50,
      region: "turn",
      match: { regex: /^■ You.ve hit your usage limit/ },
    },
    {
      id: "title-spinner",
      shows: "busy",
      priority: 50,
      region: "title",
      match: { regex: "^[\\u2800-\\u28ff] " },
    },
    {
      id: "status-line",
      shows: "busy",
      priority: 40,
      region: "turn",
      match: { regex: /^[•◦] [^(]+ \((?:\d+m )?\d+s • esc to interrupt\)(?: · .*)?$/ },
    },
  ],
  composer: {
    region: { lastLines: 30 },
    line: /^›(?: (.*))?$/,
    until: /^ {2}\S.* · [/~]/,
    placeholders: [/^Ask Codex to do anything$/],
    pastePlaceholder: /\[Pasted Content \d+ chars\]/,
    guard: /^ {2}(\S.* · [/~]\S*)/,
  },
  submitted: /^› \S/,
  settleMs: 100,
  idleHoldMs: 2_000,
};
