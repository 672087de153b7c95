import { readFileSync, readdirSync } from "node:fs";

export interface ProcessFacts {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
}

/** All processes of the machine, from /proc. */
export function allProcesses(): ProcessFacts[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const text = read(`/proc/${name}/stat`);
      if (text === undefined) return [];
      const close = text.lastIndexOf(")");
      return [
        {
          pid: Number(name),
          parentPid: Number(text.slice(close + 2).split(" ")[1]),
          name: text.slice(text.indexOf("(") + 1, close),
        },
      ];
    });
}

/** Children, grandchildren and so on, without the processes named. */
export function descendants(of: readonly number[], all = allProcesses()): ProcessFacts[] {
  const inside = new Set(of);
  const found: ProcessFacts[] = [];
  for (let before = -1; before !== found.length;) {
    before = found.length;
    for (const one of all) {
      if (inside.has(one.pid) || !inside.has(one.parentPid)) continue;
      inside.add(one.pid);
      found.push(one);
    }
  }
  return found;
}

/** Processor time of all threads a process has now, in ms; exact, not in ticks of the clock. */
export function cpuMs(pids: Iterable<number>): number {
  let ns = 0;
  for (const pid of pids) {
    let threads: string[] = [];
    try {
      threads = readdirSync(`/proc/${pid}/task`);
    } catch {
      // it ended; what it used until then was counted before
    }
    for (const thread of threads) {
      ns += Number(read(`/proc/${pid}/task/${thread}/schedstat`)?.split(" ")[0] ?? 0);
    }
  }
  return ns / 1e6;
}

/** Resident memory in kB, shared pages counted in full. */
export function residentKb(pids: Iterable<number>): number {
  return sum(pids, (pid) => field(`/proc/${pid}/status`, "VmRSS"));
}

/** Resident memory in kB, where a page shared by n processes counts a n-th for each. */
export function proportionalKb(pids: Iterable<number>): number {
  return sum(pids, (pid) => field(`/proc/${pid}/smaps_rollup`, "Pss"));
}

/** How often the process woke up by itself or by others, since it began. */
export function wakeUps(pid: number): number {
  let count = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    count += field(`/proc/${pid}/task/${thread}/status`, "voluntary_ctxt_switches");
  }
  return count;
}

/** A zombie, which nobody has collected yet, is none. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/\) [ZX] /.test(read(`/proc/${pid}/stat`) ?? "");
}

function sum(pids: Iterable<number>, of: (pid: number) => number): number {
  let total = 0;
  for (const pid of pids) total += of(pid);
  return total;
}

function field(file: string, name: string): number {
  const line = read(file)?.match(new RegExp(`^${name}:\\s+(\\d+)`, "m"));
  return Number(line?.[1] ?? 0);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
