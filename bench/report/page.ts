import { readFileSync, writeFileSync } from "node:fs";
import { headlineOf, limitOf, number, ratioOf, verdictOf } from "./format.ts";
import type { Report, Result } from "./result.ts";

const begin = "<!-- figures: written by npm run bench -- --write -->";
const end = "<!-- end of figures -->";

/**
 * Puts the figures into the page. Goals that were not measured this time keep the rows they had.
 * @param order ids of all goals
 * @throws {Error} when the page has lost the marks between which the figures stand
 */
export function writePage(file: string, report: Report, order: readonly string[]): void {
  const page = readFileSync(file, "utf8");
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no place for figures: "${begin}"`);
  const kept = rowsOf(page.slice(from, to)).filter(
    ({ id }) => !report.results.some((result) => result.id === id && result.figures.length > 0),
  );
  const rows = [...kept, ...report.results.flatMap(rowsFor)].sort(
    (a, b) => order.indexOf(a.id) - order.indexOf(b.id),
  );
  const text = [
    begin,
    "",
    machineLine(report),
    "",
    "| goal | what | figure | limit | ratio | aim | | p50 / p95 / max | samples | spread |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(({ row }) => row),
    "",
  ].join("\n");
  writeFileSync(file, page.slice(0, from) + text + page.slice(to));
}

interface Row {
  readonly id: string;
  readonly row: string;
}

function rowsOf(table: string): Row[] {
  return table
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((row) => ({ id: (row.split("|")[1] ?? "").trim(), row }))
    .filter(({ id }) => id !== "goal" && !/^-+$/.test(id));
}

function rowsFor(result: Result): Row[] {
  return result.figures.map((figure) => {
    const { p50, p95, max, samples, spread } = figure.value;
    const cells = [
      result.id,
      figure.what,
      `${figure.headline} ${headlineOf(figure)}`,
      limitOf(figure),
      ratioOf(figure),
      figure.target?.text ?? "",
      verdictOf(figure),
      samples === 1 ? "" : [p50, p95, max].map(number).join(" / "),
      String(samples),
      samples === 1 ? "" : `${Math.round(spread * 100)} %`,
    ];
    return {
      id: result.id,
      row: `| ${cells.map((cell) => cell.replaceAll("|", "/")).join(" | ")} |`,
    };
  });
}

function machineLine({ machine, quick, version }: Report): string {
  const day = machine.at.slice(0, 10);
  return [
    `${day}, agentpool ${version}, ${machine.cores} cores of ${machine.processor}, ${machine.system},`,
    `Node ${machine.node.slice(1)}, tmux ${machine.tmux}; others kept ${machine.busyCores.toFixed(2)} cores busy`,
    `when it began.${quick ? " **A quick run: few samples.**" : ""}`,
  ].join(" ");
}
