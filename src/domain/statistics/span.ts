import { AgentpoolError } from "../errors.ts";
import { formatTime } from "../time.ts";

/** What statistics are asked about; times in epoch ms, the end not included. */
export interface Span {
  /** Null: from the beginning. */
  readonly from: number | null;
  readonly to: number;
  readonly label: string;
  /** As it was asked for. */
  readonly spec: string;
}

const dayMs = 86_400_000;
const units = { h: 3_600_000, d: dayMs, w: 7 * dayMs } as const;
const unitNames = { h: "hour", d: "day", w: "week" } as const;
const defaultWindow = "7d";

/**
 * Reads `24h`, `7d`, `2w`, `all`, a day (`2026-11-21`), two days or times with a slash between; or the
 * two as `from` and `to`. Days are those of UTC, and the last one belongs to it.
 * @throws invalid_input
 */
export function parseSpan(
  asked: { readonly window?: string; readonly from?: string; readonly to?: string },
  now: number,
): Span {
  const { window, from, to } = asked;
  if (from === undefined && to === undefined) return parseWindow(window ?? defaultWindow, now);
  if (window !== undefined) {
    throw new AgentpoolError("invalid_input", "A window and a beginning or end were both given", {
      hint: "Give --since 7d, or --from and --to.",
    });
  }
  const start = from === undefined ? null : momentOf(from).start;
  const end = to === undefined ? now : momentOf(to).end;
  return between(start, end, `${from ?? ""}/${to ?? ""}`);
}

function parseWindow(given: string, now: number): Span {
  const spec = given.trim();
  if (spec.toLowerCase() === "all") return { from: null, to: now, label: "all time", spec };
  const recent = /^(\d{1,6})([hdw])$/i.exec(spec);
  if (recent) {
    const unit = (recent[2] ?? "d").toLowerCase() as keyof typeof units;
    const count = Number(recent[1]);
    if (count < 1) throw wrong(spec, "it is empty");
    const label = `last ${count === 1 ? "" : `${count} `}${unitNames[unit]}${count === 1 ? "" : "s"}`;
    return { from: now - count * units[unit], to: now, label, spec };
  }
  const [first = "", second, ...more] = spec.split("/");
  if (more.length > 0) throw wrong(spec, "there is more than one slash in it");
  const { start, end } = momentOf(first);
  return between(start, second === undefined ? end : momentOf(second).end, spec);
}

function between(from: number | null, to: number, spec: string): Span {
  if (from !== null && from >= to) throw wrong(spec, "it ends before it begins");
  const [first, last] = [from === null ? "the beginning" : short(from), short(to - 1)];
  return { from, to, label: first === last ? first : `${first} to ${last}`, spec };
}

/** A day, or a moment of one. */
function momentOf(text: string): { readonly start: number; readonly end: number } {
  const trimmed = text.trim();
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(trimmed);
  // without a zone a time is one of UTC, as days are
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(
    trimmed,
  );
  const zone = isDay ? "T00:00:00Z" : isTime?.[1] === undefined ? "Z" : "";
  const start = isDay || isTime ? Date.parse(trimmed + zone) : Number.NaN;
  // a day that no calendar has becomes another one
  if (Number.isNaN(start) || (isDay && !formatTime(start).startsWith(trimmed))) {
    throw wrong(text, "it is neither a day nor a time");
  }
  return { start, end: isDay ? start + dayMs : start };
}

function short(at: number): string {
  return formatTime(at).slice(0, 10);
}

function wrong(spec: string, why: string): AgentpoolError {
  return new AgentpoolError("invalid_input", `"${spec}" is no span of time`, {
    why,
    hint: "24h, 7d, 2w, all, 2026-11-21, or 2026-11-01/2026-11-07",
    details: { window: spec },
  });
}
