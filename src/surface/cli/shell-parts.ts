import { AgentpoolError } from "../../domain/errors.ts";
import type { Operation } from "../../operations/define.ts";
import type { Field } from "./field.ts";
import { statusLine, type Output as Status } from "../../operations/session/status.ts";
import { readInput, readTextFile, writeOut } from "./io.ts";
import type { Values } from "./parse-values.ts";
import type { Shell } from "./shell.ts";

/** What a few operations have in the shell beyond their own input. */
export interface ShellPart {
  readonly fields: readonly Field[];
  /** Input that comes from somewhere else than its flag. */
  readonly input?: (values: Values) => Readonly<Record<string, unknown>>;
  /** Does something else with these flags, before what is required is asked for; undefined goes on. */
  readonly instead?: (shell: Shell, values: Values) => Promise<number | undefined>;
  /** Acts in place of asking and printing; undefined leaves that to happen. */
  readonly run?: (
    shell: Shell,
    operation: Operation,
    given: { readonly values: Values; readonly input: Readonly<Record<string, unknown>> },
  ) => Promise<number | undefined>;
}

export const shellParts: Readonly<Record<string, ShellPart>> = {
  "session.spawn": {
    fields: [
      {
        name: "task_stdin",
        kind: "boolean",
        flag: "task-stdin",
        aliases: ["stdin"],
        description: "Read the task from standard input, byte for byte",
      },
      {
        name: "task_file",
        kind: "text",
        flag: "task-file",
        description: "Read the task from a file, byte for byte; - is standard input",
      },
      hidden("runtime", "text"),
    ],
    input: (values) => {
      refuseOtherRuntimes(values["runtime"] as string | undefined);
      const file = values["task_file"] as string | undefined;
      const typed = values["task"] as string | undefined;
      const sources: Source[] = [
        typed === "-"
          ? { flag: "--task -", read: () => readInput("The task") }
          : { flag: "--task", text: typed },
        {
          flag: "--task-stdin",
          read: values["task_stdin"] ? () => readInput("The task") : undefined,
        },
        {
          flag: "--task-file",
          read:
            file === undefined
              ? undefined
              : () => (file === "-" ? readInput("The task") : readTextFile(file, "--task-file")),
        },
      ];
      return onlyText("task", sources);
    },
  },
  "task.add": addingTasks(),
  "message.send": typedOrRead("body", "The message"),
  "message.broadcast": typedOrRead("body", "The message"),
  "task.complete": textPart("result", "The result"),
  "session.send": {
    fields: [
      {
        name: "stdin",
        kind: "boolean",
        flag: "stdin",
        description: "Read the message from standard input, byte for byte; so does - as message",
      },
    ],
    input: (values) => {
      const typed = values["message"] as string | undefined;
      const read = (): string => readInput("The message");
      return onlyText("message", [
        typed === "-" ? { flag: "-", read } : { flag: "<message>", text: typed },
        { flag: "--stdin", read: values["stdin"] ? read : undefined },
      ]);
    },
  },
  "session.observe": {
    fields: [
      {
        name: "output",
        kind: "text",
        flag: "output",
        aliases: ["output-file"],
        description: "Write the JSON into this file instead of printing it",
      },
    ],
    run: async (shell, operation, { values, input }) => {
      if (values["output"] === undefined) return undefined;
      const { observeToFile } = await import("./commands/observe-to-file.ts");
      return observeToFile(shell, operation, { input, file: values["output"] as string });
    },
  },
  "run.watch": {
    fields: [],
    run: async (shell, _operation, { input }) => {
      if (shell.json || input["timeout_seconds"] !== undefined) return undefined;
      const { followRun } = await import("./commands/follow-run.ts");
      return followRun(shell, (input["run_id"] as string | undefined) ?? "@last");
    },
  },
  "run.pool": beginning(),
  "run.pipeline": beginning(),
  "run.swarm": beginning(),
  "run.team": beginning(),
  "session.list": {
    fields: [
      {
        name: "follow",
        kind: "boolean",
        flag: "follow",
        short: "f",
        aliases: ["watch"],
        description: "Go on showing changes until Ctrl-C; with --json one line per change",
      },
      hidden("plain", "boolean"),
    ],
    run: async (shell, operation, { values, input }) => {
      if (values["follow"] !== true) return undefined;
      const { followSessions } = await import("./commands/follow-sessions.ts");
      return followSessions(shell, operation, input);
    },
  },
  "usage.show": {
    fields: [
      {
        name: "refresh",
        kind: "boolean",
        flag: "refresh",
        description: "Ask the CLIs and their vendors, with their own sign-in",
      },
      {
        name: "cached",
        kind: "boolean",
        flag: "cached",
        description: "Ask nobody, which is the default",
      },
      {
        name: "timeout_seconds",
        kind: "number",
        flag: "timeout",
        duration: true,
        min: 0.1,
        max: 600,
        description: "With --refresh: for all together, 25 s by default; who is slower is unknown",
      },
      {
        name: "costly",
        kind: "boolean",
        flag: "costly",
        description: "With --refresh: also ask where that costs a start of the agent CLI",
      },
      hidden("no_interactive", "boolean", ["no-interactive", "no-interactive-usage"]),
    ],
    run: async (shell, _operation, { values, input }) => {
      const { askUsage, checkUsageFlags } = await import("./commands/ask-usage.ts");
      checkUsageFlags(values);
      return values["refresh"] === true ? askUsage(shell, { ...values, ...input }) : undefined;
    },
  },
  "usage.summary": {
    fields: [hidden("no_interactive", "boolean", ["no-interactive", "no-interactive-usage"])],
  },
  "stats.show": {
    fields: [
      {
        name: "share",
        kind: "text",
        flag: "share",
        description: "Draw a card of them into this file, .svg or .png",
      },
      {
        name: "plain",
        kind: "boolean",
        flag: "plain",
        description: "Nine lines of key=value, for scripts",
      },
    ],
    run: async (shell, operation, { values, input }) => {
      if (values["share"] === undefined && values["plain"] !== true) return undefined;
      const { shareCard, printPlain } = await import("./commands/show-stats.ts");
      return values["share"] === undefined
        ? printPlain(shell, operation, input)
        : shareCard(shell, { input, file: values["share"] as string });
    },
  },
  "session.wait": {
    fields: [
      {
        name: "any",
        kind: "boolean",
        flag: "any",
        description: "Until it holds for one of them",
      },
      {
        name: "every",
        kind: "boolean",
        flag: "all",
        description: "Until it holds for all of them, as without either",
      },
    ],
    input: (values) => {
      if (values["any"] === true && values["every"] === true) {
        throw new AgentpoolError("invalid_input", "--any and --all were given both", {
          hint: "agentpool wait --help",
        });
      }
      if (values["any"] === true) return { mode: "any" };
      return values["every"] === true ? { mode: "all" } : {};
    },
  },
  "orphan.gc": {
    fields: [],
    run: async (shell, operation, { input }) => {
      const { gc } = await import("./commands/gc.ts");
      return gc(shell, operation, input);
    },
  },
  "session.show": { fields: [hidden("plain", "boolean")] },
  "session.log": {
    fields: [follow("Go on showing lines until the sessions end, or Ctrl-C")],
    run: async (shell, operation, { values, input }) => {
      const { showLogs } = await import("./commands/show-logs.ts");
      return showLogs(shell, operation, input, { follow: values["follow"] === true });
    },
  },
  "event.list": {
    fields: [follow("Go on showing events until Ctrl-C; with --json one line per event")],
    run: async (shell, operation, { values, input }) => {
      if (values["follow"] !== true) return undefined;
      const { followEvents } = await import("./commands/follow-events.ts");
      return followEvents(shell, operation, input);
    },
  },
  "session.status": {
    fields: [
      {
        name: "tmux",
        kind: "boolean",
        flag: "tmux",
        description: "Print one line for a status bar; empty while nothing lives",
      },
    ],
    run: async (shell, operation, { values }) => {
      if (values["tmux"] !== true || shell.json) return undefined;
      writeOut(`${statusLine((await shell.ask(operation, {})) as Status)}\n`);
      return 0;
    },
  },
  "session.attach": {
    fields: [],
    run: async (shell, operation, { input }) => {
      if (shell.json) return undefined;
      const { attach } = await import("./commands/attach.ts");
      return attach(shell, operation, input);
    },
  },
};

/** One task, or with a file many. */
function addingTasks(): ShellPart {
  const { fields, ...part } = textPart("body", "The body");
  return {
    ...part,
    fields: [
      ...fields,
      {
        name: "file",
        kind: "text",
        flag: "file",
        short: "f",
        description: "Add the tasks of a file in YAML or JSONL, all or none; - is standard input",
      },
    ],
    instead: async (shell, values) => {
      if (values["file"] === undefined) return undefined;
      const { addFromFile } = await import("./commands/add-tasks.ts");
      return addFromFile(shell, values);
    },
  };
}

/** A text by position, for which - stands for standard input. */
function typedOrRead(field: string, what: string): ShellPart {
  return {
    fields: [],
    input: (values) => (values[field] === "-" ? { [field]: readInput(what) } : {}),
  };
}

/** A run that is followed to its end, unless it is to go on by itself. */
function beginning(): ShellPart {
  return {
    fields: [
      {
        name: "wait",
        kind: "boolean",
        flag: "wait",
        description: "Follow it to its end, as without --detach",
      },
    ],
    input: (values) => {
      if (values["wait"] !== true || values["detach"] !== true) return {};
      throw new AgentpoolError("invalid_input", "--wait and --detach were given both", {
        hint: "Give one of them.",
      });
    },
    run: async (shell, operation, { input }) => {
      const isFollowed = input["detach"] !== true && input["estimate"] !== true;
      if (shell.json || !isFollowed) return undefined;
      const { beginRun } = await import("./commands/follow-run.ts");
      return beginRun(shell, operation, input);
    },
  };
}

function follow(description: string): Field {
  return { name: "follow", kind: "boolean", flag: "follow", short: "f", description };
}

/** A text that may come from a file or standard input instead of its flag. */
function textPart(field: string, what: string): ShellPart {
  return {
    fields: [
      {
        name: `${field}_file`,
        kind: "text",
        flag: `${field}-file`,
        description: `Read the ${field} from a file, byte for byte; - is standard input`,
      },
    ],
    input: (values) => {
      const file = values[`${field}_file`] as string | undefined;
      const typed = values[field] as string | undefined;
      const read =
        file === undefined
          ? undefined
          : () => (file === "-" ? readInput(what) : readTextFile(file, `--${field}-file`));
      return onlyText(field, [
        typed === "-"
          ? { flag: `--${field} -`, read: () => readInput(what) }
          : { flag: `--${field}`, text: typed },
        { flag: `--${field}-file`, read },
      ]);
    },
  };
}

interface Source {
  readonly flag: string;
  readonly text?: string | undefined;
  readonly read?: (() => string) | undefined;
}

/** The text of the one source that was given. @throws invalid_input when there are several */
function onlyText(field: string, sources: readonly Source[]): Record<string, string> {
  const given = sources.filter((one) => one.text !== undefined || one.read !== undefined);
  const [first] = given;
  if (!first) return {};
  if (given.length > 1) {
    throw new AgentpoolError(
      "invalid_input",
      `${given.map((one) => one.flag).join(" and ")} both give the ${field}`,
      { hint: "Give one of them." },
    );
  }
  return { [field]: first.text ?? first.read?.() ?? "" };
}

/** The ancestor could also drive a second kind of terminal. */
function refuseOtherRuntimes(runtime: string | undefined): void {
  if (runtime === undefined || runtime === "tmux") return;
  throw new AgentpoolError("invalid_input", `--runtime: "${runtime}" does not exist here`, {
    why: "Sessions always run in tmux.",
    hint: "Leave --runtime out.",
  });
}

/** A flag of the ancestor that is taken and changes nothing; help does not show it. */
function hidden(
  name: string,
  kind: "text" | "boolean",
  [flag = name, ...aliases]: readonly string[] = [],
): Field {
  return {
    name,
    kind,
    flag,
    ...(aliases.length > 0 ? { aliases } : {}),
    hidden: true,
    description: "Of the ancestor",
  };
}
