import type { Claim, ScreenFacts } from "../../src/provider/definition.ts";
import { dialogs } from "./drawn-dialogs.ts";

/** ` ⠋ Working | folder`: the spinner is only there where the user's settings have it. */
const busyTitle =
  /^(?:[\u2801-\u28ff] )(?!\[)|^(?:[\u2801-\u28ff] )?(?:Working|Thinking|Waiting|Undoing)\b/;

/** `• Working (1m 02s • esc to interrupt) · 1 background terminal running`. */
const working = /^[•◦] \S.* \((?:\d+h )?(?:\d+m )?\d+s • \S+ to interrupt\)/;

/** The line under the input: model, then folder. */
const footer = /^ {2}(\S.* · [~/]\S*)/;

const ownMenus =
  /^ {2}(?:Implement this plan\?|Approaching rate limits|Folder access|Hooks need review|Update available)/;

/**
 * What the agent says begins in column 2 or with a mark of its own, so nothing it says looks like
 * the input or like a dialog, which both end the screen.
 */
export const screen: ScreenFacts = {
  rules: [
    {
      id: "transcript",
      shows: "hold",
      priority: 100,
      region: "screen",
      match: { regex: /^\/ T R A N S C R I P T \// },
    },
    {
      id: "agent-command-center",
      shows: "hold",
      priority: 100,
      region: { lastLines: 1 },
      match: { regex: /^ {2}\? help .*enter open {2}n new/ },
    },
    {
      // a menu that a person opened; those the agent opens by itself are dialogs
      id: "menu",
      shows: "hold",
      priority: 90,
      region: "screen",
      match: {
        all: [
          { within: { lastLines: 1 }, match: { regex: /^ {2}enter (?:select|confirm) · esc / } },
          { not: { regex: ownMenus } },
        ],
      },
    },
    ...dialogs,
    {
      id: "usage-limit",
      shows: "limit",
      priority: 50,
      region: "turn",
      match: { regex: /^■ You.ve hit your usage limit/ },
    },
    {
      id: "title",
      shows: "busy",
      priority: 50,
      region: "title",
      // the title goes on while a dialog of unknown looks stands in place of the input
      match: {
        all: [{ regex: busyTitle }, { within: { lastLines: 3 }, match: { regex: footer } }],
      },
    },
    { id: "status-line", shows: "busy", priority: 40, region: "turn", match: { regex: working } },
    {
      // Text that streams looks as one that ended does, but for the line that ends a turn. A screen
      // that was saved without its title has nothing else to tell by; a live one always has a title.
      id: "streaming",
      shows: "busy",
      priority: 20,
      region: "turn",
      match: {
        all: [
          { regex: /^• \S/ },
          { not: { regex: /^(?: {2}Worked for |■ |• (?:Model changed|You ran|Permissions) )/ } },
          { within: "screen", match: { regex: /^› (?!Ask )\S/ } },
          { not: { within: "title", match: { regex: /\S/ } } },
        ],
      },
    },
    {
      id: "composer",
      shows: "idle",
      priority: 10,
      region: { lastLines: 3 },
      match: { regex: footer },
    },
  ],
  composer: {
    region: { lastLines: 40 },
    // `!` stands in place of the mark once somebody began a shell command
    line: /^(?:›(?: |$)|(?=!))(.*)$/,
    until: footer,
    placeholders: [/^Ask Codex to do anything$/, /^Ask a follow-up question$/],
    pastePlaceholder: /\[Pasted Content \d+ chars\]/,
    guard: footer,
  },
  submitted: /^› \S/,
  settleMs: 100,
  idleHoldMs: 2_000,
};

/** What the window title says; that it asks has no claim of its own. */
export function readTitle(title: string): readonly Claim[] {
  if (busyTitle.test(title)) return [{ kind: "busy", because: `the title says: ${title}` }];
  return /^Ready\b/.test(title) ? [{ kind: "idle", because: `the title says: ${title}` }] : [];
}
