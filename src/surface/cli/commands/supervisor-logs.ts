import { closeSync, fstatSync, openSync, readSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { writeErr, writeOut } from "../io.ts";
import { printable } from "../printable.ts";
import type { Shell } from "../shell.ts";

interface Wanted {
  /** Lines from the end; 0 for none. */
  readonly lines: number;
  readonly follow: boolean;
}

/** One line of the log, as openLog of platform/log.ts writes it. */
interface LogLine {
  readonly at?: string;
  readonly level?: string;
  readonly message?: string;
  readonly [fact: string]: unknown;
}

/** Shows the end of the supervisor's log, which is there whether one runs or not. */
export async function supervisorLogs(shell: Shell, wanted: Wanted): Promise<number> {
  const file = shell.home.log;
  const show = (line: string): void =>
    writeOut(`${shell.json ? line : printable(format(shell, line), shell.style)}\n`);
  const whole = readFrom(file, 0);
  if (!whole && !wanted.follow) {
    writeErr(`No supervisor has run here yet: ${file} does not exist.\n`);
    return 0;
  }
  const lines = whole?.lines ?? [];
  for (const line of wanted.lines === 0 ? [] : lines.slice(-wanted.lines)) show(line);
  if (!wanted.follow) return 0;
  return follow(file, whole?.end ?? 0, show);
}

/** Shows what is added, told by the file system; goes on with the next file when the log rolls. */
function follow(file: string, from: number, show: (line: string) => void): Promise<number> {
  let end = from;
  const read = (): void => {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const added = readFrom(file, size < end ? 0 : end);
    if (!added) return;
    end = added.end;
    for (const line of added.lines) show(line);
  };
  return new Promise((_, reject) => {
    watch(dirname(file), read).on("error", reject);
    read();
  });
}

/** Whole lines from a byte on, and the byte after the last of them. */
function readFrom(
  file: string,
  start: number,
): { readonly lines: readonly string[]; readonly end: number } | undefined {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(fd).size - start));
    const length = readSync(fd, bytes, 0, bytes.length, start);
    const last = bytes.subarray(0, length).lastIndexOf("\n");
    if (last < 0) return { lines: [], end: start };
    return {
      lines: bytes.subarray(0, last).toString("utf8").split("\n"),
      end: start + last + 1,
    };
  } finally {
    closeSync(fd);
  }
}

function format({ style }: Shell, text: string): string {
  let line: LogLine;
  try {
    line = JSON.parse(text) as LogLine;
  } catch {
    return text;
  }
  const { at = "", level = "", message = "", ...facts } = line;
  const colour = { error: style.red, warn: style.yellow }[level] ?? style.dim;
  const told = Object.entries(facts).map(([name, value]) => {
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    return `${name}=${shown.includes("\n") ? `\n    ${shown.replaceAll("\n", "\n    ")}` : shown}`;
  });
  return [style.dim(at), colour(level.padEnd(5)), message, ...told].join("  ");
}
