import type { Figure, Goal } from "../goal.ts";
import { compareStarts } from "../measure/starts.ts";
import type { Bench } from "../stage/bench.ts";
import { plainEnvironment } from "../stage/environment.ts";

const most = 1.15;

export const goal: Goal = {
  id: "G13",
  title: "cold start of `agentpool --help` and `--version`",
  limit: "node -e 0, processor time",
  moonshot: "<= 1.15 x",
  needs: ["python3"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const flags = ["--help", "--version"];
  const env = plainEnvironment({ AGENTPOOL_HOME: bench.newFolder() });
  const commands = flags.map((flag) => ({ argv: [bench.node, bench.product.command, flag], env }));
  const costs = await compareStarts(bench, commands, bench.count(41, 11));
  return costs.map(({ cpu, wall }, i): Figure => ({
    what: flags[i] ?? "",
    unit: "ms",
    headline: "p50",
    ...cpu,
    target: { text: `<= ${most} x limit`, met: cpu.ratio !== null && cpu.ratio <= most },
    note: `by the clock on the wall: ratio ${wall.ratio?.toFixed(2)} x`,
  }));
}
