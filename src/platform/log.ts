import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { redact } from "./redact.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes what the supervisor did, one JSON line each, for people who look for a reason. */
export interface Log {
  (level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>): void;
}

const maxBytes = 8 * 1024 * 1024;
const order: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * A log file, 0600, redacted, kept below twice 8 MiB by keeping one older file. Writing never
 * throws: a full disk must not end the supervisor.
 */
export function openLog(file: string, level: LogLevel, now: () => number): Log {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let size = sizeOf(file);
  return (at, message, facts) => {
    if (order.indexOf(at) < order.indexOf(level)) return;
    const line = redact(
      `${JSON.stringify({ at: new Date(now()).toISOString(), level: at, message, ...facts })}\n`,
    );
    try {
      if (size > maxBytes) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, line, { mode: 0o600 });
      size += Buffer.byteLength(line);
    } catch {
      // nowhere to tell it
    }
  };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
