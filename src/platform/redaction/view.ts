import { marks, opaque, type SecretSpan } from "./span.ts";

/** A text from which something was taken out, and the way back to the positions of the original. */
export interface View {
  readonly text: string;
  toOriginal(span: SecretSpan): SecretSpan;
}

export function wholeText(text: string): View {
  return { text, toOriginal: (span) => span };
}

const escapes =
  // oxlint-disable-next-line no-control-regex
  /\u001b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)|[ -/]{0,4}[0-~])/g;

/** Without terminal escapes, so that a colour change in the middle of a secret does not hide it. */
export function withoutEscapes(view: View): View {
  if (!view.text.includes("\u001b")) return view;
  return edit(view, allOf(view.text, escapes), "");
}

/** Earlier marks become one opaque character each. */
export function withoutMarks(view: View): View {
  if (!view.text.includes("[REDACTED:")) return view;
  return edit(view, allOf(view.text, marks), opaque);
}

/**
 * The spans, ascending and not overlapping, become one opaque character each, as their marks would
 * in a text that was redacted before. So the rules judge both alike.
 */
export function withoutSpans(view: View, spans: readonly Range[]): View {
  return spans.length === 0 ? view : edit(view, spans, opaque);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function allOf(text: string, pattern: RegExp): Range[] {
  return Array.from(text.matchAll(pattern), (match) => ({
    from: match.index,
    to: match.index + match[0].length,
  }));
}

function edit(view: View, ranges: readonly Range[], by: "" | typeof opaque): View {
  const parts: string[] = [];
  /** Where in the new text the edits stand. */
  const places: number[] = [];
  let at = 0;
  let length = 0;
  for (const { from, to } of ranges) {
    parts.push(view.text.slice(at, from), by);
    length += from - at;
    places.push(length);
    length += by.length;
    at = to;
  }
  parts.push(view.text.slice(at));

  const start = (position: number): number => {
    // edits that end at or before the position
    const count = countAtMost(places, position - by.length);
    const last = ranges[count - 1];
    return last ? position - (places[count - 1] as number) - by.length + last.to : position;
  };
  const end = (position: number): number => {
    const index = countAtMost(places, position - 1) - 1;
    const isEdit = by !== "" && places[index] === position - 1;
    return isEdit ? (ranges[index] as Range).to : start(position - 1) + 1;
  };
  return {
    text: parts.join(""),
    toOriginal: ({ from, to, kind }) =>
      view.toOriginal({ from: start(from), to: to === from ? start(to) : end(to), kind }),
  };
}

function countAtMost(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
