import { join } from "node:path/posix";
import { readPieces } from "../../platform/read-pieces.ts";
import { createRedactor } from "../../platform/redact.ts";
import type { Machine } from "../../runtime/machine.ts";
import { TerminalText } from "./terminal-text.ts";

export interface TerminalLogOptions {
  /** Size of the pane that wrote it; default 200 by 50. */
  readonly cols?: number;
  readonly rows?: number;
  /** Secret values that must not stand in the text. */
  readonly known?: readonly string[];
}

/** A piece of rendered text; `final` once it can no longer change. */
export interface RenderedPiece {
  readonly text: string;
  readonly final: boolean;
}

/** Small enough that rendering one takes the event loop for a few milliseconds. */
const pieceBytes = 32 * 1024;

const heading =
  "[source: terminal. The agent keeps no log of its own; this is rendered from what its pane showed.]\n\n";

/**
 * Renders a session's raw terminal log (`terminal.<n>.log` in `folder`) as redacted text. Final
 * pieces come first and only grow as the log grows; the last piece is what is on screen now and
 * may read otherwise next time. Nothing comes where there is no log.
 */
export async function* renderTerminalLog(
  machine: Machine,
  folder: string,
  options: TerminalLogOptions = {},
): AsyncGenerator<RenderedPiece, void, undefined> {
  const files = await logFiles(machine, folder);
  const [oldest] = files;
  if (!oldest) return;
  const text = new TerminalText({ cols: options.cols ?? 200, rows: options.rows ?? 50 });
  const redactor = createRedactor(options.known);
  yield { text: heading, final: true };
  if (oldest.n > 1) yield { text: "[earlier output is no longer kept]\n\n", final: true };
  for (const { name } of files) {
    for await (const bytes of readPieces(machine, join(folder, name), pieceBytes)) {
      const shown = redactor.push(text.write(bytes));
      if (shown !== "") yield { text: shown, final: true };
    }
  }
  const rest = redactor.push(text.rest()) + redactor.end();
  if (rest !== "") yield { text: rest, final: false };
}

async function logFiles(
  machine: Machine,
  folder: string,
): Promise<{ readonly name: string; readonly n: number }[]> {
  const found = await machine.list(folder);
  return found
    .map(({ name, kind }) => {
      const n = kind === "file" ? /^terminal\.(\d+)\.log$/.exec(name)?.[1] : undefined;
      return n === undefined ? undefined : { name, n: Number(n) };
    })
    .filter((file) => file !== undefined)
    .sort((a, b) => a.n - b.n);
}
