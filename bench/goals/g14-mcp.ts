import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Figure, Goal } from "../goal.ts";
import { pause, sinceMs, stampNs } from "../measure/clock.ts";
import { residentKb } from "../measure/processes.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { plainEnvironment } from "../stage/environment.ts";

export const goal: Goal = {
  id: "G14",
  title: "MCP: spawn to the answers of initialize and tools/list",
  limit: "node -e 0 by the clock on the wall; for the memory, a Node that only waits for input",
  moonshot: "<= 2 x node -e 0; tools/list round trip <= 0.3 ms; RSS <= 1.25 x of bare Node",
  needs: ["proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const rounds = bench.count(31, 7);
  const start: number[] = [];
  const bareStart: number[] = [];
  const trips: number[] = [];
  const memory: number[] = [];
  const bareMemory: number[] = [];
  const env = plainEnvironment({ AGENTPOOL_HOME: bench.newFolder() });
  for (let round = 0; round <= rounds; round++) {
    bench.say(`start ${round} of ${rounds}`);
    const bare = await bareNode(bench, env);
    const host = await openHost(bench, env);
    // the first pair fills the caches of the disk and of V8
    if (round === 0) continue;
    bareStart.push(bare.startMs);
    bareMemory.push(bare.memoryKb);
    start.push(host.startMs);
    trips.push(...host.tripsMs);
    memory.push(host.memoryKb);
  }
  const startRatio = pairedRatio(start, bareStart);
  const memoryRatio = pairedRatio(memory, bareMemory);
  const trip = summarise(trips);
  return [
    {
      what: "spawn to the list of tools",
      unit: "ms",
      headline: "p50",
      value: summarise(start),
      limit: summarise(bareStart),
      ratio: startRatio,
      target: { text: "<= 2 x limit", met: startRatio !== null && startRatio <= 2 },
    },
    {
      what: "a further tools/list, there and back",
      unit: "ms",
      headline: "p50",
      value: trip,
      limit: null,
      ratio: null,
      target: { text: "<= 0.3 ms", met: trip.p50 <= 0.3 },
    },
    {
      what: "resident memory after it",
      unit: "MB",
      headline: "p50",
      value: summarise(memory.map((kb) => kb / 1024)),
      limit: summarise(bareMemory.map((kb) => kb / 1024)),
      ratio: memoryRatio,
      target: { text: "<= 1.25 x limit", met: memoryRatio !== null && memoryRatio <= 1.25 },
    },
  ];
}

type Env = Readonly<Record<string, string>>;

async function bareNode(
  bench: Bench,
  env: Env,
): Promise<{ readonly startMs: number; readonly memoryKb: number }> {
  const at = stampNs();
  await ended(spawn(bench.node, ["-e", "0"], { env, stdio: "ignore" }));
  const startMs = sinceMs(at);
  const waiting = spawn(bench.node, ["-e", "process.stdin.on('data',()=>{});console.log(1)"], {
    env,
    stdio: ["pipe", "pipe", "ignore"],
  });
  await new Promise((resolve) => waiting.stdout.once("data", resolve));
  await pause(50);
  const memoryKb = residentKb([waiting.pid ?? 0]);
  waiting.stdin.end();
  await ended(waiting);
  return { startMs, memoryKb };
}

async function openHost(
  bench: Bench,
  env: Env,
): Promise<{
  readonly startMs: number;
  readonly tripsMs: readonly number[];
  readonly memoryKb: number;
}> {
  const at = stampNs();
  const child = spawn(bench.node, [bench.product.command, "mcp"], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  let id = 0;
  const ask = (method: string, params: object = {}): Promise<unknown> => {
    const answer = new Promise((resolve) => lines.once("line", resolve));
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params })}\n`);
    return answer;
  };
  await ask("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  });
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
  const first = JSON.parse(String(await ask("tools/list"))) as {
    readonly result?: { readonly tools?: readonly unknown[] };
  };
  const startMs = sinceMs(at);
  if (!first.result?.tools?.length) throw new Error("no tools were listed");
  const tripsMs: number[] = [];
  for (let i = 0; i < 20; i++) {
    const askedAt = stampNs();
    await ask("tools/list");
    tripsMs.push(sinceMs(askedAt));
  }
  await pause(50);
  const memoryKb = residentKb([child.pid ?? 0]);
  child.stdin.end();
  await ended(child);
  return { startMs, tripsMs, memoryKb };
}

function ended(child: ChildProcess): Promise<unknown> {
  return child.exitCode === null
    ? new Promise((resolve) => child.once("exit", resolve))
    : Promise.resolve();
}
