import type { TrialFacts, TrialPrompts } from "../../../provider/definition.ts";

/** What an agent is told, step by step; null where the provider has no such thing. */
export type Instructions = Readonly<Record<keyof TrialPrompts, string | null>>;

/** The file that an approved command makes. */
export const approvedFile = "approved.txt";

/** Ordinary instructions to a model, as cheap to follow as can be. */
const ordinary: Instructions = {
  reply: "Reply with the single word pong. Do not use any tool.",
  lines: [
    "Read these lines, then reply with the single word pong. Do not use any tool.",
    `  indented, "double" and 'single' quotes, a \`backtick\`, a $DOLLAR, a back\\slash, 100 %`,
    "",
    "letters of others: äöü ñ é, 日本語, Ελληνικά",
    "the last line, after an empty one",
  ].join("\n"),
  large:
    "The numbered lines below are filler and mean nothing. Reply with the single word pong. Do not use any tool.",
  approval: `Run this shell command and ask me for permission first, with escalated permissions where your shell tool has them: touch ${approvedFile}`,
  question:
    "Ask me with your tool for questions to the user, and not in prose, whether I like tabs or blanks; offer both as options. Then reply with what I chose.",
  work: "Write the numbers from 1 to 2000 as English words, one a line, in your reply. Do not use any tool.",
};

/** The provider's own prompts where it has them. */
export function instructionsOf(trial: TrialFacts | undefined): Instructions {
  return { ...ordinary, ...trial?.prompts };
}

export function isOrdinary(instructions: Instructions, step: keyof Instructions): boolean {
  return instructions[step] === ordinary[step];
}

const largeBytes = 64 * 1024;

/** The beginning, and numbered lines up to 64 KB exactly. */
export function largeText(beginning: string): string {
  const lines = [beginning];
  let size = Buffer.byteLength(beginning);
  for (let n = 1; size < largeBytes; n++) {
    const line = `${String(n).padStart(4, "0")}: the quick brown fox jumps over the lazy dog`;
    const room = largeBytes - size - 1;
    lines.push(room - line.length < 12 ? line.padEnd(room, ".").slice(0, room) : line);
    size += 1 + (lines.at(-1)?.length ?? 0);
  }
  return lines.join("\n");
}
