import type { ScreenFacts } from "../../src/provider/definition.ts";

/** The input box, or the dialog that stands in its place: a bar on the left, an edge below. */
const box = { lastRun: /^\s*[┃╹]/ };

/** The side bar of a wide pane stands in the same rows, far to the right. */
const boxLine = /^\s*┃(?: {2}(.*?)(?: {9,}\S.*)?)?$/;

/**
 * What the pane shows, for the time in which the server does not answer: then the agent is read
 * and typed to like one without it.
 */
export const screen: ScreenFacts = {
  rules: [
    {
      id: "picker",
      shows: "hold",
      priority: 100,
      region: "screen",
      match: { all: [{ regex: /^ {4,}\S.* {3,}esc$/ }, { regex: /^ {4,}Search$/ }] },
    },
    {
      id: "permission",
      shows: "dialog",
      priority: 90,
      region: box,
      match: {
        all: [
          { regex: /^\s*┃ {2}△ Permission required/ },
          { regex: /Allow once +Allow always +Reject/ },
        ],
      },
      dialog: {
        kind: "approval",
        from: /^\s*┃ {4}[#→←⇆✱%◈]/,
        option: /(?<label>Allow once|Allow always|Reject)/,
        subject: /^\s*┃ {2}\$ (.+?)(?: {9,}\S.*)?$/,
        ignore: / {40,}(?:~|•)/,
        keys: { allow: "Enter", deny: "Escape" },
        roles: [
          { role: "allow", label: /^Allow once$/ },
          { role: "allow_always", label: /^Allow always$/ },
          { role: "deny", label: /^Reject$/ },
        ],
      },
    },
    {
      id: "permission-always",
      shows: "dialog",
      priority: 85,
      region: box,
      match: { all: [{ regex: /^\s*┃ {2}△ Always allow/ }, { regex: /Confirm +Cancel/ }] },
      dialog: {
        kind: "approval",
        from: /^\s*┃ {2}This will allow/,
        option: /(?<label>Confirm|Cancel)/,
        keys: { allow_always: "Enter", other: "Escape" },
        roles: [{ role: "allow_always", label: /^Confirm$/ }],
      },
    },
    {
      id: "question",
      shows: "dialog",
      priority: 80,
      region: box,
      match: { regex: /enter (?:submit|confirm) {2}esc dismiss/ },
      dialog: {
        kind: "question",
        from: /^\s*┃ {2}\S/,
        option: /^\s*┃ {2}(?<key>\d)\. (?<label>\S.*?)(?: {9,}\S.*)?$/,
        until: /↑↓ select/,
        // tabs, when there are several questions
        ignore: / {3}Confirm$/,
        roles: [],
        acceptsText: true,
      },
    },
    {
      id: "limit",
      shows: "limit",
      priority: 60,
      region: { lastLines: 4 },
      // `[retrying in 59m 12s`, `[retrying in ~1 day`
      match: { regex: /limit reached.*\[retrying in (?:\d+[hm]|~\d+ (?:day|week))/i },
    },
    {
      id: "footer",
      shows: "busy",
      priority: 50,
      region: { lastLines: 4 },
      match: {
        any: [
          { regex: /esc (?:again to )?interrupt/ },
          { regex: /\[retrying in / },
          // a long reason for a retry pushes the rest of the line away
          { regex: /^ {1,4}[■⬝]{4,}/ },
        ],
      },
    },
  ],
  composer: {
    region: box,
    line: boxLine,
    more: boxLine,
    until: /^\s*┃ {2}\S+ · /,
    placeholders: [/^Ask anything…/],
    pastePlaceholder: /\[Pasted ~\d+ lines\]/,
    guard: /(ctrl\+p commands|esc interrupt)/,
  },
  submitted: /^ {2}┃ {2}\S/,
  settleMs: 150,
  idleHoldMs: 3_000,
};
