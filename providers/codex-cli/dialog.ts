import type { Claim, Dialog } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";

const maxTextLength = 4_000;

/**
 * What the agent wants to be allowed, as it tells its hook. Which answers there are and by which
 * keys is known from the screen alone.
 */
export function readApproval(tool: string, input: Fields): Dialog {
  const command = textOf(input, "command") ?? "";
  const reason = textOf(input, "description");
  const why = reason === null ? [] : [`Reason: ${reason}`];
  switch (tool) {
    case "Bash":
      return approval(
        ["Would you like to run the following command?", ...why, `$ ${command}`],
        command,
      );
    case "apply_patch": {
      const paths = [...command.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm)];
      const names = paths.map(([, path = ""]) => path.trim());
      return approval(
        ["Would you like to make the following edits?", ...why, ...names],
        names.join(", ") || null,
      );
    }
    default:
      return approval([`May ${tool} be used?`, ...why, JSON.stringify(input)], tool);
  }
}

/** The questions of one call; the agent shows them one after the other. */
export function readQuestions(input: Fields): Dialog[] {
  return listOf(input, "questions").flatMap((entry) => {
    const question = fieldsOf(entry);
    const text = textOf(question, "question");
    if (text === null) return [];
    const labels = listOf(question, "options").map((option) => textOf(fieldsOf(option), "label"));
    return [
      {
        kind: "question" as const,
        text,
        subject: textOf(question, "header"),
        // a text would become a note on whatever option is marked, not an answer
        acceptsText: false,
        options: labels
          .filter((label) => label !== null)
          .map((label) => ({ label, key: null, role: "other" as const, reply: null })),
      },
    ];
  });
}

/** How the menu under the plan of a turn is called; the agent itself has no name for it. */
export function planRef(turn: string | null): string {
  return `${turn ?? "turn"}:plan`;
}

/** The next turn has begun, so that nobody is asked any more what to do with the plan. */
export function closePlan(turn: string | null): Claim[] {
  if (turn === null) return [];
  return [
    { kind: "dialog_closed", ref: planRef(turn), how: "the agent went on with another turn" },
  ];
}

/** The menu under a proposed plan. */
export function planDialog(plan: string): Dialog {
  return {
    kind: "plan",
    text: `Implement this plan?\n\n${plan.trim()}`.slice(0, maxTextLength),
    subject: null,
    acceptsText: false,
    options: [],
  };
}

function approval(lines: readonly string[], subject: string | null): Dialog {
  return {
    kind: "approval",
    text: lines.join("\n").slice(0, maxTextLength),
    subject: subject === null ? null : subject.slice(0, maxTextLength),
    acceptsText: false,
    options: [],
  };
}
