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
  expect(lines.at(-1)).toMatch(/^enter look in/);
});

test("the chosen session is in sight wherever it stands, with its dialog and options", () => {
  const sessions = Array.from({ length: 60 }, (_, n) => row(n));
  const prompt = {
    kind: "approval",
    text: "Run this?\nrm -rf build",
    options: [{ label: "Yes" }, { label: "No" }],
  } as View["prompts"][number];
  const lines = draw(view({ sessions, selected: row(55).id, prompts: [prompt] }), 100, 20);

  expect(lines.some((line) => line.startsWith(">  ap_000000000055"))).toBe(true);
  expect(lines).toContain("  rm -rf build");
  expect(lines).toContain("  1 Yes   2 No");
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
