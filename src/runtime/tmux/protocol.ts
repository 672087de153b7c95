/**
 * The wire of tmux's control mode (man tmux, CONTROL MODE), read incrementally and without any
 * side effect. Bytes may be cut anywhere. A reply is a block of lines between `%begin` and `%end`
 * or `%error` with the same numbers; everything else that begins with `%` is a notification, and
 * only outside blocks: pane text inside a block may look like anything.
 */
export type ControlEvent =
  | { readonly kind: "block"; readonly ok: boolean; readonly lines: readonly string[] }
  /** What a pane wrote; may end in the middle of a character. */
  | { readonly kind: "output"; readonly pane: string; readonly bytes: Buffer }
  /** tmux stopped sending the output of this pane, since we did not keep up. */
  | { readonly kind: "pause"; readonly pane: string }
  /** A window left one of the sessions; it may still be in others. */
  | { readonly kind: "window_left"; readonly window: string }
  /** The client now shows this session; before that it can do little. */
  | { readonly kind: "attached"; readonly session: string }
  /** A client, perhaps a person's, left. */
  | { readonly kind: "client_left"; readonly client: string }
  | { readonly kind: "exit"; readonly reason: string }
  | { readonly kind: "other"; readonly line: string };

export interface ProtocolParser {
  /** Takes the next bytes and returns what became complete with them, in order. */
  push(chunk: Uint8Array): readonly ControlEvent[];
}

const newline = 0x0a;
const backslash = 0x5c;

export function createProtocolParser(): ProtocolParser {
  let partial: Buffer[] = [];
  let block: { readonly id: string; readonly lines: string[] } | undefined;

  const takeLine = (line: Buffer): ControlEvent | undefined => {
    if (block) {
      const text = line.toString("utf8");
      const ok = text === `%end ${block.id}`;
      if (ok || text === `%error ${block.id}`) {
        const event: ControlEvent = { kind: "block", ok, lines: block.lines };
        block = undefined;
        return event;
      }
      block.lines.push(text);
      return undefined;
    }
    if (line.subarray(0, 7).toString("latin1") === "%begin ") {
      block = { id: line.toString("latin1", 7), lines: [] };
      return undefined;
    }
    return readNotification(line);
  };

  return {
    push(chunk) {
      const events: ControlEvent[] = [];
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let start = 0;
      for (;;) {
        const end = bytes.indexOf(newline, start);
        if (end < 0) break;
        const piece = bytes.subarray(start, end);
        const line = partial.length === 0 ? piece : Buffer.concat([...partial, piece]);
        partial = [];
        start = end + 1;
        const event = takeLine(line);
        if (event) events.push(event);
      }
      // the chunk belongs to the caller, who may use its memory again
      if (start < bytes.length) partial.push(Buffer.from(bytes.subarray(start)));
      return events;
    },
  };
}

function readNotification(line: Buffer): ControlEvent {
  const nameEnd = indexOrEnd(line, 0x20, 0);
  const rest = nameEnd + 1;
  switch (line.toString("latin1", 0, nameEnd)) {
    case "%output": {
      const paneEnd = indexOrEnd(line, 0x20, rest);
      const pane = line.toString("latin1", rest, paneEnd);
      return { kind: "output", pane, bytes: unescapeOctal(line.subarray(paneEnd + 1)) };
    }
    case "%extended-output": {
      // %extended-output <pane> <age> ... : <value>, where later versions may add more before `:`
      const paneEnd = indexOrEnd(line, 0x20, rest);
      const pane = line.toString("latin1", rest, paneEnd);
      const value = line.indexOf(" : ", paneEnd);
      const from = value < 0 ? line.length : value + 3;
      return { kind: "output", pane, bytes: unescapeOctal(line.subarray(from)) };
    }
    case "%pause":
      return { kind: "pause", pane: line.toString("latin1", rest) };
    case "%window-close":
    case "%unlinked-window-close":
      return { kind: "window_left", window: line.toString("latin1", rest) };
    case "%session-changed":
      return { kind: "attached", session: line.toString("utf8", rest) };
    case "%client-detached":
      return { kind: "client_left", client: line.toString("utf8", rest) };
    case "%exit":
      return { kind: "exit", reason: line.toString("utf8", rest) };
    default:
      return { kind: "other", line: line.toString("utf8") };
  }
}

/** tmux writes bytes below a blank, and the backslash, as a backslash and three octal digits. */
function unescapeOctal(escaped: Buffer): Buffer {
  let next = escaped.indexOf(backslash);
  if (next < 0) return Buffer.from(escaped);
  const out = Buffer.allocUnsafe(escaped.length);
  let from = 0;
  let length = 0;
  while (next >= 0) {
    length += escaped.copy(out, length, from, next);
    const value = octalAt(escaped, next + 1);
    if (value === undefined) {
      out[length++] = backslash;
      from = next + 1;
    } else {
      out[length++] = value;
      from = next + 4;
    }
    next = escaped.indexOf(backslash, from);
  }
  length += escaped.copy(out, length, from);
  return out.subarray(0, length);
}

function octalAt(bytes: Buffer, at: number): number | undefined {
  let value = 0;
  for (let i = at; i < at + 3; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value <= 0xff ? value : undefined;
}

function indexOrEnd(line: Buffer, byte: number, from: number): number {
  const at = line.indexOf(byte, from);
  return at < 0 ? line.length : at;
}
