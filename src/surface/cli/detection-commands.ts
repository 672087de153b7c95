import type { Command } from "./command.ts";
import type { Field } from "./field.ts";

const providerField: Field = {
  name: "provider",
  kind: "text",
  flag: "provider",
  short: "p",
  description: "Whose rules: an id or alias of `agentpool inventory`",
};

function sizeField(name: "cols" | "rows", description: string): Field {
  return { name, kind: "integer", flag: name, min: 1, max: 1_000, description };
}

/** Commands about how an agent is read from its screen; they need no supervisor, or only ask it. */
export const detectionCommands: readonly Command[] = [
  {
    words: "detect read",
    aliases: [],
    group: "Inspect",
    summary: "Say what the screen rules make of one saved screen",
    about:
      "Reads a screen as `tmux capture-pane -p` prints it, with colours (-e) or plain; what a program " +
      "wrote to its pane, drawn at --cols and --rows; or a recording, played to its end. Needs no " +
      "supervisor and no session, so that anyone can check a screen nobody has seen yet.",
    examples: [
      "agentpool detect read --provider fake --file screen.txt",
      "agentpool detect read -p codex --cols 120 --rows 40 --file output.bin",
    ],
    json: true,
    fields: () => [
      providerField,
      {
        name: "file",
        kind: "text",
        flag: "file",
        description: "The saved screen; - or nothing is standard input",
      },
      sizeField("cols", "Columns of the pane"),
      sizeField("rows", "Rows of the pane"),
    ],
    run: async (shell, values) => {
      const { detectRead } = await import("./commands/detect-read.ts");
      return detectRead(shell, values);
    },
  },
  {
    words: "detect eval",
    aliases: [],
    group: "Inspect",
    summary: "Measure how often the state of an agent is told right",
    about:
      "Reads every screen of the corpus by the screen rules, and plays every recording through a " +
      "terminal and the rules from evidence to state: by the screen alone, and with what the agent " +
      "itself told. What it is measured against came from the agent's own hooks, log or API. The " +
      "corpus lies in the repository, not in the package. The exit status is 1 when a frame is read " +
      "wrong, or a session looks idle or asks for long when it does not.",
    examples: [
      "agentpool detect eval --provider codex-cli --split held_out",
      "agentpool detect eval --provider codex-cli --file recording.cast.gz",
    ],
    json: true,
    fields: () => [
      { ...providerField, description: "Only this agent CLI; all that have a corpus otherwise" },
      {
        name: "split",
        kind: "text",
        flag: "split",
        choices: ["train", "held_out", "all"],
        default: "all",
        description: "Screens that rules were written by, those that were kept from that, or both",
      },
      {
        name: "file",
        kind: "text",
        flag: "file",
        description: "A recording instead of the corpus, as `provider capture` makes it",
      },
      {
        name: "corpus",
        kind: "text",
        flag: "corpus",
        description: "Folder with a folder of each provider; ./providers otherwise",
      },
      {
        name: "seed",
        kind: "text",
        flag: "seed",
        description: "Where output is cut into pieces follows from it; 1 otherwise",
      },
    ],
    run: async (shell, values) => {
      const { detectEval } = await import("./commands/detect-eval.ts");
      return detectEval(shell, values);
    },
  },
  {
    words: "provider capture",
    aliases: [],
    group: "Inspect",
    summary: "Record a session's pane with times, for a report",
    about:
      "Takes down what the pane writes for some seconds, beginning with what it shows, together with " +
      "the agent's version, the size and the date. Secrets that can be recognised become asterisks; " +
      "look through the file before you hand it on. `detect eval --file` replays it, and so do " +
      "players of asciicasts.",
    examples: ["agentpool provider capture @last --seconds 5 --output report.cast"],
    json: true,
    fields: () => [
      {
        name: "session_id",
        kind: "text",
        flag: null,
        position: "one",
        required: true,
        description: "Session id, a unique prefix of it, its name, or @last",
      },
      {
        name: "seconds",
        kind: "number",
        flag: "seconds",
        default: 10,
        min: 0,
        max: 600,
        description: "How long to record; Ctrl-C ends it sooner",
      },
      {
        name: "output",
        kind: "text",
        flag: "output",
        short: "o",
        required: true,
        description: "File to write; packed when its name ends in .gz",
      },
    ],
    run: async (shell, values) => {
      const { providerCapture } = await import("./commands/provider-capture.ts");
      return providerCapture(shell, values);
    },
  },
];
