import { AgentpoolError } from "../domain/errors.ts";
import { parseDuration } from "../domain/time.ts";

/** From where somebody wants to see things: after an event of this number, or from a moment on. */
export type Since = { readonly seq: number } | { readonly at: number };

/**
 * Reads an event's number (`1204`), a duration back from now (`10m`, `1h30m`) or a time
 * (`2026-11-21T10:00Z`). @throws invalid_input
 */
export function parseSince(text: string, now: number): Since {
  const word = text.trim();
  if (/^\d+$/.test(word)) return { seq: Number(word) };
  const back = parseDuration(word);
  if (back !== undefined) return { at: now - back };
  const at = /^\d{4}-\d\d-\d\d/.test(word) ? Date.parse(word) : NaN;
  if (!Number.isNaN(at)) return { at };
  throw new AgentpoolError("invalid_input", `"${text}" says no moment`, {
    why: "It is the number of an event, a duration back from now, or a time: 1204, 10m, 2026-11-21T10:00Z.",
    details: { fields: ["since"] },
  });
}
