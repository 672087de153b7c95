import type { Style } from "../../../operations/define.ts";
import type { Output as Listed } from "../../../operations/session/list.ts";
import type { PromptJson } from "../../../operations/projection.ts";
import { cut, wrapped } from "../../../operations/table.ts";
import { plainText } from "../../../domain/plain-text.ts";
import { printable } from "../printable.ts";
import { tableLines } from "./columns.ts";
import { keyLine, keyPage } from "./key-line.ts";

export type Row = Listed["sessions"][number];

/** All that is shown; drawing is a function of it. */
export interface View {
  readonly sessions: readonly Row[];
  /** Id of the session that keys act on. */
  readonly selected: string | null;
  /** Open prompts of the selected session. */
  readonly prompts: readonly PromptJson[];
  /** Percent left of the accounts of a provider, by its id. */
  readonly left: ReadonlyMap<string, number>;
  /** Tokens that sessions told of, by their ids. */
  readonly tokens: ReadonlyMap<string, number>;
  /** The keys are shown instead of the table. */
  readonly help: boolean;
  /** What the last key came to. */
  readonly message: string;
  /** The answer being typed. */
  readonly typing: string | null;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Rows of the table that stay in sight above a dialog, with its heading. */
const leastTable = 3;
const mostDetail = 12;
const mostMessage = 3;

/** The lines of the screen: exactly as many as it has rows, none longer than it is wide. */
export function drawTop(view: View, { columns, rows }: Size, style: Style): string[] {
  const fit = (line: string): string =>
    cut(printable(line.replace(/[\t\r]/g, " "), style), columns);
  const summary = summaryOf(view.sessions, columns, style);
  const footer =
    view.typing === null ? style.dim(keyLine(columns)) : typingLine(view.typing, columns);
  const message = view.help ? [] : linesOf(view.message, columns, mostMessage).map(style.yellow);
  const between = Math.max(0, rows - 2 - message.length);
  if (view.help) {
    const page = keyPage.slice(0, between).map((line) => `  ${line}`);
    return filled([summary, ...page], [footer], rows).map(fit);
  }
  // the chosen session's dialog is worth more than the tenth row of the table
  const least = Math.min(leastTable, view.sessions.length + 1);
  const room = Math.min(mostDetail, Math.max(0, between - least));
  const detail = detailOf(view, { columns, rows: room }, style);
  const body = tableOf(view, { columns, rows: Math.max(1, between - detail.length) }, style);
  return filled([summary, ...body], [...detail, ...message, footer], rows).map(fit);
}

function filled(above: readonly string[], below: readonly string[], rows: number): string[] {
  const blank = Array.from({ length: Math.max(0, rows - above.length - below.length) }, () => "");
  const kept = above.slice(0, Math.max(1, rows - below.length));
  return [...kept, ...blank, ...below].slice(-rows);
}

function summaryOf(sessions: readonly Row[], columns: number, style: Style): string {
  const asking = sessions.filter((one) => one.open_prompts > 0).length;
  const running = sessions.filter((one) => one.state === "running").length;
  const waits = asking > 0 ? `${asking} waiting for you` : "nobody waits for you";
  const facts = `${sessions.length} live, ${running} running, `;
  const time = new Date(style.nowMs).toISOString().slice(11, 19);
  const name = "agentpool  ";
  const painted = facts + (asking > 0 ? style.yellow(waits) : waits);
  const width = facts.length + waits.length;
  if (name.length + width + 2 + time.length <= columns) {
    return `${style.bold("agentpool")}  ${painted}  ${style.dim(time)}`;
  }
  if (name.length + width <= columns) return `${style.bold("agentpool")}  ${painted}`;
  return width <= columns ? painted : waits;
}

/** The part of the table around the chosen row. */
function tableOf(view: View, { columns, rows }: Size, style: Style): string[] {
  if (view.sessions.length === 0) {
    const hint = "Nothing lives. Start one: agentpool spawn -p fake-question --task hello";
    return ["", ...linesOf(hint, columns - 2, rows - 1).map((line) => `  ${line}`)];
  }
  const [heading = "", ...body] = tableLines(view, { columns }, style);
  const room = Math.max(1, rows - 1);
  const at = Math.max(
    0,
    view.sessions.findIndex(({ id }) => id === view.selected),
  );
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), body.length - room));
  return [heading, ...body.slice(from, from + room)].slice(0, rows);
}

/** The chosen session and its dialog, whose options stay in sight longer than its text. */
function detailOf(view: View, { columns, rows }: Size, style: Style): string[] {
  const session = view.sessions.find(({ id }) => id === view.selected);
  if (!session || rows < 1) return [];
  const room = columns - 2;
  const name = session.name ?? session.id;
  const place = `  ${session.work_path} (${session.workspace_mode})`;
  const [prompt] = view.prompts;
  const more = view.prompts.length > 1 ? ` and ${view.prompts.length - 1} more` : "";
  const asks = prompt ? `  ${prompt.kind}${more}` : "";
  const fits = name.length + asks.length + place.length <= columns;
  const head = style.bold(name) + style.yellow(asks) + (fits ? style.dim(place) : "");
  const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
  const spaced = (lines: string[]): string[] => (lines.length < rows ? ["", ...lines] : lines);
  if (!prompt) return spaced([head, ...indented(linesOf(session.because, room, rows - 1))]);
  const options = optionLines(prompt.options, room, rows - 2).map(style.cyan);
  const text = plainText(prompt.text)
    .split("\n")
    .flatMap((line) => linesOf(line, room, rows))
    .slice(0, Math.max(0, rows - 1 - options.length));
  return spaced([head, ...indented(text), ...indented(options)].slice(0, rows));
}

/** All on one line where that holds them, else a line each. */
function optionLines(options: readonly { label: string }[], room: number, rows: number): string[] {
  if (options.length === 0) return [];
  const numbered = options.map(({ label }, i) => `${i + 1} ${plainText(label)}`);
  const line = numbered.join("   ");
  return line.length <= room || rows < numbered.length ? [line] : numbered;
}

/** The end of what is typed stays in sight. */
function typingLine(typed: string, columns: number): string {
  const letters = Array.from(typed);
  const room = Math.max(1, columns - "answer: ".length - 1);
  const shown = letters.length <= room ? typed : `…${letters.slice(1 - room).join("")}`;
  return `answer: ${shown}█`;
}

function linesOf(text: string, columns: number, most: number): string[] {
  if (text === "" || most < 1) return [];
  const lines = wrapped(text, columns);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${lines[most - 1] ?? ""} …`];
}
