import { numberOf, textOf, type Fields } from "./fields.ts";

const unitMs: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** Kinds of error that say that the account may not go on for now. */
const limitTypes: ReadonlySet<string> = new Set(["rate_limit", "quota"]);

/** Whether the service refused for how much or how often it was asked. */
export function isRefusedForLimit(error: Fields): boolean {
  const type = textOf(error, "errorType") ?? "";
  return limitTypes.has(type) || numberOf(error, "statusCode") === 429;
}

/**
 * Whether the account is spent. The CLI tries again where the service asks it to come back soon,
 * and says so when it gave up; where it does not even try, the service named a time far away.
 */
export function isSpent(error: Fields): boolean {
  return isRefusedForLimit(error) && !/; retried \d+ times/.test(textOf(error, "message") ?? "");
}

/**
 * When the account may go on, from the service's own words: "try again in 51 hours", "wait 6
 * seconds", "reset on April 20, 2026 at 2:00 AM" (the time of this machine).
 * @param at when it was said, epoch ms
 */
export function resetOf(message: string, at: number): number | null {
  const wait = /\b(?:in|wait) (?:about )?(\d+) (second|minute|hour|day)s?\b/i.exec(message);
  if (wait) return at + Number(wait[1]) * (unitMs[(wait[2] ?? "").toLowerCase()] ?? 0);
  const day = /\breset on (\w+ \d{1,2}, \d{4}) at (\d{1,2}:\d{2} [AP]M)\b/i.exec(message);
  const time = day ? Date.parse(`${day[1]} ${day[2]}`) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
