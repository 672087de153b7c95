import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Figure, Goal } from "../goal.ts";
import { compareStarts } from "../measure/starts.ts";
import type { Bench } from "../stage/bench.ts";
import { plainEnvironment } from "../stage/environment.ts";

const most = 2;
const programs = ["agent", "claude", "codex", "copilot", "devin", "droid", "opencode"];

export const goal: Goal = {
  id: "LIST",
  title: "cold start of `agentpool inventory` and `models`, no supervisor",
  limit: "node -e 0, processor time",
  moonshot: "<= 2 x, versions known",
  needs: ["python3"],
  measure,
};

/** Programs of every name stand on the PATH; what they cost when asked for a version is their own. */
async function measure(bench: Bench): Promise<readonly Figure[]> {
  const bin = join(bench.newFolder(), "bin");
  mkdirSync(bin);
  for (const name of programs) {
    writeFileSync(join(bin, name), "#!/bin/sh\necho 1.0.0\n", { mode: 0o755 });
  }
  const plain = plainEnvironment();
  const env = {
    ...plain,
    AGENTPOOL_HOME: bench.newFolder(),
    PATH: [bin, plain["PATH"]].join(delimiter),
  };
  const lines = [["inventory"], ["inventory", "--full"], ["models"]];
  const commands = lines.map((line) => ({
    argv: [bench.node, bench.product.command, ...line, "--json"],
    env,
  }));
  const costs = await compareStarts(bench, commands, bench.count(31, 9));
  return costs.map(({ cpu, wall }, i): Figure => ({
    what: lines[i]?.join(" ") ?? "",
    unit: "ms",
    headline: "p50",
    ...cpu,
    target: { text: `<= ${most} x limit`, met: cpu.ratio !== null && cpu.ratio <= most },
    note: `by the clock on the wall: ratio ${wall.ratio?.toFixed(2)} x`,
  }));
}
