import type {
  Claim,
  DialogRule,
  OptionRole,
  PromptKind,
  ScreenFacts,
  ScreenRule,
} from "../../src/provider/definition.ts";

/** Input line, rules and footer, a full input line included. */
const lowerPart = { lastLines: 24 };

/** A glyph of the spinner, a verb, and the hint; a narrow pane cuts the end. */
const working = /^[✢✳✶✻✽·∗\u2801-\u28ff] \p{Lu}\p{L}+… \((?:\d+s · )?esc to/u;

const rule = /^─{20,}$/;

/** ` ❯ 1. Yes`: the chosen one has the mark. */
const option = /^ [❯ ] (?<key>\d)\. (?<label>\S.*)$/;

/**
 * Messages begin at column 2 and their marks are others, so nothing the agent says can look like
 * these. Dialogs stand where the input line stands otherwise, below a rule and a header.
 */
export const screen: ScreenFacts = {
  rules: [
    {
      id: "transcript-viewer",
      shows: "hold",
      priority: 100,
      region: { lastLines: 1 },
      match: { regex: /^-- transcript --/ },
    },
    dialog("approval", "Approval needed", [
      { role: "allow_always", label: /^Yes, and don't ask again/ },
      { role: "allow", label: /^Yes$/ },
      { role: "deny", label: /^No$/ },
    ]),
    dialog("plan", "Plan", [
      { role: "allow", label: /^Yes, go ahead/ },
      { role: "deny", label: /^No, keep planning/ },
    ]),
    { ...dialog("question", "Question", []), id: "question" },
    dialog("startup", "Accessing a folder", [
      { role: "allow", label: /^Yes, I trust/ },
      { role: "deny", label: /^No, exit/ },
    ]),
    dialog("startup", "Update", [
      { role: "allow", label: /^Update now/ },
      { role: "deny", label: /^Skip/ },
    ]),
    dialog("limit", "Usage limit", [
      { role: "allow", label: /^(?:Continue with paid usage|Switch)$/ },
      { role: "deny", label: /^(?:Stop and wait|Keep the current model)$/ },
    ]),
    {
      id: "limit",
      shows: "limit",
      priority: 60,
      region: lowerPart,
      match: { regex: /^◷ .* · resets at \S+/ },
    },
    { id: "spinner", shows: "busy", priority: 50, region: lowerPart, match: { regex: working } },
    {
      id: "composer",
      shows: "idle",
      priority: 10,
      region: lowerPart,
      match: { all: [{ regex: /^❯(?: |$)/ }, { not: { regex: working } }] },
    },
  ],
  composer: {
    region: lowerPart,
    line: /^❯(?: (.*))?$/,
    above: rule,
    until: rule,
    placeholders: [/^Ask the fake agent/, /^Try "/],
    pastePlaceholder: /\[Pasted text: \d+ bytes\]/,
    guard: /^( {2}\? for help) · /,
  },
  submitted: /^› /,
  settleMs: 50,
  idleHoldMs: 1_000,
};

/** What the window title shows: a spinner while it works. That it asks has no claim of its own. */
export function readTitle(title: string): readonly Claim[] {
  if (/^[\u2801-\u28ff] fake · /.test(title)) {
    return [{ kind: "busy", because: `the title shows a spinner: ${title}` }];
  }
  return title.startsWith("fake · ")
    ? [{ kind: "idle", because: `the title shows no spinner: ${title}` }]
    : [];
}

function dialog(
  kind: PromptKind,
  header: string,
  roles: readonly { readonly role: OptionRole; readonly label: RegExp }[],
): ScreenRule & { readonly dialog: DialogRule } {
  const head = new RegExp(`^ ${header}$`);
  return {
    id: `${kind}-${header.toLowerCase().replaceAll(" ", "-")}`,
    shows: "dialog",
    priority: 80,
    region: { fromLast: head },
    match: { all: [{ regex: head }, { regex: /^ Enter to confirm/ }] },
    dialog: {
      kind,
      // the first line below the header
      from: new RegExp(`^ (?!${header}$)\\S`),
      option,
      continuation: /^ {6}(\S.*)$/,
      until: /^ (?:Or type an answer:|Enter to confirm)/,
      roles,
      acceptsText: kind === "question",
    },
  };
}
