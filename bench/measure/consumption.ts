import type { OurProcesses } from "../stage/home.ts";
import { sinceMs, stampNs } from "./clock.ts";
import { cpuMs } from "./processes.ts";

/** Processor time per time, in percent of one core, of each part of ours. */
export interface Consumption {
  readonly supervisor: number;
  readonly tmux: number;
  readonly writers: number;
  readonly all: number;
}

/** What these processes use while the work runs. */
export async function consumption(
  processes: OurProcesses,
  work: () => Promise<unknown>,
): Promise<Consumption> {
  const parts = [processes.supervisor, processes.tmux, processes.writers] as const;
  const before = parts.map((pids) => cpuMs(pids));
  const startedAt = stampNs();
  await work();
  const tookMs = sinceMs(startedAt);
  const [supervisor = 0, tmux = 0, writers = 0] = parts.map(
    (pids, i) => ((cpuMs(pids) - (before[i] ?? 0)) / tookMs) * 100,
  );
  return { supervisor, tmux, writers, all: supervisor + tmux + writers };
}

/** The same for processes that have no parts. */
export async function usage(
  pids: readonly number[],
  work: () => Promise<unknown>,
): Promise<number> {
  const used = await consumption({ supervisor: pids, tmux: [], writers: [] }, work);
  return used.all;
}
