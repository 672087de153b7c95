import type { MarkedProcess, ProcessIdentity, ProcessMarker } from "../machine.ts";
import { allFromProc, carriersInProc, oneFromProc, valuesInProc } from "./proc-folder.ts";
import { allFromPs, carriersFromPs, oneFromPs, valuesFromPs } from "./process-status.ts";

/** How processes are told apart on this system. */
const isLinux = process.platform === "linux";

/** Undefined when there is none, or it is a zombie. */
export async function findProcess(pid: number): Promise<ProcessIdentity | undefined> {
  return isLinux ? oneFromProc(pid) : oneFromPs(pid);
}

/** Nearest first, up to and including the first process of the system. */
export async function ancestorsOf(pid: number): Promise<readonly ProcessIdentity[]> {
  const chain: ProcessIdentity[] = [];
  const seen = new Set<number>([pid]);
  let at = (await findProcess(pid))?.parentPid ?? 0;
  while (at > 0 && !seen.has(at)) {
    seen.add(at);
    const parent = await findProcess(at);
    if (!parent) break;
    chain.push(parent);
    at = parent.parentPid;
  }
  return chain;
}

/**
 * `root` with its descendants, parents before children, and then whoever carries the marker. The
 * asking process itself is never part of it, even where it inherited the marker.
 */
export async function processTree(
  root: ProcessIdentity | undefined,
  marker: ProcessMarker,
): Promise<readonly ProcessIdentity[]> {
  const all = await (isLinux ? allFromProc() : allFromPs());
  const children = new Map<number, ProcessIdentity[]>();
  for (const one of all) {
    const siblings = children.get(one.parentPid);
    if (siblings) siblings.push(one);
    else children.set(one.parentPid, [one]);
  }
  const tree = new Map<number, ProcessIdentity>();
  const add = (one: ProcessIdentity): void => {
    if (tree.has(one.pid) || one.pid === process.pid) return;
    tree.set(one.pid, one);
    for (const child of children.get(one.pid) ?? []) add(child);
  };
  const start = root && all.find((one) => isSame(one, root));
  if (start) add(start);
  const rest = all.filter((one) => !tree.has(one.pid));
  for (const one of await carriers(rest, marker)) add(one);
  return [...tree.values()];
}

/** Every process of this user that was started with this variable. */
export async function markedProcesses(name: string): Promise<readonly MarkedProcess[]> {
  const all = await (isLinux ? allFromProc() : allFromPs());
  const values = await (isLinux ? valuesInProc(all, name) : valuesFromPs(name));
  return all.flatMap((one) => {
    const value = values.get(one.pid);
    return value === undefined ? [] : [{ process: one, value }];
  });
}

/** False when the pid is gone or belongs to another process by now. */
export async function signalProcess(
  target: ProcessIdentity,
  signal: "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGCONT",
): Promise<boolean> {
  const present = await findProcess(target.pid);
  if (!present || !isSame(present, target)) return false;
  try {
    process.kill(target.pid, signal);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw thrown;
  }
}

function isSame(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startToken === b.startToken;
}

async function carriers(
  among: readonly ProcessIdentity[],
  marker: ProcessMarker,
): Promise<readonly ProcessIdentity[]> {
  if (isLinux) return carriersInProc(among, marker);
  const pids = await carriersFromPs(marker);
  return among.filter((one) => pids.has(one.pid));
}
