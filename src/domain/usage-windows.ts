import { plainText } from "./plain-text.ts";
import { windowKinds, type UsageWindow, type WindowKind } from "./usage.ts";

const maxWindows = 24;
const maxTextLength = 60;
const dayMs = 86_400_000;
/** Vendors count in years at most; anything else is no time of theirs. */
const sane = { pastMs: 32 * dayMs, futureMs: 400 * dayMs };

/**
 * Takes in windows from outside: what is no percentage, no time or no name is dropped, and the
 * missing one of used and remaining is worked out. Never throws.
 */
export function cleanWindows(windows: readonly UsageWindow[], now: number): UsageWindow[] {
  const names = new Set<string>();
  return windows.slice(0, maxWindows).flatMap((window) => {
    const clean = cleanWindow(window, now);
    if (clean === null || names.has(clean.name)) return [];
    names.add(clean.name);
    return [clean];
  });
}

function cleanWindow(window: UsageWindow, now: number): UsageWindow | null {
  const name = shortText(window.name) ?? "";
  const used = percentOrNull(window.usedPercent);
  const remaining = percentOrNull(window.remainingPercent);
  const usedUnits = unitsOrNull(window.usedUnits);
  const remainingUnits = unitsOrNull(window.remainingUnits);
  if (name === "") return null;
  if ([used, remaining, usedUnits, remainingUnits].every((value) => value === null)) return null;
  return {
    name,
    kind: kindOrUnknown(window.kind),
    usedPercent: used ?? (remaining === null ? null : rounded(100 - remaining)),
    remainingPercent: remaining ?? (used === null ? null : rounded(100 - used)),
    usedUnits,
    remainingUnits,
    resetsAt: timeOrNull(window.resetsAt, now),
  };
}

/** Vendors tell more than a hundred when a limit was overrun, and that is a hundred. */
function percentOrNull(value: unknown): number | null {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0 || value > 1_000)
    return null;
  return rounded(Math.min(100, value));
}

function unitsOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

function timeOrNull(value: unknown, now: number): number | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  return value > now - sane.pastMs && value < now + sane.futureMs ? Math.round(value) : null;
}

function kindOrUnknown(kind: unknown): WindowKind {
  return windowKinds.find((one) => one === kind) ?? "unknown";
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A name or plan from outside as one short line; null for none. */
export function shortText(text: unknown): string | null {
  if (typeof text !== "string") return null;
  const line = plainText(text).replace(/\s+/g, " ").trim().slice(0, maxTextLength);
  return line === "" ? null : line;
}
