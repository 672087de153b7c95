import type { Style } from "../../../operations/define.ts";
import type { Output as Listed } from "../../../operations/session/list.ts";
import type { PromptJson } from "../../../operations/projection.ts";
import { cut, formatAge, table } from "../../../operations/table.ts";
import { plainText } from "../../../domain/plain-text.ts";
import { printable } from "../printable.ts";

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
  /** What the last key came to. */
  readonly message: string;
  /** The answer being typed. */
  readonly typing: string | null;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const keys =
  "enter look in  w type in  r answer  y approve  n deny  i interrupt  up/down choose  q quit";
const mostDetail = 10;

/** The lines of the screen: exactly as many as it has rows, none longer than it is wide. */
export function drawTop(view: View, { columns, rows }: Size, style: Style): string[] {
  const fit = (line: string): string =>
    cut(printable(line.replace(/[\t\r]/g, " "), style), columns);
  const summary = summaryOf(view.sessions, style);
  const footer = view.typing === null ? style.dim(keys) : `answer: ${view.typing}█`;
  const message = view.message === "" ? [] : [style.yellow(view.message)];
  const detail = detailOf(view, style);
  // the chosen session's dialog is worth more than the tenth row of the table
  const forDetail = Math.min(detail.length, mostDetail, Math.max(0, rows - 6));
  const forTable = Math.max(1, rows - 2 - message.length - forDetail);
  const body = tableOf(view, { columns, rows: forTable }, style);
  const lines = [summary, ...body];
  const tail = [...detail.slice(0, forDetail), ...message, footer];
  const blank = Array.from({ length: Math.max(0, rows - lines.length - tail.length) }, () => "");
  return [...lines, ...blank, ...tail].map(fit).slice(0, rows);
}

function summaryOf(sessions: readonly Row[], style: Style): string {
  const asking = sessions.filter((one) => one.open_prompts > 0).length;
  const running = sessions.filter((one) => one.state === "running").length;
  const facts = [
    `${sessions.length} live`,
    `${running} running`,
    asking > 0 ? style.yellow(`${asking} waiting for you`) : "nobody waits for you",
  ];
  return `${style.bold("agentpool")}  ${facts.join(", ")}  ${style.dim(new Date(style.nowMs).toISOString().slice(11, 19))}`;
}

/** The part of the table around the chosen row. */
function tableOf(view: View, { columns, rows }: Size, style: Style): string[] {
  if (view.sessions.length === 0) {
    return ["", "  Nothing lives. Start one: agentpool spawn -p fake-question --task hello"];
  }
  const drawn = table(
    [" ", "ID", "NAME", "PROVIDER", "STATE", "ASKS", "TURNS", "AGE", "LEFT", "BECAUSE"],
    view.sessions.map((one) => [
      one.id === view.selected ? ">" : " ",
      one.id,
      one.name ?? "-",
      one.provider_id,
      paintState(one.state, style),
      one.open_prompts === 0 ? "-" : style.yellow(String(one.open_prompts)),
      String(one.turns),
      formatAge(style.nowMs - Date.parse(one.created_at)),
      leftOf(view, one),
      one.because,
    ]),
    { ...style, columns },
  ).split("\n");
  const [heading = "", ...body] = drawn;
  const room = Math.max(1, rows - 1);
  const at = Math.max(
    0,
    view.sessions.findIndex(({ id }) => id === view.selected),
  );
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), body.length - room));
  return [heading, ...body.slice(from, from + room)].slice(0, rows);
}

function leftOf(view: View, { provider_id: provider }: Row): string {
  const left = view.left.get(provider);
  return left === undefined ? "-" : `${Math.round(left)}%`;
}

function paintState(state: string, style: Style): string {
  if (state.startsWith("awaiting") || state === "limited") return style.yellow(state);
  if (state === "running") return style.green(state);
  return state === "unreachable" || state === "unknown" ? style.red(state) : state;
}

function detailOf({ sessions, selected, prompts }: View, style: Style): string[] {
  const session = sessions.find(({ id }) => id === selected);
  if (!session) return [];
  const lines = [
    "",
    `${style.bold(session.name ?? session.id)}  ${style.dim(`${session.work_path} (${session.workspace_mode})`)}`,
  ];
  const [prompt] = prompts;
  if (!prompt) return [...lines, `  ${session.because}`];
  const text = plainText(prompt.text).split("\n").slice(0, 4);
  const options = prompt.options.map((option, i) => `${i + 1} ${option.label}`).join("   ");
  const more = prompts.length > 1 ? style.dim(`  and ${prompts.length - 1} more`) : "";
  return [
    ...lines,
    `  ${style.yellow(prompt.kind)}${more}`,
    ...text.map((line) => `  ${line}`),
    ...(options === "" ? [] : [`  ${style.cyan(options)}`]),
  ];
}
