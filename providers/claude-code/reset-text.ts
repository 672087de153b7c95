const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const dayMs = 86_400_000;

/**
 * The moment in "Resets 7:59pm (Europe/Berlin)", "Resets Oct 20, 3pm (UTC)" or "Resets Dec 1", the
 * next one after `now`; null for anything else. Without a zone that of this machine counts.
 */
export function readReset(line: string, now: number): number | null {
  const text = /Resets (?:at |on )?([^(·]+)(?:\(([^)]+)\))?/i.exec(line);
  if (!text) return null;
  const day = /([A-Z][a-z]{2})[a-z]* (\d{1,2})/.exec(text[1] ?? "");
  const clock = /(\d{1,2})(?::(\d{2}))? ?([ap])m/i.exec(text[1] ?? "");
  const month = day ? months.indexOf((day[1] ?? "").toLowerCase()) : -1;
  if ((day !== null && month < 0) || (!day && !clock)) return null;
  const minutes = clock ? minutesOf(clock) : 0;
  const offset = offsetAt(text[2]?.trim(), now);
  if (offset === null) return null;
  const local = new Date(now + offset);
  const at = (year: number, inMonth: number, date: number): number =>
    Date.UTC(year, inMonth, date) + minutes * 60_000 - offset;
  const year = local.getUTCFullYear();
  if (!day) {
    const today = at(year, local.getUTCMonth(), local.getUTCDate());
    return today > now ? today : today + dayMs;
  }
  const thisYear = at(year, month, Number(day[2]));
  // one that has just passed is not a year away
  return thisYear > now - dayMs ? thisYear : at(year + 1, month, Number(day[2]));
}

function minutesOf(clock: RegExpExecArray): number {
  const hours = (Number(clock[1]) % 12) + ((clock[3] ?? "").toLowerCase() === "p" ? 12 : 0);
  return hours * 60 + Number(clock[2] ?? 0);
}

/** How far a zone is ahead of UTC, in ms; null for a zone nobody knows. */
function offsetAt(zone: string | undefined, now: number): number | null {
  if (zone === undefined) return -new Date(now).getTimezoneOffset() * 60_000;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    const parts = Object.fromEntries(
      format.formatToParts(now).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    const local = Date.UTC(year, month - 1, day, hour, minute, second);
    return Math.round((local - now) / 60_000) * 60_000;
  } catch {
    return null;
  }
}
