import type { Figure, Goal } from "../goal.ts";
import { pause } from "../measure/clock.ts";
import { proportionalKb, residentKb } from "../measure/processes.ts";
import { summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import type { BenchHome, OurProcesses } from "../stage/home.ts";

export const goal: Goal = {
  id: "G7",
  title: "memory of idle sessions",
  limit: "what each idle pane adds to a bare tmux with one control client",
  moonshot: "<= 300 kB per session in our processes, one control client per shard",
  needs: ["tmux", "proc"],
  measure,
};

interface Reading {
  readonly supervisor: number;
  readonly tmux: number;
  readonly writers: number;
}

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const count = bench.count(200, 40);
  const tmux = await bench.openTmux();
  const home = await bench.openHome();
  // what is loaded with the first session counts for none
  const first = await home.spawn("idle");
  await home.ask("session.terminate", { session_id: first.id });
  const [bareBefore, before] = [residentKb([tmux.serverPid]), await read(home)];
  for (let i = 0; i < count; i++) {
    await tmux.openPane(["/bin/sh", bench.program("still.sh"), "idle"]);
  }
  await home.spawnMany("idle", count);
  await home.settled("idle", count);
  const after = await read(home);
  const bare = (residentKb([tmux.serverPid]) - bareBefore) / count;
  const each = (part: keyof Reading): number => (after[part] - before[part]) / count;
  const ours = each("supervisor") + each("tmux") + each("writers");
  const limit = summarise([bare]);
  return [
    {
      what: `per session, of ${count}: all of ours`,
      unit: "kB",
      headline: "p50",
      value: summarise([ours]),
      limit,
      ratio: ours / bare,
      target: { text: "<= 300 kB", met: ours <= 300 },
      note: `supervisor ${each("supervisor").toFixed(0)} kB, tmux and its clients ${each("tmux").toFixed(0)} kB (both resident), log writers ${each("writers").toFixed(0)} kB (proportional: their code is shared)`,
    },
    {
      what: `${count} sessions, in all`,
      unit: "MB",
      headline: "p50",
      value: summarise([(after.supervisor + after.tmux + after.writers) / 1024]),
      limit: null,
      ratio: null,
      note: `with none: ${((before.supervisor + before.tmux + before.writers) / 1024).toFixed(0)} MB`,
    },
  ];
}

/** Collected garbage comes and goes: the least of several looks is what is needed. */
async function read(home: BenchHome): Promise<Reading> {
  const processes: OurProcesses = home.processes();
  const looks: Reading[] = [];
  for (let look = 0; look < 8; look++) {
    await pause(500);
    looks.push({
      supervisor: residentKb(processes.supervisor),
      tmux: residentKb(processes.tmux),
      writers: proportionalKb(processes.writers),
    });
  }
  const least = (part: keyof Reading): number => Math.min(...looks.map((one) => one[part]));
  return { supervisor: least("supervisor"), tmux: least("tmux"), writers: least("writers") };
}
