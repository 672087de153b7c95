import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Figure, Goal } from "../goal.ts";
import { compareStarts } from "../measure/starts.ts";
import type { Bench } from "../stage/bench.ts";
import { plainEnvironment } from "../stage/environment.ts";
import { writeHistory } from "../stage/history.ts";
import { homeFrom } from "../../src/platform/home.ts";

const size = { sessions: 5_000, events: 100_000, snapshots: 2_000 } as const;
const mostMs = 150;

export const goal: Goal = {
  id: "G21",
  title: "`agentpool stats` over 5,000 sessions and 100,000 events",
  limit: "node -e 0",
  moonshot: "the whole process in under 150 ms",
  needs: ["python3", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const folder = bench.newFolder();
  const home = homeFrom({ AGENTPOOL_HOME: folder });
  mkdirSync(dirname(home.database), { recursive: true, mode: 0o700 });
  bench.say(`writing ${size.sessions} sessions`);
  await writeHistory(home.database, size, Date.now());

  const env = { ...plainEnvironment(), AGENTPOOL_HOME: folder };
  const argv = (...more: readonly string[]): readonly string[] => [
    bench.node,
    bench.product.command,
    "stats",
    "--json",
    ...more,
  ];
  const asked = [
    { what: "all of it", start: { argv: argv("--since", "all"), env }, decides: true },
    { what: "the last 7 days", start: { argv: argv(), env }, decides: false },
  ];
  const costs = await compareStarts(
    bench,
    asked.map(({ start }) => start),
    bench.count(31, 9),
  );
  return costs.map(({ wall, cpu }, at): Figure => {
    const { what = "", decides = false } = asked[at] ?? {};
    return {
      what,
      unit: "ms",
      headline: "p50",
      value: wall.value,
      limit: wall.limit,
      ratio: wall.ratio,
      ...(decides ? { target: { text: `p50 < ${mostMs} ms`, met: wall.value.p50 < mostMs } } : {}),
      note: `processor time: ${cpu.value.p50.toFixed(1)} ms, limit ${cpu.limit.p50.toFixed(1)} ms, ratio ${cpu.ratio?.toFixed(2)} x`,
    };
  });
}
