import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figure, Goal } from "../goal.ts";
import { pause, until } from "../measure/clock.ts";
import { residentKb } from "../measure/processes.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { BareTmux } from "../stage/bare-tmux.ts";
import type { Bench } from "../stage/bench.ts";
import type { BenchHome } from "../stage/home.ts";
import { Receiver } from "../stage/receiver.ts";

const megabytes = 20;
/** A flood that takes longer is held up by somebody. */
const blockedAfterMs = 30_000;

export const goal: Goal = {
  id: "G19",
  title: `stalled consumer: an agent writes ${megabytes} MB at once while nobody reads`,
  limit: "the same flood in a bare tmux without any client",
  moonshot: "no agent blocked for any stalled client; server RSS <= 64 MB per stalled flood",
  needs: ["tmux", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const rounds = bench.count(5, 2);
  const tmux = await bench.openTmux();
  tmux.client.close();
  const home = await bench.openHome();
  const limit: Flood[] = [];
  const reading: Flood[] = [];
  const stalled: Flood[] = [];
  const subscriber: Flood[] = [];
  const supervisorMb: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bench.say(`round ${round + 1} of ${rounds}`);
    limit.push(await floodBare(bench, tmux));
    reading.push(await floodSession(bench, home));
    stalled.push(await floodSession(bench, home, { stop: home.supervisorPid }));
    const receiver = await Receiver.agentpool(bench, home);
    const before = residentKb([home.supervisorPid]);
    subscriber.push(await floodSession(bench, home, { stop: receiver.pid }));
    supervisorMb.push((residentKb([home.supervisorPid]) - before) / 1024);
    await receiver[Symbol.asyncDispose]();
  }
  const times = (floods: readonly Flood[]): number[] => floods.map(({ ms }) => ms);
  const bare = summarise(times(limit));
  const row = (what: string, floods: readonly Flood[]): Figure => ({
    what,
    unit: "ms",
    headline: "max",
    value: summarise(times(floods)),
    limit: bare,
    ratio: pairedRatio(times(floods), times(limit)),
    target: {
      text: "the agent is never held up",
      met: floods.every(({ ms }) => ms < blockedAfterMs),
    },
  });
  const memory = summarise(stalled.map(({ serverMb }) => serverMb));
  return [
    { ...row("everybody reads", reading) },
    { ...row("the supervisor is stopped (SIGSTOP)", stalled) },
    {
      what: "tmux server meanwhile, its most",
      unit: "MB",
      headline: "max",
      value: memory,
      limit: summarise(limit.map(({ serverMb }) => serverMb)),
      ratio: pairedRatio(
        stalled.map(({ serverMb }) => serverMb),
        limit.map(({ serverMb }) => serverMb),
      ),
      target: { text: "<= 64 MB", met: memory.max <= 64 },
    },
    {
      ...row("a subscriber of the supervisor is stopped", subscriber),
      note: `the supervisor grew by ${summarise(supervisorMb).p50.toFixed(1)} MB (median)`,
    },
  ];
}

interface Flood {
  /** How long the agent took to write it all. */
  readonly ms: number;
  readonly serverMb: number;
}

interface Signals {
  readonly go: string;
  readonly done: string;
}

function newSignals(bench: Bench): Signals {
  const folder = bench.newFolder();
  return { go: join(folder, "go"), done: join(folder, "done") };
}

async function floodBare(bench: Bench, tmux: BareTmux): Promise<Flood> {
  const signals = newSignals(bench);
  const program = [process.execPath, bench.program("flood.mjs"), signals.go, signals.done];
  const words = [...program, String(megabytes)].map((word) => `'${word}'`).join(" ");
  const pane = tmux.fork("new-window", "-d", "-P", "-F", "#{pane_id}", words);
  const flood = await run(signals, tmux.serverPid);
  tmux.fork("kill-pane", "-t", pane);
  return flood;
}

async function floodSession(
  bench: Bench,
  home: BenchHome,
  options: { readonly stop?: number } = {},
): Promise<Flood> {
  const { go, done } = newSignals(bench);
  const { id } = await home.spawn("flood", { given: { go, done, megabytes: String(megabytes) } });
  await pause(300);
  const server = home.tmuxServerPid;
  if (options.stop !== undefined) process.kill(options.stop, "SIGSTOP");
  try {
    return await run({ go, done }, server);
  } finally {
    if (options.stop !== undefined) process.kill(options.stop, "SIGCONT");
    await home.ask("session.terminate", { session_id: id });
  }
}

async function run({ go, done }: Signals, serverPid: number): Promise<Flood> {
  let most = residentKb([serverPid]);
  writeFileSync(go, "");
  await until(
    "the end of the flood",
    () => {
      most = Math.max(most, residentKb([serverPid]));
      return existsSync(done);
    },
    { timeoutMs: blockedAfterMs, everyMs: 20 },
  );
  return { ms: Number(readFileSync(done, "utf8")), serverMb: most / 1024 };
}
