import { errorKinds } from "../../domain/errors.ts";
import type { Command } from "./command.ts";
import { sharedFields } from "./command.ts";
import type { Field } from "./field.ts";
import { nouns } from "./nouns.ts";
import { usage } from "./parse-values.ts";

/** Pages are rendered by the build and printed as they are; nothing else is loaded to show one. */
const width = 80;

const groups = ["Core", "Tasks", "Inspect", "Files", "Setup"] as const;

/** `agentpool --help`: fits a screen or two, so what stands under a noun is one line of it. */
export function rootPage(commands: readonly Command[], version: string): string {
  const blocks = blocksOf(commands, (command) => {
    const [noun = "", verb] = command.words.split(" ");
    if (verb === undefined || commands.some(({ words }) => words === noun))
      return plainRow(command);
    const isAlone = commands.filter(({ words }) => words.startsWith(`${noun} `)).length === 1;
    if (isAlone) return plainRow(command);
    const isLast = commands.findLast(({ words }) => words.startsWith(`${noun} `)) === command;
    return isLast ? [`${noun} ...`, nouns[noun] ?? ""] : undefined;
  });
  return `agentpool ${version}: run coding-agent CLIs as live sessions you can watch and answer

Usage: agentpool <command> [options]

${blocks}

Examples:
  agentpool try
  agentpool spawn --provider fake-question --task "Which colour?" --name painter
  agentpool observe painter --wait-for question --timeout 30s

More: agentpool <command> --help
      agentpool help commands      every command in a line
      agentpool help exit-codes
      agentpool help environment
      agentpool help formatting
`;
}

/** `agentpool help commands` */
export function commandsPage(commands: readonly Command[]): string {
  return `Commands of agentpool\n\n${blocksOf(commands, plainRow)}\n`;
}

type Row = readonly [string, string];

function plainRow({ words, summary }: Command): Row {
  return [words, summary];
}

function blocksOf(
  commands: readonly Command[],
  rowOf: (command: Command) => Row | undefined,
): string {
  const rows = commands.flatMap((command) => {
    const row = rowOf(command);
    return row ? [{ group: command.group, row }] : [];
  });
  const column = Math.max(...rows.map(({ row }) => row[0].length)) + 2;
  return groups
    .map((group) => {
      const lines = rows
        .filter((one) => one.group === group)
        .map(({ row: [words, text] }) => `  ${words.padEnd(column)}${text}`);
      return [`${group}:`, ...lines].join("\n");
    })
    .join("\n\n");
}

/** `agentpool spawn --help` */
export function commandPage(command: Command): string {
  const fields = command.fields();
  const line = { words: command.words, fields };
  const positions = fields.filter((field) => field.position !== undefined);
  const flags = [...fields, ...sharedFields(command)].filter(
    (field) => field.flag !== null && !field.hidden,
  );
  const parts = [
    command.summary,
    `Usage: agentpool ${usage(line)}`,
    ...(command.aliases.length > 0 ? [`Also: agentpool ${command.aliases.join(", ")}`] : []),
    ...(command.about === undefined ? [] : [wrap(command.about, 0)]),
    ...(positions.length > 0
      ? [
          block(
            "Arguments",
            positions.map((field) => [name(field), field.description]),
          ),
        ]
      : []),
    block("Options", [
      ...flags.map((field): [string, string] => [spelling(field), describe(field)]),
      ["-h, --help", "Show this page"],
    ]),
    ["Examples:", ...command.examples.map((example) => `  ${example}`)].join("\n"),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** `agentpool supervisor --help` */
export function nounPage(noun: string, commands: readonly Command[]): string {
  const rows = commands.map((command): [string, string] => [command.words, command.summary]);
  const examples = commands.flatMap((command) => command.examples.slice(0, 1)).filter(fits);
  return [
    `Usage: agentpool ${noun} <command> [options]`,
    block("Commands", rows),
    ...(examples.length > 0
      ? [
          `Examples:\n${examples
            .slice(0, 4)
            .map((line) => `  ${line}`)
            .join("\n")}`,
        ]
      : []),
    `agentpool ${noun} <command> --help says all of one.\n`,
  ].join("\n\n");
}

function fits(example: string): boolean {
  return example.length <= 78;
}

/** `agentpool help exit-codes` */
export function exitCodesPage(): string {
  const meanings: readonly [number, string][] = [
    [0, "done; a satisfied wait is 0 whatever it waited for"],
    [1, "it was tried and failed"],
    [2, "the command line or a setting is wrong"],
    [3, "not found"],
    [4, "something this machine lacks: a program, a login"],
    [5, "in conflict with the present state of things"],
    [6, "a limit or a policy"],
    [7, "partly done"],
    [8, "the session asks something that was not waited for"],
    [124, "the wait ended before what it waited for"],
    [130, "interrupted"],
    [70, "a bug in agentpool"],
  ];
  const codes = Object.entries(errorKinds);
  const rows = meanings.flatMap(([exit, meaning]): [string, string][] => {
    const names = codes.filter(([, kind]) => kind.exit === exit).map(([code]) => code);
    return [[String(exit), names.length > 0 ? `${meaning}: ${names.join(", ")}` : meaning]];
  });
  return `Exit codes of agentpool\n\n${block("Codes", rows)}\n`;
}

/** `agentpool help environment` */
export function environmentPage(): string {
  const rows: [string, string][] = [
    ["AGENTPOOL_HOME", "Folder for everything agentpool keeps (default ~/.agentpool)"],
    ["AGENTPOOL_CONFIG", "File of settings (default config.yaml in the home)"],
    [
      "AGENTPOOL_MAX_PARALLEL_SESSIONS",
      "policy.max_parallel_sessions, for the supervisor that is started with it",
    ],
    [
      "AGENTPOOL_SUPERVISOR",
      "inline: the command itself acts, for tests and containers; detached is the default",
    ],
    [
      "AGENTPOOL_SUPERVISOR_IDLE_SECONDS",
      "How long a supervisor with nothing to do stays (default 60)",
    ],
    ["AGENTPOOL_SQLITE_DRIVER", "better-sqlite3 or node:sqlite, where the choice matters"],
    ["AGENTPOOL_LOG", "debug, info, warn or error: what the supervisor logs (default info)"],
    ["NO_COLOR, FORCE_COLOR", "No colours, or colours where there is no terminal"],
    ["TERM=dumb", "No colours"],
  ];
  return `Environment of agentpool\n\n${block("Names", rows)}\n`;
}

/** `agentpool help formatting` */
export function formattingPage(): string {
  const rows: [string, string][] = [
    ["(nothing)", "A table cut to the terminal's width; tab-separated values in a pipe"],
    ["--format table", "The table, also in a pipe, where nothing is cut"],
    ["--format wide", "All columns, nothing cut"],
    ["--format tsv", "Tab-separated: a heading, then one line each; times in full, no colours"],
    ["--format name", "Names, and ids of what has none"],
    ["--format json, --json", "The whole output; errors are JSON too, on standard error"],
    ["--fields A,B", "JSON with these fields alone; dots lead inside: turn.state; * is any name"],
    ["-q, --quiet", "Ids alone, one a line; with --json a list of them"],
  ];
  const values: [string, string][] = [
    ["durations", "30s, 10m, 1h30m, 2d; a bare number counts seconds"],
    ["times", "2026-11-21T10:00Z, or a duration back from now: --since 10m"],
    ["sessions", "an id, the unique beginning of one, a name, or @last for the newest"],
    ["texts", "- reads standard input: send ID -, spawn --task -, spawn --task-file -"],
    ["lists", "comma-separated or the flag repeated"],
  ];
  return `How agentpool prints and reads

${block("Output", rows)}

Names of JSON fields are snake_case and stay what they are; times are RFC 3339
in UTC; unknown is null. What is not data goes to standard error.

${block("Values", values)}

Examples:
  agentpool ps -q
  agentpool sessions --fields id,state,because
  agentpool sessions --format tsv
`;
}

function describe(field: Field): string {
  const notes: string[] = [];
  if (field.choices) notes.push(`one of ${field.choices.join(", ")}`);
  if (field.duration) notes.push("seconds, or 30s, 10m, 2h");
  if (field.kind === "list") notes.push("comma-separated or repeated");
  if (field.kind === "pairs") notes.push("name=value, repeated");
  const preset = formatDefault(field);
  if (preset !== undefined) notes.push(`default ${preset}`);
  return notes.length > 0 ? `${field.description} (${notes.join("; ")})` : field.description;
}

function formatDefault({ default: preset }: Field): string | undefined {
  if (typeof preset === "string") return preset === "" ? undefined : preset;
  return typeof preset === "number" ? String(preset) : undefined;
}

function name(field: Field): string {
  return field.position === "rest" ? `<${field.name}...>` : `<${field.name}>`;
}

function spelling(field: Field): string {
  const short = field.short ? `-${field.short}, ` : "    ";
  const value = {
    boolean: "",
    text: " TEXT",
    number: " N",
    integer: " N",
    list: " A,B",
    pairs: " K=V",
  };
  const shown = field.duration ? " TIME" : value[field.kind];
  return `${short}--${field.flag}${shown}`;
}

function block(title: string, rows: readonly (readonly [string, string])[]): string {
  const column = Math.min(36, Math.max(...rows.map(([left]) => left.length)) + 4);
  const lines = rows.map(([left, right]) => {
    const text = wrap(right, column + 2);
    return left.length + 2 > column
      ? `  ${left}\n${" ".repeat(column + 2)}${text}`
      : `  ${left.padEnd(column)}${text}`;
  });
  return [`${title}:`, ...lines].join("\n");
}

/** Wraps a text; lines after the first begin at the column. */
function wrap(text: string, column: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && column + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${" ".repeat(column)}`);
}
