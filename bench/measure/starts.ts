import { spawn } from "node:child_process";
import type { Bench } from "../stage/bench.ts";
import { plainEnvironment } from "../stage/environment.ts";
import { pairedRatio, summarise, type Summary } from "./statistics.ts";

export interface Start {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What starts of one command cost, beside a bare start of Node taken in turns with them. */
export interface StartCost {
  readonly cpu: Cost;
  readonly wall: Cost;
}

export interface Cost {
  readonly value: Summary;
  readonly limit: Summary;
  readonly ratio: number | null;
}

interface Run {
  readonly which: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly status: number;
}

/** @throws {Error} when a command ends with another status than 0 */
export async function compareStarts(
  bench: Bench,
  commands: readonly Start[],
  rounds: number,
): Promise<StartCost[]> {
  const bare: Start = { argv: [bench.node, "-e", "0"], env: plainEnvironment() };
  const runs = await launch(bench, [bare, ...commands], rounds);
  const of = (which: number, what: "cpuMs" | "wallMs"): number[] =>
    runs.filter((run) => run.which === which).map((run) => run[what]);
  return commands.map((_, i) => {
    const cost = (what: "cpuMs" | "wallMs"): Cost => ({
      value: summarise(of(i + 1, what)),
      limit: summarise(of(0, what)),
      ratio: pairedRatio(of(i + 1, what), of(0, what)),
    });
    return { cpu: cost("cpuMs"), wall: cost("wallMs") };
  });
}

async function launch(bench: Bench, starts: readonly Start[], rounds: number): Promise<Run[]> {
  const child = spawn("python3", [bench.program("launch.py"), String(rounds + 1)], {
    env: plainEnvironment(),
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify(starts));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    bench.say(`${output.split("\n").length - 1} of ${(rounds + 1) * starts.length} starts`);
  });
  await new Promise((resolve) => child.on("close", resolve));
  const runs = output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Run);
  const failed = runs.find(({ status }) => status !== 0);
  if (failed)
    throw new Error(`${starts[failed.which]?.argv.join(" ")} ended with ${failed.status}`);
  // the first round fills the caches of the disk and of V8
  return runs.slice(starts.length);
}
