import { expect, test } from "vitest";
import { table } from "../../src/operations/table.ts";
import { createStyle } from "../../src/surface/cli/style.ts";

const plain = createStyle(false, 40);
const coloured = createStyle(true, 40);

test("columns are aligned by what is seen: colours take no room, wide characters two columns", () => {
  const rows = [
    [coloured.green("yes"), "end"],
    ["日本", "end"],
    ["e\u0301te", "end"],
  ];

  const lines = table(["A", "B"], rows, coloured).split("\n");

  expect(lines).toEqual([
    coloured.dim("A     B"),
    `${coloured.green("yes")}   end`,
    "日本  end",
    "e\u0301te   end",
  ]);
});

test("a line is cut to the terminal's width and says so, without leaving a colour on", () => {
  const rows = [["x", coloured.red("y".repeat(80))]];

  const [, line] = table(["A", "B"], rows, coloured).split("\n");

  expect(line).toBe(`x  \u001b[31m${"y".repeat(36)}…\u001b[39m`);
});

test("with wrap the last column goes on below itself, between words where there are any", () => {
  const rows = [
    ["one", "a result that is longer than the room there is for it"],
    ["two", "z".repeat(50)],
  ];

  expect(table(["NAME", "RESULT"], rows, plain, { wrap: true }).split("\n")).toEqual([
    "NAME  RESULT",
    "one   a result that is longer than the",
    "      room there is for it",
    `two   ${"z".repeat(33)}…`,
  ]);
});

test("without a terminal the cells are whole and tab-separated, one row a line", () => {
  const style = createStyle(false, undefined);

  expect(
    table(["A", "B"], [["x\ty", `two\nlines ${"z".repeat(200)}`]], style, { wrap: true }),
  ).toBe(`A\tB\nx y\ttwo lines ${"z".repeat(200)}`);
});
