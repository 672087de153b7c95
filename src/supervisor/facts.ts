import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isNewer } from "../domain/version.ts";

/** Who holds the role; beside the lock, since a locked file cannot be read. */
export interface HolderFacts {
  readonly pid: number;
  /** The process's start as the system tells it; a later process of the same pid differs. */
  readonly start_token: string;
  readonly version: string;
  readonly epoch: number;
  readonly started_at: string;
  readonly inline: boolean;
  /** The file of settings it reads; absent from versions that had none. */
  readonly config?: string;
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

/** How long older versions stay away after a handover; the newer one needs a second at most. */
const stayAwayMs = 10_000;

/**
 * Keeps older versions from taking the role back in the moment between the leaving of one of them
 * and the start of the newer one: their clients, who were cut off over it, start one too.
 */
export function writeHandover(file: string, toVersion: string, now: number): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const note = { version: toVersion, until: new Date(now + stayAwayMs).toISOString() };
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(note)}\n`, { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}

/** The role was taken by the version it was handed to, or a newer one: nobody has to stay away now. */
export function removeHandover(file: string, ownVersion: string): void {
  const note = readNote(file);
  if (note && !isNewer(note.version, ownVersion)) rmSync(file, { force: true });
}

/** Whether the role is meant for a newer version at this moment. */
export function isHandedTo(file: string, ownVersion: string, now: number): boolean {
  const note = readNote(file);
  const left = Date.parse(note?.until ?? "") - now;
  return note !== undefined && left > 0 && left <= stayAwayMs && isNewer(note.version, ownVersion);
}

function readNote(file: string): { readonly version: string; readonly until: string } | undefined {
  try {
    const note = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown> | null;
    const { version, until } = note ?? {};
    return typeof version === "string" && typeof until === "string"
      ? { version, until }
      : undefined;
  } catch {
    return undefined;
  }
}
