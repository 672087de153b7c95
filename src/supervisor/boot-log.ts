import { mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AgentpoolError, type ErrorBody } from "../domain/errors.ts";
import type { Home } from "../platform/home.ts";
import { unwritableHome } from "../platform/unwritable-home.ts";

const maxBytes = 64 * 1024;
/** More than fits into what is left of a file's last block. */
const probeBytes = 8 * 1024;

/**
 * Opens what a supervisor writes before, and besides, its own log: several processes may start one
 * at once and append to it.
 * @throws store_read_only, disk_full, store_failed when the home cannot be written
 */
export function openBootLog(home: Home): number {
  try {
    for (const folder of [home.root, dirname(home.bootLog)]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    return openSync(home.bootLog, sizeOf(home.bootLog) > maxBytes ? "w" : "a", 0o600);
  } catch (thrown) {
    throw unwritableHome(home.root, thrown);
  }
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** One line that tells whoever started this process why it could not take the role. */
export function failureLine(error: AgentpoolError): string {
  return `${JSON.stringify({ pid: process.pid, error: error.toBody() })}\n`;
}

/** The error that the process of this pid told since, if it did. */
export function failureIn(
  home: Home,
  pid: number | undefined,
  from: number,
): AgentpoolError | undefined {
  for (const line of read(home, from).split("\n").toReversed()) {
    if (!line.startsWith('{"pid":')) continue;
    try {
      const told = JSON.parse(line) as { readonly pid: number; readonly error: ErrorBody };
      if (told.pid === pid) return AgentpoolError.fromBody(told.error);
    } catch {
      // a line cut off by a full disk
    }
  }
  return undefined;
}

/** Why nothing can be written in the home, if so; then a process that failed could not tell it. */
export function whyUnwritable(home: Home): AgentpoolError | undefined {
  const file = `${home.bootLog}.${process.pid}`;
  try {
    writeFileSync(file, " ".repeat(probeBytes), { mode: 0o600 });
    return undefined;
  } catch (thrown) {
    return unwritableHome(home.root, thrown);
  } finally {
    rmSync(file, { force: true });
  }
}

/** What else was written since: the line of a trace that names the error, else the last one. */
export function wordsIn(home: Home, from: number): string {
  const lines = read(home, from)
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith('{"pid":'));
  return (
    lines.find((line) => /^(\w*Error|FATAL ERROR)\b/.test(line)) ??
    lines.at(-1) ??
    ""
  ).trim();
}

function read(home: Home, from: number): string {
  try {
    const bytes = readFileSync(home.bootLog);
    // somebody else began it anew meanwhile
    return bytes.subarray(bytes.length < from ? 0 : from).toString("utf8");
  } catch {
    return "";
  }
}
