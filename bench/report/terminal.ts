import type { MachineFacts } from "../measure/machine.ts";
import { headlineOf, limitOf, ratioOf, samplesOf, verdictOf } from "./format.ts";
import { isReached, type Report, type Result } from "./result.ts";

export function headerText(machine: MachineFacts, quick: boolean): string {
  return [
    `${machine.cores} cores of ${machine.processor}, ${machine.memoryMb} MB, ${machine.system}`,
    `Node ${machine.node.slice(1)}, tmux ${machine.tmux}`,
    `load ${machine.load.toFixed(2)}, others keep ${machine.busyCores.toFixed(2)} cores busy`,
    ...(quick ? ["quick: few samples, for a first look only"] : []),
  ].join("\n");
}

export function resultText(result: Result): string {
  const lines = [
    `${result.id}  ${result.title}`,
    `    limit     ${result.limit}`,
    `    moonshot  ${result.moonshot}`,
  ];
  for (const figure of result.figures) {
    const verdict = verdictOf(figure);
    lines.push(
      "",
      `    ${figure.what}: ${figure.headline} ${headlineOf(figure)}, limit ${limitOf(figure)}, ratio ${ratioOf(figure)}`,
      `        value     ${samplesOf(figure.value)}`,
    );
    if (figure.limit) lines.push(`        limit     ${samplesOf(figure.limit)}`);
    if (figure.target) lines.push(`        ${verdict}: ${figure.target.text}`);
    if (figure.note) lines.push(`        ${figure.note}`);
  }
  if (result.problem !== null) lines.push("", `    no figures: ${result.problem}`);
  return `${lines.join("\n")}\n`;
}

export function summaryText(report: Report): string {
  const words = report.results.map((result) => {
    const reached = isReached(result);
    const word = reached === undefined ? "no verdict" : reached ? "reached" : "NOT reached";
    return `  ${result.id.padEnd(5)} ${word.padEnd(12)} ${result.title}`;
  });
  return `${words.join("\n")}\n`;
}
