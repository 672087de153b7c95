import { closeSync, openSync, readFileSync, readSync, readdirSync } from "node:fs";
import type { ProcessIdentity, ProcessMarker } from "../machine.ts";

/** One process, from Linux's /proc; undefined when there is none, or it is a zombie. */
export function oneFromProc(pid: number): ProcessIdentity | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseProcStat(text, bootId());
}

/** Every process that is not a zombie. */
export async function allFromProc(): Promise<readonly ProcessIdentity[]> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const all = await inSlices(pids, (pid) => oneFromProc(Number(pid)));
  return all.filter((one) => one !== undefined);
}

/** Those that were started with this variable; processes of other users are not told of. */
export async function carriersInProc(
  among: readonly ProcessIdentity[],
  marker: ProcessMarker,
): Promise<readonly ProcessIdentity[]> {
  const since = marker.since == null ? 0 : ticksOf(marker.since);
  const young = among.filter(({ startToken }) => ticksOf(startToken) >= since);
  const carry = await inSlices(young, ({ pid }) => {
    const environment = readProc(`/proc/${pid}/environ`);
    return environment !== undefined && hasVariable(environment, marker);
  });
  return young.filter((_, i) => carry[i]);
}

/** What those that were started with this variable were given, by pid. */
export async function valuesInProc(
  among: readonly ProcessIdentity[],
  name: string,
): Promise<ReadonlyMap<number, string>> {
  const values = new Map<number, string>();
  await inSlices(among, ({ pid }) => {
    const environment = `\0${readProc(`/proc/${pid}/environ`) ?? ""}`;
    const at = environment.indexOf(`\0${name}=`);
    if (at < 0) return;
    const from = at + name.length + 2;
    const end = environment.indexOf("\0", from);
    values.set(pid, environment.slice(from, end < 0 ? undefined : end));
  });
  return values;
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

/** When it started, in ticks since the boot. A token of an earlier boot is older than everything. */
function ticksOf(startToken: string): number {
  const [ticks, boot] = startToken.split("@");
  return boot === bootId() ? Number(ticks) : 0;
}

const buffer = Buffer.allocUnsafe(64 * 1024);

/**
 * Reads at once: these files lie in memory, and the four trips through the thread pool that a
 * promised read takes cost twenty times what the read does.
 */
function readProc(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    // gone meanwhile, or another user's
    return undefined;
  }
  try {
    let text = "";
    for (;;) {
      const length = readSync(file, buffer, 0, buffer.length, null);
      if (length === 0) return text;
      text += buffer.toString("latin1", 0, length);
    }
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** Some tenths of a millisecond of reading. */
const slice = 32;

/** Machines have thousands of processes: others get their turn in between. */
async function inSlices<T, R>(items: readonly T[], of: (item: T) => R): Promise<R[]> {
  const results: R[] = [];
  for (const [i, item] of items.entries()) {
    if (i > 0 && i % slice === 0) await new Promise((resolve) => setImmediate(resolve));
    results.push(of(item));
  }
  return results;
}
