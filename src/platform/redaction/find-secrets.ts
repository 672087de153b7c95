import { findAssignments } from "./assignments.ts";
import { findHeaders, findUrlPasswords } from "./credentials.ts";
import { findPrivateKeys } from "./private-keys.ts";
import type { SecretSpan } from "./span.ts";
import { findTokens } from "./tokens.ts";
import { wholeText, withoutEscapes, withoutMarks, withoutSpans } from "./view.ts";

export interface Findings {
  /** In order, not overlapping. */
  readonly spans: readonly SecretSpan[];
  /** From here on the text must be looked at again together with what follows. */
  readonly openFrom: number | undefined;
}

/**
 * Finds every secret of a text, in time linear in its length.
 * @param known values that are secret wherever they stand, see `knownForms`
 * @param more whether text follows that is not there yet
 */
export function findSecrets(original: string, known: readonly string[], more: boolean): Findings {
  const found: SecretSpan[] = [];
  let view = withoutMarks(withoutEscapes(wholeText(original)));
  let openFrom: number | undefined;
  const apply = (find: (text: string, spans: SecretSpan[]) => void): void => {
    const spans: SecretSpan[] = [];
    find(view.text, spans);
    for (const span of spans) found.push(view.toOriginal(span));
    view = withoutSpans(view, merge(spans));
  };

  for (const value of known) apply((text, spans) => findValue(text, value, spans));
  apply((text, spans) => {
    const at = findPrivateKeys(text, spans, more);
    if (at !== undefined) openFrom = view.toOriginal({ from: at, to: at, kind: "" }).from;
  });
  // the names come last: where spans overlap, the kind that was found first names the mark
  for (const rule of [findTokens, findHeaders, findUrlPasswords, findAssignments]) apply(rule);
  return { spans: merge(found), openFrom };
}

function findValue(text: string, value: string, spans: SecretSpan[]): void {
  for (let from = text.indexOf(value); from >= 0;) {
    const to = from + value.length;
    spans.push({ from, to, kind: "env" });
    from = text.indexOf(value, to);
  }
}

/** Joins what overlaps; the kind found first wins, being the more telling one. */
function merge(found: readonly SecretSpan[]): SecretSpan[] {
  const rank = new Map(found.map((span, index) => [span, index]));
  const ordered = [...found].sort((a, b) => a.from - b.from);
  const merged: SecretSpan[] = [];
  let best = 0;
  for (const span of ordered) {
    const last = merged.at(-1);
    const order = rank.get(span) ?? 0;
    if (!last || span.from >= last.to) {
      merged.push(span);
      best = order;
      continue;
    }
    const kind = order < best ? span.kind : last.kind;
    best = Math.min(best, order);
    merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to), kind };
  }
  return merged;
}

/** Shorter values are words that stand everywhere, and would shred the text. */
const shortestKnown = 6;

/** The forms in which secret values may stand in a text: as they are, in JSON, in a URL. */
export function knownForms(values: readonly string[]): string[] {
  const forms = new Set<string>();
  for (const value of values) {
    const trimmed = value.trim();
    if (trimmed.length < shortestKnown) continue;
    forms.add(trimmed);
    forms.add(JSON.stringify(trimmed).slice(1, -1));
    forms.add(encodeURIComponent(Buffer.from(trimmed).toString()));
  }
  // the longest first: one value may be part of another
  return [...forms].sort((a, b) => b.length - a.length);
}
