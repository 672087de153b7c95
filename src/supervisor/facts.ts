import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Who holds the role; beside the lock, since a locked file cannot be read. */
export interface HolderFacts {
  readonly pid: number;
  /** The process's start as the system tells it; a later process of the same pid differs. */
  readonly start_token: string;
  readonly version: string;
  readonly epoch: number;
  readonly started_at: string;
  readonly inline: boolean;
}

export function writeHolder(file: string, facts: HolderFacts): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.${facts.pid}`, `${JSON.stringify(facts)}\n`, { mode: 0o600 });
  renameSync(`${file}.${facts.pid}`, file);
}

export function readHolder(file: string): HolderFacts | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as HolderFacts;
  } catch {
    return undefined;
  }
}

/** Removes the facts, unless a successor has written its own. */
export function removeHolder(file: string, pid: number): void {
  if (readHolder(file)?.pid === pid) rmSync(file, { force: true });
}
