import type { OptionRole, ScreenRule } from "../../src/provider/definition.ts";

/** `› 1. Yes, proceed (y)`; the marked one has the mark. */
const keyed = /^[› ] (?<key>\d)\. (?<label>\S.*?)(?: \([a-z]\w*\))?$/;

/** `› 2. Keep current model    What that means`, in menus where a digit only moves the mark. */
const unkeyed = /^[› ] \d\. (?<label>\S.*?)(?: {2,}\S.*)?$/;

const menu = { marked: /^› \d\. /, next: "Down", previous: "Up", confirm: "Enter" };

type Roles = readonly { readonly role: OptionRole; readonly label: RegExp }[];

/** Dialogs as the screen draws them; each ends the screen and leaves no input line on it. */
export const dialogs: readonly ScreenRule[] = [
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
];

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
