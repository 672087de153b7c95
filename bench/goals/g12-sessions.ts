import type { Figure, Goal } from "../goal.ts";
import { compareStarts, type StartCost } from "../measure/starts.ts";
import type { Bench } from "../stage/bench.ts";
import { until } from "../measure/clock.ts";
import { isAlive } from "../measure/processes.ts";

const ended = 50;
const living = 5;

export const goal: Goal = {
  id: "G12",
  title: "cold start of `agentpool sessions --json`",
  limit: "node -e 0, processor time",
  moonshot: "<= 1.6 x CPU on Node 20, <= 1.3 x on 24",
  needs: ["tmux", "python3", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const home = await bench.openHome();
  const argv = [bench.node, bench.product.command, "sessions", "--json"];
  const rounds = bench.count(31, 9);
  const most = bench.nodeMajor >= 24 ? 1.3 : 1.6;
  const figures: Figure[] = [];

  const some = await home.spawnMany("sleep", living);
  const [asked] = await compareStarts(bench, [{ argv, env: home.env }], rounds);
  if (asked) figures.push(row(`${living} live sessions, from the supervisor`, asked, most));

  for (const { id } of some) await home.ask("session.terminate", { session_id: id });
  for (const { id } of await home.spawnMany("sleep", ended - living)) {
    await home.ask("session.terminate", { session_id: id });
  }
  const pid = home.supervisorPid;
  await home.ask("supervisor.stop", {});
  await until("its end", () => !isAlive(pid));
  const [read] = await compareStarts(bench, [{ argv, env: home.env }], rounds);
  if (read) figures.unshift(row(`${ended} ended sessions, from the file`, read, most));
  return figures;
}

function row(what: string, { cpu, wall }: StartCost, most: number): Figure {
  return {
    what,
    unit: "ms",
    headline: "p50",
    value: cpu.value,
    limit: cpu.limit,
    ratio: cpu.ratio,
    target: { text: `<= ${most} x limit`, met: cpu.ratio !== null && cpu.ratio <= most },
    note: `by the clock on the wall: ${wall.value.p50.toFixed(1)} ms, limit ${wall.limit.p50.toFixed(1)} ms, ratio ${wall.ratio?.toFixed(2)} x`,
  };
}
