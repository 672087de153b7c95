import { expect, test } from "vitest";
import { createStyle } from "../../../src/surface/cli/style.ts";
import { readKeys } from "../../../src/surface/cli/top/keyboard.ts";
import { drawTop, type Row, type View } from "../../../src/surface/cli/top/screen.ts";

const row = (n: number, fields: Partial<Row> = {}): Row =>
  ({
    id: `ap_${String(n).padStart(12, "0")}`,
    name: `s${n}`,
    provider_id: "fake",
    state: "running",
    open_prompts: 0,
    turns: 1,
    created_at: new Date(0).toISOString(),
    because: "a turn runs",
    work_path: "/w",
    workspace_mode: "read_only",
    ...fields,
  }) as Row;

const view = (fields: Partial<View> = {}): View => ({
  sessions: [],
  selected: null,
  prompts: [],
  left: new Map(),
  tokens: new Map(),
  help: false,
  message: "",
  typing: null,
  ...fields,
});

const draw = (given: View, columns: number, rows: number): string[] =>
  drawTop(given, { columns, rows }, { ...createStyle(false, columns), nowMs: 60_000 });

test.each([
  [80, 24],
  [40, 10],
  [20, 4],
  [200, 50],
])("at %i by %i every line fits and the footer stays", (columns, rows) => {
  const sessions = Array.from({ length: 60 }, (_, n) => row(n));
  const lines = draw(view({ sessions, selected: row(30).id }), columns, rows);

  expect(lines).toHaveLength(rows);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  expect(lines.at(-1)).toMatch(/^[a-z?].* quit$/);
});

test("the chosen session is in sight wherever it stands, with its dialog and options", () => {
  const sessions = Array.from({ length: 60 }, (_, n) => row(n));
  const prompt = {
    kind: "approval",
    text: "Run this?\nrm -rf build",
    options: [{ label: "Yes" }, { label: "No" }],
  } as View["prompts"][number];
  for (const [columns, rows] of [
    [100, 20],
    [50, 10],
  ] as const) {
    const given = view({ sessions, selected: row(55).id, prompts: [prompt] });
    const lines = draw(given, columns, rows);

    expect(lines.some((line) => /^> .*s55 .*running/.test(line))).toBe(true);
    expect(lines).toContain("  rm -rf build");
    expect(lines).toContain("  1 Yes   2 No");
  }
});

test("columns that have no room are left out whole, and the state never is", () => {
  const sessions = [row(1, { name: "a-rather-long-name", state: "awaiting_approval" })];
  const tokens = new Map([[row(1).id, 12_345]]);
  const headings = (columns: number): string[] =>
    (draw(view({ sessions, tokens }), columns, 10)[1] ?? "").trim().split(/\s+/);

  expect(headings(200)).toEqual(
    "ID NAME PROVIDER STATE ASKS TURNS TOKENS AGE LEFT BECAUSE".split(" "),
  );
  expect(headings(80)).toEqual("NAME PROVIDER STATE ASKS TURNS TOKENS AGE".split(" "));
  expect(headings(50)).toEqual("NAME STATE ASKS TOKENS".split(" "));
  expect(draw(view({ sessions, tokens }), 120, 10)[2]).toMatch(/ 12\.3k /);
  expect(draw(view({ sessions, tokens }), 34, 10)[2]).toMatch(/a-r.*… +awaiting_approval/);
  // without its column an id stands in for a missing name
  expect(draw(view({ sessions: [row(2, { name: null })] }), 60, 10)[2]).toContain(row(2).id);
});

test("keys that have no room are left out whole, and ? tells all of them", () => {
  const footer = (columns: number): string => draw(view(), columns, 10).at(-1) ?? "";

  expect(footer(120)).toContain("i interrupt  up/down choose  ? keys  q quit");
  expect(footer(80)).toBe(
    "enter look  w type  r answer  y yes  n no  i stop  up/down pick  ? keys  q quit",
  );
  expect(footer(50)).toMatch(/^r answer|^enter look/);
  for (const columns of [50, 40, 30, 20, 8]) expect(footer(columns)).toMatch(/quit$/);
  const help = draw(view({ help: true }), 50, 12).join("\n");
  for (const key of ["enter", "w ", "r ", "y ", "n ", "i ", "up/k, down/j", "? ", "q,"]) {
    expect(help).toContain(`  ${key}`);
  }
});

test("a long text of a dialog is wrapped, and its options stay", () => {
  const prompt = {
    kind: "question",
    text: "word ".repeat(200),
    options: [{ label: "The first of all options" }, { label: "The second of them" }],
  } as View["prompts"][number];
  const lines = draw(view({ sessions: [row(1)], selected: row(1).id, prompts: [prompt] }), 40, 12);

  expect(lines).toContain("  1 The first of all options");
  expect(lines).toContain("  2 The second of them");
});

test("what a worker wrote cannot steer the terminal", () => {
  const sessions = [row(1, { because: "x\x1b[2J\x07y", name: "a\tb" })];
  const text = draw(view({ sessions, selected: sessions[0]?.id ?? "" }), 120, 10).join("");

  // oxlint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\x00-\x1f]/);
});

test("keys are told apart, and text that comes at once stays together", () => {
  expect(readKeys("\x1b[A\x1b[Bq")).toEqual([
    { name: "up" },
    { name: "down" },
    { name: "text", text: "q" },
  ]);
  expect(readKeys("hällo\r")).toEqual([{ name: "text", text: "hällo" }, { name: "enter" }]);
  expect(readKeys("\x1b[1;5C\x1b[15~\x03")).toEqual([{ name: "interrupt" }]);
  expect(readKeys("\x1b")).toEqual([{ name: "escape" }]);
});
