import type { Style } from "../define.ts";
import { table } from "../table.ts";
import { count, hours, money } from "./numbers.ts";
import type { Statistics } from "./shape.ts";

/** The table for people: a line for each figure, and what it leaves out below. */
export function renderStatistics(output: Statistics, style: Style): string {
  const { window, data_quality: notes, suggested_next: next } = output;
  const rows = figures(output).map(([name, value, detail]) => [name, value, detail]);
  const body =
    rows.length === 0
      ? style.dim("Nothing to show.")
      : table(["FIGURE", window.label.toUpperCase(), ""], rows, style);
  if (style.columns === undefined) return body;
  return [
    body,
    ...notes.map((note) => style.dim(`note  ${note}`)),
    ...next.map(({ command, why }) => style.dim(`try   ${command}: ${why}`)),
  ].join("\n");
}

/** Nine lines for scripts, `-` where a section was not asked for or has no figure. */
export function plainStatistics(output: Statistics): string {
  const { sessions, parallelism, walls, utilization, tokens } = output;
  const lines: [string, string | number | null | undefined][] = [
    ["window", output.window.spec],
    ["sessions_total", sessions?.total],
    ["sessions_spawned", sessions?.spawned],
    ["parallelism_ratio", parallelism?.ratio],
    ["peak_concurrent", parallelism?.peak_concurrent],
    ["walls_hit", walls?.hit],
    ["walls_avoided", walls?.avoided],
    ["subscription_utilization", utilization?.subscription_utilization],
    ["tokens_total", tokens ? tokens.totals.input + tokens.totals.output : undefined],
  ];
  return lines.map(([key, value]) => `${key}=${String(value ?? "-")}`).join("\n");
}

function figures(output: Statistics): [name: string, value: string, detail: string][] {
  const { sessions, parallelism, walls, quota, utilization, tokens } = output;
  const rows: [string, string, string][] = [];
  if (sessions) {
    rows.push(
      ["sessions", String(sessions.total), parts(sessions.by_provider)],
      ["begun, ended", `${sessions.spawned}, ${sessions.ended}`, parts(sessions.by_state)],
      ["turns", String(sessions.turns), parts(sessions.turns_by_state)],
    );
  }
  if (parallelism) {
    const { ratio, wall_clock_hours: wall, sum_worker_hours: sum } = parallelism;
    rows.push(
      ["agents' work", hours(sum), `in ${hours(wall)} on the clock`],
      [
        "side by side",
        ratio === null ? "-" : `${ratio} x`,
        `${parallelism.peak_concurrent} at most${parallelism.peak_at === null ? "" : `, ${parallelism.peak_at.slice(0, 16)}Z`}`,
      ],
    );
  }
  if (walls) {
    rows.push([
      "walls hit",
      String(walls.hit),
      `${walls.near} near, ${walls.avoided} avoided; confidence ${walls.confidence}`,
    ]);
  }
  for (const [provider, range] of Object.entries(quota ?? {})) {
    const left = range.current_remaining_percent;
    rows.push([
      `quota ${provider}`,
      left === null ? "?" : `${Math.round(left)} %`,
      `${range.window}: ${Math.round(range.min_in_window)} to ${Math.round(range.max_in_window)} % left, told ${range.samples} times`,
    ]);
  }
  if (utilization) {
    const { subscription_utilization: share, periods } = utilization;
    rows.push([
      "subscriptions used",
      share === null ? "-" : `${share} %`,
      `${periods} periods seen`,
    ]);
  }
  if (tokens) {
    const { totals } = tokens;
    const { cost } = totals;
    rows.push(
      [
        "tokens",
        count(totals.input + totals.output),
        `${count(totals.input)} in, ${count(totals.cached)} of it cached, ${count(totals.output)} out`,
      ],
      [
        "costs (estimate)",
        money(cost.usd),
        [`${money(cost.list_price_usd)} by list prices`, ...cost.reasons].join("; "),
      ],
    );
  }
  return rows;
}

/** `codex-cli 3, fake 1`, the most first. */
function parts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, number]) => `${name} ${number}`)
    .join(", ");
}
