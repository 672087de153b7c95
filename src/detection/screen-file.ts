import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { characterWidth } from "../domain/character-width.ts";
import { AgentpoolError } from "../domain/errors.ts";
import type { Screen } from "../provider/read-screen.ts";
import { looksRecorded, parseRecording } from "./recording.ts";
import { Terminal } from "./terminal.ts";

/** A screen that somebody saved, and what the file itself says of it. */
export interface SavedScreen {
  readonly screen: Screen;
  /** Version of the agent CLI, where the file says it. */
  readonly version: string | null;
}

export interface Size {
  readonly cols: number | null;
  readonly rows: number | null;
}

const maxScreenBytes = 1 << 20;
const maxRecordingBytes = 32 << 20;
const maxCols = 1_000;

const howToSave = "tmux capture-pane -p -e -t PANE > screen.txt";

/** A screen or a recording, from a file or what is open as standard input. @throws invalid_input */
export function readCapture(from: string | 0): Buffer {
  try {
    if (from === 0) return readOpen(from);
    // a pipe that nobody writes into would keep us at its door for ever
    const fd = openSync(from, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes = readOpen(fd);
      if (bytes.length > 0 || !fstatSync(fd).isFIFO()) return bytes;
      throw new AgentpoolError("invalid_input", `--file: nobody writes into the pipe ${from}`, {
        hint: howToSave,
      });
    } finally {
      closeSync(fd);
    }
  } catch (thrown) {
    if (thrown instanceof AgentpoolError) throw thrown;
    const name = from === 0 ? "Standard input" : `--file: ${from}`;
    throw new AgentpoolError("invalid_input", `${name} cannot be read`, {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      hint: howToSave,
      cause: thrown,
    });
  }
}

/** Bounded while it is read: it may be a device without an end. */
function readOpen(fd: number): Buffer {
  const pieces: Buffer[] = [];
  for (let size = 0; ;) {
    const piece = Buffer.allocUnsafe(256 * 1024);
    const length = readSome(fd, piece);
    if (length === 0) return Buffer.concat(pieces);
    size += length;
    if (size > maxRecordingBytes) throw tooLarge("It", size);
    pieces.push(piece.subarray(0, length));
  }
}

function readSome(fd: number, piece: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, piece);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw thrown;
      // somebody who shares the pipe made it non-blocking
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** The text of a file that may be packed. @throws invalid_input for what is none */
export function captureText(bytes: Buffer, name: string): string {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? unpack(bytes, name) : bytes;
  if (plain.includes(0)) {
    throw new AgentpoolError("invalid_input", `${name} is no text`, {
      why: "It holds zero bytes; a saved screen is UTF-8 text, with or without colours.",
      hint: howToSave,
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(plain);
  } catch {
    throw new AgentpoolError("invalid_input", `${name} is no UTF-8 text`, {
      why: "A saved screen is UTF-8 text, with or without colours.",
      hint: howToSave,
    });
  }
}

/**
 * The screen in a text: rows from the top, plain or with SGR colours, as `tmux capture-pane` prints
 * them; what a program wrote to its pane, which is drawn at the size given; or a recording, which is
 * played to its end.
 * @throws invalid_input
 */
export function readSavedScreen(text: string, name: string, size: Size): SavedScreen {
  if (text.trim() === "") {
    throw new AgentpoolError("invalid_input", `${name} is empty`, {
      why: "There is no screen in it.",
      hint: howToSave,
    });
  }
  if (looksRecorded(text)) return lastOf(text, name);
  if (text.length > maxScreenBytes) throw tooLarge(name, text.length);
  // oxlint-disable-next-line no-control-regex
  if (/\u001b(?:\[[\d;?]*[A-Za-ln-z]|[78DEMc])/.test(text)) return drawn(text, name, size);

  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const head = /^[\w.-]+ (\d\S*), (\d+)x(\d+), \d{4}-\d\d-\d\d(?:, title: (.*))?$/.exec(
    lines[0] ?? "",
  );
  const rows = head ? lines.slice(1) : lines;
  checkSize(rows, name, {
    cols: size.cols ?? (head ? Number(head[2]) : null),
    rows: size.rows,
  });
  return {
    screen: { lines: rows, title: head?.[4] ?? "" },
    version: head?.[1] ?? null,
  };
}

function lastOf(text: string, name: string): SavedScreen {
  const { cols, rows, version, events } = parseRecording(text, name);
  const terminal = new Terminal({ cols, rows });
  for (const event of events) {
    if (event.kind === "output") terminal.write(event.text);
    if (event.kind === "resize") terminal.resize(event.cols, event.rows);
  }
  return { screen: terminal.screen, version };
}

function drawn(text: string, name: string, { cols, rows }: Size): SavedScreen {
  if (cols === null || rows === null) {
    throw new AgentpoolError("invalid_input", `${name} is what a program wrote, and no screen`, {
      why: "It moves the cursor; how it looks depends on the size of the terminal.",
      hint: "Say --cols and --rows of the pane it was written to, or save the screen: " + howToSave,
    });
  }
  const terminal = new Terminal({ cols, rows });
  terminal.write(text);
  return { screen: terminal.screen, version: null };
}

function checkSize(lines: readonly string[], name: string, { cols, rows }: Size): void {
  const widest = Math.max(...lines.map(columnsOf));
  const limit = cols ?? maxCols;
  if (widest > limit) {
    throw new AgentpoolError("invalid_input", `${name} has a line of ${widest} columns`, {
      why: `A screen of ${limit} columns cannot hold it.`,
      hint: cols === null ? howToSave : "Say the --cols the screen was saved with.",
    });
  }
  if (rows !== null && lines.length > rows) {
    throw new AgentpoolError("invalid_input", `${name} has ${lines.length} lines`, {
      why: `A screen of ${rows} rows cannot hold them.`,
      hint: "Say the --rows the screen was saved with.",
    });
  }
}

function columnsOf(line: string): number {
  let columns = 0;
  // oxlint-disable-next-line no-control-regex
  for (const character of line.replaceAll(/\u001b\[[\d;:]*m|[\u000e\u000f]/g, "")) {
    columns += characterWidth(character);
  }
  return columns;
}

function unpack(bytes: Buffer, name: string): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxRecordingBytes });
  } catch (thrown) {
    throw new AgentpoolError("invalid_input", `${name} cannot be unpacked`, {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      hint: "Give the file as it was made, or unpacked.",
      cause: thrown,
    });
  }
}

function tooLarge(name: string, bytes: number): AgentpoolError {
  return new AgentpoolError("invalid_input", `${name} has ${bytes} bytes, too many for a screen`, {
    why: `A screen has at most ${maxScreenBytes} bytes, a recording ${maxRecordingBytes}.`,
    hint: howToSave,
  });
}
