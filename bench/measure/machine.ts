import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type as system } from "node:os";
import type { Need } from "../goal.ts";
import { pause } from "./clock.ts";

/** What a figure must be read together with. */
export interface MachineFacts {
  readonly at: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryMb: number;
  readonly system: string;
  readonly node: string;
  readonly tmux: string;
  readonly load: number;
  /** Cores that others kept busy while nothing of ours ran. */
  readonly busyCores: number;
}

/** A machine on which more than this part of a core is used by others spoils every figure. */
export const quietCores = 0.1;

export async function machineFacts(): Promise<MachineFacts> {
  return {
    at: new Date().toISOString(),
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    system: `${system()} ${release()}`,
    node: process.version,
    tmux: versionOf("tmux", "-V").replace("tmux ", ""),
    load: loadavg()[0] ?? 0,
    busyCores: await busyCores(2_000),
  };
}

/** How many cores are at work while this process waits. */
export async function busyCores(overMs: number): Promise<number> {
  const before = ticks();
  await pause(overMs);
  const after = ticks();
  const total = after.total - before.total;
  return total === 0 ? 0 : ((after.busy - before.busy) / total) * cpus().length;
}

/** Why something that goals need is missing; undefined when it is there. */
export function whyMissing(need: Need): string | undefined {
  switch (need) {
    case "proc":
      return existsSync("/proc/self/schedstat") ? undefined : "needs /proc of Linux";
    case "tmux":
      return versionOf("tmux", "-V") === "" ? "tmux is not installed" : undefined;
    case "git":
      return versionOf("git", "--version") === "" ? "git is not installed" : undefined;
    case "python3":
      return spawnSync("python3", ["-c", "import pty, resource"]).status === 0
        ? undefined
        : "python3 is not installed";
  }
}

function versionOf(program: string, flag: string): string {
  const { status, stdout } = spawnSync(program, [flag], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

function ticks(): { readonly busy: number; readonly total: number } {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const { user, nice, sys, irq, idle } = times;
    busy += user + nice + sys + irq;
    total += user + nice + sys + irq + idle;
  }
  return { busy, total };
}
