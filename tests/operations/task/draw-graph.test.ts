import { expect, test } from "vitest";
import { drawDot, drawMermaid, drawTree } from "../../../src/operations/task/draw-graph.ts";

const node = (id: string, depends_on: string[] = [], title = id.toUpperCase()) => ({
  id,
  title,
  state: "pending",
  because: null,
  depends_on,
});

const diamond = [node("a"), node("b", ["a"]), node("c", ["a"]), node("d", ["b", "c"])];

test("what waits stands below what it waits for, and whole once only", () => {
  expect(drawTree(diamond)).toBe(
    [
      "a  pending  A",
      "  b  pending  B",
      "    d (see below)",
      "  c  pending  C",
      "    d  pending  D",
    ].join("\n"),
  );
});

test("a drawing grows with the graph alone, however many ways lead through it", () => {
  const layers = Array.from({ length: 60 }, (_, n) => [
    node(`l${n}`, n === 0 ? [] : [`l${n - 1}`, `r${n - 1}`]),
    node(`r${n}`, n === 0 ? [] : [`l${n - 1}`, `r${n - 1}`]),
  ]).flat();

  expect(drawTree(layers).split("\n").length).toBeLessThan(60 * 4 + 1);
});

test("a title cannot break out of a drawing", () => {
  const evil = [node("a", [], 'x"]; --> "b" \\ \n <b> [click]')];

  expect(drawDot(evil)).toContain('label="x\\"]; --> \\"b\\" \\\\ <b> [click]\\npending"');
  expect(drawMermaid(evil).split("\n")[1]).toMatch(/^ {2}a\["[^"[\]<>]*<br>pending"\]$/);
});
