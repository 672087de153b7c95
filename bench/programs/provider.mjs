// Agents that cost nothing by themselves, described as any provider is: what remains to be
// measured is agentpool. Their screens are those of the scripted agent.
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * @param {object} screen how the scripted agent's screen is read
 * @param {{id: string, hooks: boolean, program?: string}} options without hooks the screen is the
 *   only witness; the program is what is run where nobody names one
 */
export function benchProvider(screen, { id, hooks, program: usual = "sleep" }) {
  return {
    id,
    displayName: "Agent of the benchmarks",
    vendor: "agentpool",
    harness: "bench",
    verified: "verified",
    binary: {
      candidates: ["/bin/sh"],
      versionArgs: ["-c", "echo bench 1.0.0"],
      versionPattern: /^bench (\d+\.\d+\.\d+)$/m,
      tried: ["1.0.0"],
      install: "It is a shell.",
    },
    env: [],
    options: {
      model: false,
      effort: [],
      serviceTier: false,
      initialPromptMode: "arg",
      promptArgument: true,
      readOnly: true,
    },
    launch: (request) => {
      const { program = usual, ...options } = request.extra;
      return {
        argv: programs[program](request, hooks, options),
        env: {},
        files: [],
        agentSessionId: null,
        facts: {},
      };
    },
    input: {
      enterGapMs: 0,
      settleMs: 1_000,
      submitKey: "Enter",
      clearKeys: ["C-u"],
      acceptance: hooks ? "exact" : "none",
      commandPrefixes: [],
      queuesWhileBusy: true,
    },
    screen,
    ...(hooks ? { hooks: { read } } : {}),
    interrupt: { keys: [["Escape"]], gapMs: 0, withinMs: 1_000 },
    exit: { keys: [["C-c"]], gapMs: 0, withinMs: 1_000 },
  };
}

const programs = {
  sleep: () => ["/bin/sleep", "1000000"],
  // shows that it took its prompt, ends the turn or goes on with it, and is still
  idle: (request, hooks) => still(request, hooks, "idle"),
  working: (request, hooks) => still(request, hooks, "working"),
  // ends with a code of its own as soon as it is told to, after a last word
  ends: () => ["/bin/sh", "-c", "trap 'echo bye; exit 7' TERM; while :; do read -r line; done"],
  reader: (request, hooks, { socket }) => [
    process.execPath,
    here("reader.mjs"),
    socket,
    ...(hooks ? ["UserPromptSubmit", "Stop"].map((event) => request.hook(event)) : []),
  ],
  turns: (request, hooks, { socket, rounds }) => [
    process.execPath,
    here("turns.mjs"),
    socket,
    rounds,
  ],
  works: (request) => [
    "/bin/sh",
    here("works.sh"),
    "0.05",
    JSON.stringify({ prompt: request.promptArgument }),
    ...["UserPromptSubmit", "Stop"].map((event) => request.hook(event)),
  ],
  tasks: (request, hooks, { socket, go, ms, command, home }) => [
    process.execPath,
    here("tasks.mjs"),
    socket,
    go,
    ms,
    "agentpool",
    command,
    home,
  ],
  lines: (request, hooks, { rate }) => [process.execPath, here("lines.mjs"), rate],
  flood: (request, hooks, { go, done, megabytes }) => [
    process.execPath,
    here("flood.mjs"),
    go,
    done,
    megabytes,
  ],
};

function still(request, hooks, state) {
  const commands = hooks ? ["UserPromptSubmit", "Stop"].map((event) => request.hook(event)) : [];
  return ["/bin/sh", here("still.sh"), state, ...commands];
}

function read(event, payload, memory) {
  const claims =
    event === "UserPromptSubmit"
      ? [{ kind: "prompt_taken", text: payload.prompt, agentTurn: null }]
      : event === "Stop"
        ? [
            {
              kind: "turn_ended",
              outcome: "completed",
              agentTurn: null,
              result: "done",
              error: null,
            },
          ]
        : [];
  return { claims, memory };
}
