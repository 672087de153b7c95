import type { ScreenFacts, ScreenRule } from "../../src/provider/definition.ts";
import { readForm } from "./form.ts";
import { readPermissionBox } from "./drawn-permission.ts";

/** The borders above and below the input line, and of a form. */
const border = /^─{20}/;

/** `│ ❯ 1. Yes   │`: the marked one has the arrow; a digit chooses at once. */
const option = /^│ [❯ ] (?<key>\d)\. (?<label>\S.*?) *│$/;

/**
 * Dialogs stand in a box in place of the input; its last lines name the keys, so that nothing the
 * agent says looks like one.
 */
const dialogs: readonly ScreenRule[] = [
  {
    id: "folder-trust",
    shows: "dialog",
    priority: 100,
    region: { lastRun: /^[╭│╰]/ },
    match: {
      all: [{ regex: /^│ Confirm folder trust *│$/ }, { regex: /^│ ↑\/↓ to navigate · / }],
    },
    dialog: {
      kind: "startup",
      from: /^│ Confirm folder trust/,
      option,
      until: /^│ ↑\/↓ to navigate/,
      subject: /^│ │ (\/.*?) *│ │$/,
      roles: [
        { role: "allow_always", label: /^Yes, and remember/ },
        { role: "allow", label: /^Yes$/ },
        { role: "deny", label: /^No\b/ },
      ],
    },
  },
  {
    id: "permission",
    shows: "dialog",
    priority: 90,
    region: { lastRun: /^[╭│╰]/ },
    match: { all: [{ regex: option }, { regex: /^│ ↑\/↓ to navigate · .*\besc to cancel\b/ }] },
    dialog: { ...readByParser("approval"), parse: readPermissionBox },
  },
  {
    id: "question",
    shows: "dialog",
    priority: 80,
    region: { fromLast: /^ Copilot needs information\.$/ },
    match: { regex: /^ (?:↑\/↓ select · )?enter accept · .*\bctrl\+d decline\b/ },
    dialog: { ...readByParser("question"), parse: readForm },
  },
];

/** ` ● Working · 21 B esc esc interrupt`; while the model is silent the second half differs. */
const working =
  /^ [●○◉◎◌◐◑◒◓] (?!Waiting for background)\S.* esc(?: esc)? (?:interrupt|cancel|edit prompt)\b/;

/** What stands under an input that takes texts; the hints beside it come and go. */
const ready =
  /^ (?:← open sidebar · )?((?:Interactive|Plan|Autopilot|Shell) · [A-Z][A-Za-z-]*(?: [A-Z][A-Za-z-]*)*)/;

/**
 * The log speaks of everything that the screen shows; what the screen is needed for is where keys
 * are typed, and dialogs, whose options stand nowhere else.
 */
export const screen: ScreenFacts = {
  rules: [
    {
      // viewers and pickers that a person opened
      id: "viewer",
      shows: "hold",
      priority: 100,
      region: { lastLines: 2 },
      match: { regex: /^ ?(?:[^│]*\besc (?:to )?(?:close|go back|exit)\b|\/ search · )/ },
    },
    ...dialogs,
    {
      id: "working",
      shows: "busy",
      priority: 50,
      region: { lastLines: 2 },
      match: { regex: working },
    },
    { id: "ready", shows: "idle", priority: 20, region: { lastLines: 2 }, match: { regex: ready } },
    {
      id: "background",
      shows: "idle",
      priority: 10,
      region: { lastLines: 2 },
      match: { regex: /^ (?:\S Waiting for background|ctrl\+c again to exit)/ },
    },
  ],
  composer: {
    region: { lastLines: 60 },
    // behind a command stands what it takes, as if it had been typed
    line: /^❯(?: (\/[a-z-]+(?= [[<])|.*$)|$)/,
    above: border,
    until: border,
    pastePlaceholder: /\[Paste #\d+ - \d+ lines?\]/,
    guard: ready,
  },
  submitted: /^ ❯ \S/,
  settleMs: 150,
  dialogLagMs: 400,
  idleHoldMs: 3_000,
};

/** A rule whose dialog is read by a function; the patterns besides are never asked. */
function readByParser(kind: "approval" | "question"): {
  readonly kind: "approval" | "question";
  readonly from: RegExp;
  readonly option: RegExp;
  readonly roles: readonly [];
} {
  return { kind, from: /^/, option: /^(?<label>)$/, roles: [] };
}
