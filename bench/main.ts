import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readArguments, usage, type Asked } from "./arguments.ts";
import type { Goal } from "./goal.ts";
import { sinceMs, stampNs } from "./measure/clock.ts";
import { busyCores, machineFacts, quietCores, whyMissing } from "./measure/machine.ts";
import { writePage } from "./report/page.ts";
import { describe, type Report, type Result } from "./report/result.ts";
import { headerText, resultText, summaryText } from "./report/terminal.ts";
import { Bench } from "./stage/bench.ts";

const exits = { done: 0, failed: 1, usage: 2, busy: 6 } as const;

/** Measures what was asked for and reports it. Gives the exit status. */
export async function main(
  words: readonly string[],
  place: { readonly root: string; readonly goals: readonly string[] },
): Promise<number> {
  const goals = await loadGoals(place.goals);
  let asked: Asked;
  try {
    asked = readArguments(words);
    const unknown = asked.goals.find((id) => !goals.some((goal) => goal.id === id));
    if (unknown !== undefined) {
      const known = goals.map(({ id }) => id).join(" ");
      throw new TypeError(`there is no goal ${unknown}; there are ${known}`);
    }
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    process.stderr.write(`error: ${thrown.message}\n\n${usage}`);
    return exits.usage;
  }
  if (asked.help) {
    const list = goals.map(({ id, title }) => `  ${id.padEnd(5)} ${title}`).join("\n");
    process.stdout.write(`${usage}\n${list}\n`);
    return exits.done;
  }

  const machine = await machineFacts();
  process.stdout.write(`${headerText(machine, asked.quick)}\n\n`);
  if (machine.busyCores > quietCores) {
    const what = `others keep ${machine.busyCores.toFixed(2)} cores busy`;
    if (!asked.busy) {
      process.stderr.write(
        `error: ${what}; what would be measured is they\n` +
          "  try: wait until the machine is quiet, or add --busy for figures that are worth little\n",
      );
      return exits.busy;
    }
    process.stdout.write(`WARNING: ${what}; take ratios for a hint and nothing else for true\n\n`);
  }

  const chosen = goals.filter(({ id }) => asked.goals.length === 0 || asked.goals.includes(id));
  const bench = new Bench({
    root: place.root,
    quick: asked.quick,
    node: asked.node,
    say: (progress) => showProgress(progress),
  });
  const stopped = endOnSignal(bench);
  const results: Result[] = [];
  try {
    for (const goal of chosen) {
      const result = await measure(goal, bench);
      results.push(result);
      showProgress("");
      process.stdout.write(`${resultText(result)}\n`);
    }
  } finally {
    stopped();
    await bench.close();
  }

  const report: Report = { machine, version: bench.product.version, quick: asked.quick, results };
  process.stdout.write(summaryText(report));
  if (asked.json !== null) writeFileSync(asked.json, `${JSON.stringify(report, null, 2)}\n`);
  if (asked.write) {
    const order = goals.map(({ id }) => id);
    writePage(join(place.root, "docs", "benchmarks.md"), report, order);
  }
  return results.some(({ problem }) => problem !== null) ? exits.failed : exits.done;
}

async function measure(goal: Goal, bench: Bench): Promise<Result> {
  const missing = goal.needs.map(whyMissing).find((why) => why !== undefined);
  const busy = await busyCores(500);
  const startedAt = stampNs();
  const result = (figures: Result["figures"], problem: string | null): Result => ({
    ...describe(goal),
    figures,
    problem,
    seconds: sinceMs(startedAt) / 1_000,
    busyCores: busy,
  });
  if (missing !== undefined) return result([], missing);
  showProgress(goal.title);
  try {
    return result(await goal.measure(bench), null);
  } catch (thrown) {
    return result([], thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  } finally {
    await bench.sweep();
  }
}

/** Goals say what they are; the list is what lies in the folder, by their numbers. */
async function loadGoals(files: readonly string[]): Promise<Goal[]> {
  const goals = await Promise.all(
    files.map(async (file) => {
      const { goal } = (await import(pathToFileURL(file).href)) as { readonly goal: Goal };
      return goal;
    }),
  );
  const place = ({ id }: Goal): number => Number(/\d+/.exec(id)?.[0] ?? Infinity);
  return goals.sort((a, b) => place(a) - place(b));
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text === "" ? "" : `  ${text} ...`}`);
}

/** A run that is interrupted, or broken by a bug, leaves nothing behind either. */
function endOnSignal(bench: Bench): () => void {
  const interrupted = (): void => void bench.close().finally(() => process.exit(130));
  const broken = (thrown: unknown): void => {
    process.stderr.write(`${thrown instanceof Error ? thrown.stack : String(thrown)}\n`);
    void bench.close().finally(() => process.exit(exits.failed));
  };
  const listeners = [
    ["SIGINT", interrupted],
    ["SIGTERM", interrupted],
    ["uncaughtException", broken],
    ["unhandledRejection", broken],
  ] as const;
  for (const [event, listener] of listeners) process.on(event, listener);
  return () => {
    for (const [event, listener] of listeners) process.off(event, listener);
  };
}
