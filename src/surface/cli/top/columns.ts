import type { Style } from "../../../operations/define.ts";
import { count } from "../../../operations/statistics/numbers.ts";
import { cut, formatAge, table, widthOf } from "../../../operations/table.ts";
import type { Row, View } from "./screen.ts";

interface Column {
  readonly heading: string;
  readonly cell: (row: Row, view: View, style: Style) => string;
}

const columns = {
  mark: { heading: " ", cell: ({ id }, { selected }) => (id === selected ? ">" : " ") },
  id: { heading: "ID", cell: ({ id }) => id },
  /** Where ids are not shown, one stands for the name that is missing. */
  name: { heading: "NAME", cell: ({ name, id }) => name ?? id },
  provider: { heading: "PROVIDER", cell: (row) => row.provider_id },
  state: { heading: "STATE", cell: ({ state }, _view, style) => paintState(state, style) },
  asks: {
    heading: "ASKS",
    cell: ({ open_prompts: open }, _view, style) => (open === 0 ? "-" : style.yellow(String(open))),
  },
  turns: { heading: "TURNS", cell: ({ turns }) => String(turns) },
  tokens: {
    heading: "TOKENS",
    cell: ({ id }, { tokens }) => {
      const told = tokens.get(id);
      return told === undefined ? "-" : count(told);
    },
  },
  age: {
    heading: "AGE",
    cell: (row, _view, { nowMs }) => formatAge(nowMs - Date.parse(row.created_at)),
  },
  left: {
    heading: "LEFT",
    cell: ({ provider_id: provider }, { left }) => {
      const percent = left.get(provider);
      return percent === undefined ? "-" : `${Math.round(percent)}%`;
    },
  },
  because: { heading: "BECAUSE", cell: ({ because }) => because },
} as const satisfies Readonly<Record<string, Column>>;

type ColumnName = keyof typeof columns;

/** What goes first where the terminal is narrow. The chosen session's reason is told below. */
const dropped: readonly ColumnName[] = [
  "because",
  "id",
  "left",
  "turns",
  "provider",
  "age",
  "tokens",
  "asks",
];
/** A reason in less room says nothing. */
const narrowestReason = 24;
const narrowestName = 6;
const gap = 2;

/** The heading and a line for each session, with as many whole columns as there is room for. */
export function tableLines(view: View, { columns: room }: { columns: number }, style: Style) {
  const cells = new Map(
    Object.entries(columns).map(([name, { heading, cell }]) => {
      const own = view.sessions.map((row) => cell(row, view, style).replace(/[\t\r\n]+/g, " "));
      return [name as ColumnName, [heading, ...own]];
    }),
  );
  const widthOfColumn = (name: ColumnName): number =>
    name === "because" ? narrowestReason : Math.max(...(cells.get(name) ?? []).map(widthOf));
  let shown = Object.keys(columns) as ColumnName[];
  const width = (): number => shown.reduce((sum, name) => sum + widthOfColumn(name) + gap, 0) - gap;
  for (const name of dropped) {
    // a long name is shortened before states and dialogs are lost
    const spare = widthOfColumn("name") - narrowestName;
    const isLast = name === "tokens" || name === "asks";
    if (width() - (isLast ? Math.max(0, spare) : 0) <= room) break;
    shown = shown.filter((one) => one !== name);
  }
  const tooWide = width() - room;
  const nameRoom = Math.max(narrowestName, widthOfColumn("name") - Math.max(0, tooWide));
  const rows = view.sessions.map((_, i) =>
    shown.map((name) => {
      const cell = cells.get(name)?.[i + 1] ?? "";
      if (name !== "name") return cell;
      const isTwice = shown.includes("id") && view.sessions[i]?.name === null;
      return isTwice ? "-" : cut(cell, nameRoom);
    }),
  );
  const headings = shown.map((name) => columns[name].heading);
  return table(headings, rows, { ...style, columns: room }).split("\n");
}

function paintState(state: string, style: Style): string {
  if (state.startsWith("awaiting") || state === "limited") return style.yellow(state);
  if (state === "running") return style.green(state);
  return state === "unreachable" || state === "unknown" ? style.red(state) : state;
}
