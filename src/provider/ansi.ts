/**
 * A captured line as text, with the parts of it that are drawn in a special way. Positions count
 * UTF-16 units of `text`, not columns: a wide character is one position in `text` and two columns.
 */
export interface StyledLine {
  /** Without escapes and trailing blanks; no-break spaces are spaces. */
  readonly text: string;
  /** The same, with no-break spaces left as the terminal holds them. Equally long. */
  readonly raw: string;
  /** In order, not overlapping; parts without any of these attributes have no span. */
  readonly spans: readonly StyleSpan[];
}

export interface StyleSpan {
  readonly from: number;
  readonly to: number;
  readonly dim: boolean;
  readonly bold: boolean;
  readonly reverse: boolean;
}

/** A longer line is cut: no terminal is that wide, and rules must not be slowed by it. */
const maxLineLength = 1_000;
const maxRawLength = 32_000;

/**
 * Reads captured lines. Attributes carry over from one line to the next, as terminals and tmux
 * write them. Escapes other than SGR are dropped; malformed ones never throw.
 */
export function parseLines(lines: readonly string[]): StyledLine[] {
  const pen: Pen = { attributes: 0, lineDrawing: false };
  return lines.map((line) => parseLine(line, pen));
}

/** One captured line without its escapes, for people. */
export function plainText(line: string): string {
  return parseLine(line, { attributes: 0, lineDrawing: false }).text;
}

const bold = 1;
const dim = 2;
const reverse = 4;

/** The attributes of text that is drawn plainly; others are numbers that `penChange` gives. */
export const blankPen = 0;

/** The attributes after the sequence `CSI parameters m`. */
export function penChange(parameters: string, pen: number): number {
  const change = changeOf(parameters);
  return (pen & ~change.clear) | change.set;
}

/** The sequence after which text is drawn with these attributes and no others. */
export function penSequence(pen: number): string {
  const codes = [pen & bold ? ";1" : "", pen & dim ? ";2" : "", pen & reverse ? ";7" : ""];
  return `\u001b[0${codes.join("")}m`;
}

interface Pen {
  /** The attributes in force, one bit each. */
  attributes: number;
  /** Between SO and SI letters stand for line-drawing characters. */
  lineDrawing: boolean;
}

/**
 * In order: CSI (parameters, intermediates, final byte), OSC and the other strings up to their
 * end, any other escape, and single control characters.
 */
const control =
  // oxlint-disable-next-line no-control-regex
  /(?:\u001b\[|\u009b)([0-?]*)([ -/]*)([@-~])?|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?|[\u0000-\u001f\u007f-\u009f]/g;

function parseLine(line: string, pen: Pen): StyledLine {
  const input = line.length > maxRawLength ? line.slice(0, maxRawLength) : line;
  const spans: { from: number; to: number; attributes: number }[] = [];
  let raw = "";
  const draw = (piece: string): void => {
    const from = raw.length;
    raw += pen.lineDrawing
      ? piece.replace(/[`a~j-x]/g, (letter) => drawn[letter] ?? letter)
      : piece;
    if (pen.attributes === 0 || raw.length === from) return;
    const before = spans.at(-1);
    if (before?.to === from && before.attributes === pen.attributes) before.to = raw.length;
    else spans.push({ from, to: raw.length, attributes: pen.attributes });
  };

  let at = 0;
  control.lastIndex = 0;
  for (let match = control.exec(input); match; match = control.exec(input)) {
    if (match.index > at) draw(input.slice(at, match.index));
    at = control.lastIndex;
    const [code, parameters, intermediates, final] = match;
    if (final === "m" && intermediates === "") {
      pen.attributes = penChange(parameters ?? "", pen.attributes);
    } else if (code === "\u000e") pen.lineDrawing = true;
    else if (code === "\u000f") pen.lineDrawing = false;
    else if (code === "\t") draw(" ");
  }
  if (at < input.length) draw(input.slice(at));

  raw = (raw.length > maxLineLength ? raw.slice(0, maxLineLength) : raw).trimEnd();
  return {
    raw,
    text: raw.includes("\u00a0") ? raw.replaceAll("\u00a0", " ") : raw,
    spans: spans.map(({ from, to, attributes }) => ({
      from,
      to,
      dim: (attributes & dim) !== 0,
      bold: (attributes & bold) !== 0,
      reverse: (attributes & reverse) !== 0,
    })),
  };
}

interface Change {
  readonly set: number;
  readonly clear: number;
}

/** A screen uses the same few sequences over and over. */
const changes = new Map<string, Change>();
const maxChanges = 2_000;

function changeOf(parameters: string): Change {
  let change = changes.get(parameters);
  if (!change) {
    change = readSgr(parameters);
    if (changes.size >= maxChanges) changes.clear();
    changes.set(parameters, change);
  }
  return change;
}

function readSgr(parameters: string): Change {
  let set = 0;
  let clear = 0;
  const on = (bit: number): void => {
    set |= bit;
  };
  const off = (bits: number): void => {
    set &= ~bits;
    clear |= bits;
  };
  // `<`, `=`, `>` and `?` begin private sequences that also end in m
  const fields = /^[<-?]/.test(parameters) ? [] : parameters.split(";");
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] ?? "";
    // colons hold a whole attribute with its values: 38:2::r:g:b, 4:3
    if (field.includes(":")) continue;
    switch (field === "" ? 0 : Number(field)) {
      case 0:
        off(bold | dim | reverse);
        break;
      case 1:
        on(bold);
        break;
      case 2:
        on(dim);
        break;
      case 7:
        on(reverse);
        break;
      case 22:
        off(bold | dim);
        break;
      case 27:
        off(reverse);
        break;
      case 38:
      case 48:
      case 58:
        // the numbers that follow are a colour, not attributes: 38;5;2 is no dim text
        if (fields[i + 1] === "5") i += 2;
        else if (fields[i + 1] === "2") i += 4;
        break;
      default:
    }
  }
  return { set, clear };
}

/** The special graphics set of VT100, as tmux writes it between SO and SI. */
const drawn: Readonly<Record<string, string>> = {
  "`": "◆",
  a: "▒",
  "~": "·",
  j: "┘",
  k: "┐",
  l: "┌",
  m: "└",
  n: "┼",
  o: "⎺",
  p: "⎻",
  q: "─",
  r: "⎼",
  s: "⎽",
  t: "├",
  u: "┤",
  v: "┴",
  w: "┬",
  x: "│",
};

/**
 * What of a part of the line was typed: the part without dim text, which agents use for
 * suggestions. The cursor drawn over the first character of a suggestion belongs to it.
 */
export function withoutDim(line: StyledLine, from: number, to: number): string {
  let kept = "";
  let at = from;
  for (const [index, span] of line.spans.entries()) {
    const isHint = span.dim || isCursorOnHint(span, line.spans[index + 1]);
    if (!isHint || span.to <= at || span.from >= to) continue;
    kept += line.text.slice(at, Math.max(at, span.from));
    at = span.to;
  }
  return at < to ? kept + line.text.slice(at, to) : kept;
}

function isCursorOnHint(span: StyleSpan, next: StyleSpan | undefined): boolean {
  const oneCharacter = span.to - span.from <= 2;
  return span.reverse && oneCharacter && next !== undefined && next.dim && next.from === span.to;
}
