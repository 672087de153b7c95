import { closeSync, fstatSync, openSync, readSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { pause } from "../platform/clock.ts";
import type { Home } from "../platform/home.ts";
import { maskSecrets } from "../platform/redact.ts";
import { createLocalMachine } from "../runtime/local/machine.ts";
import { readLaunch, secretsOf } from "../session/launch-record.ts";
import type { RecordedEvent, Recording } from "./recording.ts";
import { Terminal } from "./terminal.ts";

export interface CaptureRequest {
  readonly home: Home;
  readonly sessionId: string;
  readonly provider: string;
  readonly version: string | null;
  readonly seconds: number;
  /** Ends it sooner; what there is by then is given. */
  readonly signal: AbortSignal;
}

/** Size of every session's pane. */
const size = { cols: 200, rows: 50 };
const everyMs = 25;
const pieceBytes = 256 * 1024;

/**
 * Follows the terminal log of a session and gives it as a recording, secrets masked. It begins with
 * what the pane shows.
 */
export async function capturePane(request: CaptureRequest): Promise<Recording> {
  const { home, sessionId, provider, version, seconds, signal } = request;
  const folder = home.session(sessionId);
  const launch = await readLaunch(createLocalMachine(), folder);
  const log = new GrowingLog(folder.terminal);
  const terminal = new Terminal(size);
  const decoder = new StringDecoder("utf8");
  for (let piece = log.next(); piece.length > 0; piece = log.next()) {
    terminal.write(decoder.write(piece));
  }
  const startedAt = Date.now();
  const events: RecordedEvent[] = [{ atMs: 0, kind: "output", text: redrawn(terminal) }];
  while (Date.now() - startedAt < seconds * 1000 && !signal.aborted) {
    for (let piece = log.next(); piece.length > 0; piece = log.next()) {
      const text = decoder.write(piece);
      events.push({ atMs: Date.now() - startedAt, kind: "output", text });
    }
    await pause(everyMs, { keepAlive: true });
  }
  return {
    provider,
    version,
    ...size,
    date: new Date(startedAt).toISOString().slice(0, 10),
    scenario: null,
    events: masked(events, secretsOf(launch?.env ?? {})),
  };
}

/** What draws a terminal as it is now. */
function redrawn(terminal: Terminal): string {
  const { lines, title } = terminal.screen;
  const { x, y } = terminal.cursor;
  const name = title === "" ? "" : `\u001b]2;${title}\u0007`;
  return `\u001b[2J\u001b[H${name}${lines.join("\r\n")}\u001b[${y + 1};${x + 1}H`;
}

/** A secret may stand in several pieces; masking keeps every length, so that they are cut as before. */
function masked(events: readonly RecordedEvent[], known: readonly string[]): RecordedEvent[] {
  const texts = events.map((event) => (event.kind === "output" ? event.text : ""));
  const whole = maskSecrets(texts.join(""), known);
  let at = 0;
  return events.map((event, index) => {
    if (event.kind !== "output") return event;
    const from = at;
    at += texts[index]?.length ?? 0;
    return { ...event, text: whole.slice(from, at) };
  });
}

/** The files `terminal.<n>.log` of a folder, one after the other, while they grow. */
class GrowingLog {
  readonly #folder: string;
  #n = 0;
  #offset = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What comes next; empty when nothing has come yet. */
  next(): Buffer {
    for (;;) {
      const piece = this.#n === 0 ? Buffer.alloc(0) : this.#read();
      if (piece.length > 0) return piece;
      const following = this.#numbers().find((n) => n > this.#n);
      if (following === undefined) return piece;
      this.#n = following;
      this.#offset = 0;
    }
  }

  #read(): Buffer {
    let fd: number;
    try {
      fd = openSync(join(this.#folder, `terminal.${this.#n}.log`), "r");
    } catch {
      // the oldest files are removed while a pane writes on
      return Buffer.alloc(0);
    }
    try {
      const left = Math.max(0, fstatSync(fd).size - this.#offset);
      const piece = Buffer.alloc(Math.min(pieceBytes, left));
      const length = readSync(fd, piece, 0, piece.length, this.#offset);
      this.#offset += length;
      return piece.subarray(0, length);
    } finally {
      closeSync(fd);
    }
  }

  #numbers(): number[] {
    try {
      return readdirSync(this.#folder)
        .flatMap((name) => /^terminal\.(\d+)\.log$/.exec(name)?.[1] ?? [])
        .map(Number)
        .toSorted((a, b) => a - b);
    } catch {
      return [];
    }
  }
}
