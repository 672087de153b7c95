/** A part of a text by bytes, cut between characters. */
export interface TextRange {
  readonly text: string;
  /** Where it really begins: the next character, when the wanted byte lay inside one. */
  readonly offset: number;
  readonly nextOffset: number;
  readonly sizeBytes: number;
}

/** The longest character of UTF-8. */
const maxCharacterBytes = 4;

/**
 * Takes at most `limit` bytes from `offset` out of a text that comes in pieces, and its whole
 * size. No character is split: a range ends before one that does not fit, yet holds at least one,
 * so that reading on always gets on.
 * @param start bytes of the text that come before the first piece
 */
export async function takeRange(
  pieces: AsyncIterable<string>,
  range: { readonly offset: number; readonly limit: number },
  start = 0,
): Promise<TextRange> {
  const parts: Buffer[] = [];
  const wantedEnd = range.offset + range.limit + 2 * maxCharacterBytes;
  let size = start;
  let begin = Number.POSITIVE_INFINITY;
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece);
    const end = size + bytes.length;
    if (end > range.offset && size < wantedEnd) {
      const from = Math.max(0, range.offset - size);
      begin = Math.min(begin, size + from);
      parts.push(bytes.subarray(from, wantedEnd - size));
    }
    size = end;
  }
  if (parts.length === 0) {
    return { text: "", offset: Math.min(range.offset, size), nextOffset: size, sizeBytes: size };
  }
  const bytes = Buffer.concat(parts);
  const first = nextCharacter(bytes, 0);
  let end = Math.min(bytes.length, first + range.limit);
  while (end > first && isInside(bytes, end)) end--;
  if (end === first) end = nextCharacter(bytes, first + 1);
  return {
    text: bytes.toString("utf8", first, end),
    offset: begin + first,
    nextOffset: begin + end,
    sizeBytes: size,
  };
}

function nextCharacter(bytes: Buffer, from: number): number {
  let at = from;
  while (isInside(bytes, at)) at++;
  return at;
}

/** Continuation bytes of UTF-8 begin with the bits 10. */
function isInside(bytes: Buffer, at: number): boolean {
  return at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80;
}

export interface TextTail {
  readonly text: string;
  readonly sizeBytes: number;
}

/** The last lines of a text that comes in pieces. Memory holds those lines only. */
export async function takeTail(
  pieces: AsyncIterable<string>,
  lines: number,
  start = 0,
): Promise<TextTail> {
  let size = start;
  let kept: string[] = [];
  let open = "";
  for await (const piece of pieces) {
    size += Buffer.byteLength(piece);
    const parts = (open + piece).split("\n");
    open = parts.pop() ?? "";
    for (const part of parts) kept.push(part);
    // cut now and then, not at each line: shifting an array costs its length
    if (kept.length > 4 * lines + 1_000) kept = kept.slice(-lines);
  }
  const ended = kept.map((line) => `${line}\n`);
  if (open !== "") ended.push(open);
  return { text: ended.slice(-lines).join(""), sizeBytes: size };
}
