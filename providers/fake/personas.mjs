import { longText } from "./directives.mjs";
import { teamSteps } from "./team.mjs";

/**
 * What the agent does with a prompt that holds no directive. `steps` is pure: it is given the
 * prompt, the number of the turn (from 1), all earlier prompts, the knobs, and whether there is a
 * tool server (`hasTools`).
 */
export const personas = Object.freeze({
  completed: {
    about: "finishes every prompt at once with a short result",
    steps: (turn) => [say(`Done: ${firstLine(turn.prompt)}`)],
  },
  question: {
    about: "asks one question with three options, then says what was chosen",
    steps: () => [
      { verb: "ask", text: "Which color should the button have?", options: colors },
      say("The button is now {answer}."),
    ],
  },
  approval: {
    about: "wants approval for one command, then says whether it ran",
    steps: () => [{ verb: "approve", command: "rm -rf build" }, say("The command was {answer}.")],
  },
  plan: {
    about: "presents a plan and carries it out when it is approved",
    steps: () => [
      { verb: "plan", items: ["read the code", "change one file", "run the tests"] },
      say("The plan was {answer}."),
    ],
  },
  patch: {
    about: "writes agentpool_fake_patch.txt into the work folder",
    steps: (turn) => [
      { verb: "edit", path: "agentpool_fake_patch.txt", text: `patched in turn ${turn.n}` },
      say("Wrote agentpool_fake_patch.txt."),
    ],
  },
  long_result: {
    about: "answers with long_chars characters, far beyond one screen",
    steps: (turn) => [say(longText(turn.knobs.long_chars))],
  },
  multi_turn: {
    about: "answers every prompt and repeats what was asked before",
    steps: (turn) => [
      say(
        turn.n === 1
          ? `Turn 1: ${firstLine(turn.prompt)}`
          : `Turn ${turn.n}: ${firstLine(turn.prompt)}. Before: ${turn.before.map(firstLine).join("; ")}`,
      ),
    ],
  },
  slow: {
    about: "streams its answer for slow_s seconds",
    steps: (turn) => [{ verb: "stream", ms: turn.knobs.slow_s * 1000 }, say("Done, slowly.")],
  },
  limit: {
    about: "hits its usage limit at once; it resets after limit_s seconds",
    steps: (turn) => [{ verb: "limit", ms: turn.knobs.limit_s * 1000 }],
  },
  error: {
    about: "fails every turn; the agent lives on",
    steps: () => [{ verb: "fail", text: "500 Internal server error" }],
  },
  crash: {
    about: "ends with exit_code in the middle of its first turn",
    steps: (turn) => [say("Working on it."), { verb: "exit", code: turn.knobs.exit_code }],
  },
  hang: {
    about: "falls silent at its first prompt: draws nothing, reads nothing",
    steps: () => [{ verb: "hang" }],
  },
  stubborn: {
    about: "ignores TERM and HUP and keeps a grandchild in a session of its own",
    knobs: { ignore_signals: "TERM,HUP", grandchild: "on" },
    steps: (turn) => [say(`Done: ${firstLine(turn.prompt)}`)],
  },
  worker: {
    about: "takes tasks, does what their text says and completes them, until none is left",
    steps: () => [{ verb: "work", done: 0 }],
  },
  team: {
    about: "plays every role of a run: divides, plans, reviews, approves, works, puts together",
    steps: (turn) => teamSteps(turn),
  },
  idle: {
    about: "has nothing to do, whatever it is told",
    steps: () => [say("Nothing to do.")],
  },
});

/** Sentences that only look like dialogs, limits and errors; no rule may take them for one. */
export const misleadingProse = [
  "Do you want to proceed?",
  "Should I continue? [y/N]",
  "Allow this command? (y/n)",
  " 1. Yes",
  " 2. No",
  "Enter to confirm · Esc to cancel",
  "Test coverage: 93%",
  "The quota resets at midnight; limit reached in 3 of 9 runs.",
  "⠋ Working… (9s · esc to interrupt)",
  "❯ this is not an input line",
  "Traceback (most recent call last):",
  "bash: frobnicate: command not found",
].join("\n");

const colors = ["Red", "Green", "Blue"];

function say(text) {
  return { verb: "say", text };
}

function firstLine(text) {
  return text
    .trim()
    .split(/\r\n|\r|\n/)[0]
    .slice(0, 200);
}
