import type { Claim, OptionRole, ScreenFacts, ScreenRule } from "../../src/provider/definition.ts";

/** ` ⠋ Working | folder`: the spinner is only there where the user's settings have it. */
const busyTitle =
  /^(?:[\u2801-\u28ff] )(?!\[)|^(?:[\u2801-\u28ff] )?(?:Working|Thinking|Waiting|Undoing)\b/;

/** `• Working (1m 02s • esc to interrupt) · 1 background terminal running`. */
const working = /^[•◦] \S.* \((?:\d+h )?(?:\d+m )?\d+s • \S+ to interrupt\)/;

/** The line under the input: model, then folder. */
const footer = /^ {2}(\S.* · [~/]\S*)/;

/** `› 1. Yes, proceed (y)`; the marked one has the mark. */
const keyed = /^[› ] (?<key>\d)\. (?<label>\S.*?)(?: \([a-z]\w*\))?$/;

/** `› 2. Keep current model    What that means`, in menus where a digit only moves the mark. */
const unkeyed = /^[› ] \d\. (?<label>\S.*?)(?: {2,}\S.*)?$/;

const menu = { marked: /^› \d\. /, next: "Down", previous: "Up", confirm: "Enter" };

type Roles = readonly { readonly role: OptionRole; readonly label: RegExp }[];

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
      id: "approval",
      shows: "dialog",
      priority: 100,
      region: {
        fromLast: /^ {2}(?:Would you like to |Do you want to approve |\S+ needs your approval\.)/,
      },
      match: endsWith("Press enter to confirm or esc to cancel"),
      dialog: {
        kind: "approval",
        from: /^ {2}(?:Would you like to |Do you want to approve |\S+ needs your approval\.)/,
        option: keyed,
        continuation: /^ {5}(\S.*?)(?: \([a-z]\w*\))?$/,
        until: /^ {2}Press enter to confirm/,
        ignore: /^ {2}\[… \d+ lines\]/,
        subject: /^ {2}(?:\$|Destination:) (.+)$/,
        roles: [
          { role: "allow_always", label: /^Yes, and / },
          { role: "allow", label: /^Yes/ },
          { role: "deny", label: /^(?:No|Cancel)/ },
        ],
      },
    },
    {
      id: "question",
      shows: "dialog",
      priority: 100,
      region: { fromLast: /^ {2}Question \d+\/\d+/ },
      match: endsWith(
        /^ {2}.*enter to submit .*esc to interrupt$|^ {2}.* clear notes \| enter to submit/,
      ),
      dialog: {
        kind: "question",
        from: /^ {2}(?!Question \d+\/\d+)\S/,
        option: /^ {2}[› ] (?<key>\d)\. (?<label>\S.*?)(?: {2,}\S.*)?$/,
        until: /^ {2}\S.* \| /,
        roles: [],
      },
    },
    {
      id: "plan",
      shows: "dialog",
      priority: 100,
      region: { fromLast: /^ {2}Implement this plan\?$/ },
      match: endsWith("enter select · esc back"),
      dialog: {
        kind: "plan",
        from: /^ {2}Implement this plan\?$/,
        option: /^[› ] (?<key>\d)\. (?<label>\S.*?)(?: {2,}\S.*)?$/,
        until: /^ {2}enter select/,
        roles: [
          { role: "allow", label: /^Yes, implement/ },
          { role: "deny", label: /^No, stay/ },
        ],
      },
    },
    startup("folder-trust", /^ {2}Folder access$/, "enter continue · esc back", [
      { role: "allow", label: /^Trust and continue/ },
      { role: "deny", label: /^Back to / },
    ]),
    startup("hooks-review", /^ {2}Hooks need review$/, "enter confirm · esc skip", [
      { role: "allow", label: /^Trust all/ },
      { role: "deny", label: /^Continue without trusting/ },
    ]),
    startup("update", /^ {2}Update available · /, "enter continue · esc skip", [
      { role: "deny", label: /^Skip$/ },
    ]),
    // what is chosen here is kept in the user's settings, so that no choice counts as consent
    {
      ...startup("newer-model", /^ {2}\S/, "enter/esc confirm · ^c quit", [
        { role: "deny", label: /^Use existing model/ },
      ]),
      region: "screen",
    },
    {
      ...startup("sign-in", /^ {2}Welcome to Codex/, "Press enter to continue", []),
      dialog: {
        kind: "startup",
        from: /^ {2}Welcome to Codex/,
        option: /^[> ] \d\. (?<label>\S.*)$/,
        until: /^ {2}Press enter to continue/,
        roles: [],
        menu: { ...menu, marked: /^> \d\. / },
      },
    },
    {
      id: "cheaper-model",
      shows: "dialog",
      priority: 90,
      region: { fromLast: /^ {2}Approaching rate limits$/ },
      match: endsWith("enter select · esc back"),
      dialog: {
        kind: "limit",
        from: /^ {2}Approaching rate limits$/,
        option: unkeyed,
        until: /^ {2}enter select/,
        roles: [
          { role: "allow", label: /^Switch to / },
          { role: "deny", label: /^Keep current model$/ },
        ],
        menu,
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
      id: "title",
      shows: "busy",
      priority: 50,
      region: "title",
      match: { regex: busyTitle },
    },
    { id: "status-line", shows: "busy", priority: 40, region: "turn", match: { regex: working } },
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

function endsWith(line: string | RegExp): ScreenRule["match"] {
  const match = typeof line === "string" ? { contains: line } : { regex: line };
  return { within: { lastLines: 1 }, match };
}

/** Dialogs before the first input; their digits move the mark in some and choose in others. */
function startup(id: string, head: RegExp, last: string, roles: Roles): ScreenRule {
  return {
    id,
    shows: "dialog",
    priority: 90,
    region: { fromLast: head },
    match: endsWith(last),
    dialog: {
      kind: "startup",
      from: head,
      option: unkeyed,
      until: /^ {2}(?:enter|Press enter)/,
      roles,
      menu,
    },
  };
}
