import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import type { ProcessIdentity, ProcessMarker } from "../machine.ts";

/** One process, from Linux's /proc; undefined when there is none, or it is a zombie. */
export async function oneFromProc(pid: number): Promise<ProcessIdentity | undefined> {
  const text = await readProc(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseProcStat(text, bootId());
}

/** Every process that is not a zombie. */
export async function allFromProc(): Promise<readonly ProcessIdentity[]> {
  const names = await readdir("/proc");
  const pids = names.filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map((pid) => oneFromProc(Number(pid))));
  return all.filter((one) => one !== undefined);
}

/** Whether a process was started with this variable; false for processes of other users. */
export async function carriesInProc(pid: number, marker: ProcessMarker): Promise<boolean> {
  const environment = await readProc(`/proc/${pid}/environ`);
  return environment !== undefined && hasVariable(environment, marker);
}

/** `environment` is as the kernel gives it: `NAME=value` entries, each ended by a NUL. */
export function hasVariable(environment: string, marker: ProcessMarker): boolean {
  return `\0${environment}\0`.includes(`\0${marker.name}=${marker.value}\0`);
}

/**
 * Reads /proc/<pid>/stat (man 5 proc). The name stands in parentheses and may itself hold blanks
 * and parentheses; state, parent and start time (in ticks since boot) follow the last one.
 */
export function parseProcStat(text: string, boot: string): ProcessIdentity | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  const [state, parent] = fields;
  const ticks = fields[19];
  if (open < 0 || close < 0 || ticks === undefined || state === "Z" || state === "X") {
    return undefined;
  }
  return {
    pid: Number.parseInt(text, 10),
    parentPid: Number(parent),
    startToken: `${ticks}@${boot}`,
    name: text.slice(open + 1, close),
  };
}

let knownBootId: string | undefined;

/** Ticks begin anew with each boot, and so do pids; the boot tells such twins apart. */
function bootId(): string {
  if (knownBootId === undefined) {
    try {
      knownBootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
    } catch {
      // hidden in some containers
      knownBootId = "";
    }
  }
  return knownBootId;
}

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "latin1");
  } catch {
    // gone meanwhile, or another user's
    return undefined;
  }
}
