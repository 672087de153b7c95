import { fieldsOf, textOf, type Fields } from "./fields.ts";

/** One of the two windows of a subscription, as the last answer of the server described it. */
export interface Window {
  readonly name: string;
  readonly usedPercent: number;
  /** Epoch milliseconds. */
  readonly resetsAt: number | null;
}

/** Shares of a window at which it is worth a word, as the CLI itself has them. */
const warnAt = [75, 90, 95];

/** The windows a line tells of; none when the server told of none. */
export function readWindows(rateLimits: Fields): readonly Window[] {
  return ["primary", "secondary"].flatMap((key) => {
    const window = fieldsOf(rateLimits[key]);
    const used = window["used_percent"];
    if (typeof used !== "number") return [];
    const resets = window["resets_at"];
    const minutes = window["window_minutes"];
    const name = typeof minutes === "number" ? nameOf(minutes) : `${key} limit`;
    return [
      { name, usedPercent: used, resetsAt: typeof resets === "number" ? resets * 1_000 : null },
    ];
  });
}

/** When a spent account may go on: once every window that is spent begins anew. */
export function resetOf(windows: readonly Window[]): number | null {
  const spent = windows.filter(({ usedPercent }) => usedPercent >= 100);
  const times = spent.map(({ resetsAt }) => resetsAt).filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}

/** What to say about windows that passed one of the marks since the lines before. */
export function warningsOf(
  windows: readonly Window[],
  before: readonly Window[],
): readonly string[] {
  return windows.flatMap(({ name, usedPercent, resetsAt }) => {
    const known = before.find((one) => one.name === name && one.resetsAt === resetsAt);
    const passed = warnAt.filter((mark) => usedPercent >= mark && (known?.usedPercent ?? 0) < mark);
    if (passed.length === 0) return [];
    const until = resetsAt === null ? "" : `, until ${new Date(resetsAt).toISOString()}`;
    return [`${usedPercent} % of the ${name} is used${until}`];
  });
}

/** Whether an error of a turn says that the subscription is spent. */
export function isUsageLimit(error: Fields): boolean {
  return textOf(error, "codex_error_info") === "usage_limit_exceeded";
}

/** Whether the server refused for the number of requests, which passes by itself. */
export function isTooManyRequests(error: Fields): boolean {
  const info = fieldsOf(error["codex_error_info"]);
  return Object.values(info).some((one) => fieldsOf(one)["http_status_code"] === 429);
}

function nameOf(minutes: number): string {
  if (minutes % 10_080 === 0)
    return minutes === 10_080 ? "weekly limit" : `${minutes / 10_080} week limit`;
  if (minutes % 1_440 === 0) return `${minutes / 1_440} d limit`;
  return minutes % 60 === 0 ? `${minutes / 60} h limit` : `${minutes} min limit`;
}
