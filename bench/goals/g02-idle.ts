import { mkdirSync, renameSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { screen } from "../../providers/fake/screen.ts";
import type { Figure, Goal } from "../goal.ts";
import { pause, sinceMs, stampNs } from "../measure/clock.ts";
import { wakeUps } from "../measure/processes.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { EventFeed } from "../stage/events.ts";
import type { BenchHome } from "../stage/home.ts";
import { Reports } from "../stage/reports.ts";

/** How long the screen of this provider must be still before it counts as idle. */
const quietMs = screen.settleMs + screen.idleHoldMs;

export const goal: Goal = {
  id: "G2",
  title: "idle detection: the last output, or the agent's own word, to the event",
  limit: "the quiet time T chosen by the provider; for a hook, a bare watch of its folder",
  moonshot: "<= T + 10 ms p99, 0 polls while idle",
  needs: ["tmux", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const home = await bench.openHome();
  return [await fromScreen(bench, home), await fromHook(bench, home), await whileIdle(bench, home)];
}

/** An agent that has no channel of its own; several at once, since each turn takes two seconds. */
async function fromScreen(bench: Bench, home: BenchHome): Promise<Figure> {
  const agents = bench.count(4, 2);
  const rounds = bench.count(15, 4);
  await using reports = new Reports<{ readonly session: string; readonly at: number }>(bench);
  using feed = await EventFeed.open(home);
  const sessions = await home.spawnMany("turns", agents, {
    provider: "bench-screen",
    given: { socket: reports.socket, rounds: String(rounds) },
  });
  bench.say(`${rounds} turns of ${agents} agents`);
  while (reports.all.length < agents * rounds) await pause(100);
  await pause(quietMs + 1_000);
  const ended = feed.heard.filter(({ event }) => event.type === "turn_completed");
  const late: number[] = [];
  for (const { session, at } of reports.all) {
    const found = ended.find(({ event, atNs }) => event.session_id === session && atNs > at);
    if (found) late.push((found.atNs - at) / 1e6 - quietMs);
  }
  for (const { id } of sessions) await home.ask("session.terminate", { session_id: id });
  const value = summarise(late);
  return {
    what: `screen only, T = ${quietMs} ms: later than T`,
    unit: "ms",
    headline: "p99",
    value,
    limit: summarise([quietMs]),
    ratio: (quietMs + value.p50) / quietMs,
    target: { text: "p99 <= T + 10 ms", met: value.p99 <= 10 },
    note: "the limit is T itself, the ratio that of T and the median delay to T",
  };
}

/** The hook's file appears in the spool; beside it a bare watch of such a folder. */
async function fromHook(bench: Bench, home: BenchHome): Promise<Figure> {
  const { id } = await home.spawn("idle");
  await home.settled("idle", 1);
  using feed = await EventFeed.open(home);
  const { spool } = home.home.session(id);
  const bareFolder = bench.newFolder();
  mkdirSync(bareFolder, { recursive: true });
  let woken: (atNs: number) => void = () => undefined;
  const watcher = watch(bareFolder, () => woken(stampNs()));
  const value: number[] = [];
  const limit: number[] = [];
  const samples = bench.count(200, 30);
  for (let i = 0; i < samples; i++) {
    const heard = new Promise<number>((resolve) => (woken = resolve));
    const bareAt = drop(bareFolder, "Stop", i, {});
    limit.push(((await heard) - bareAt) / 1e6);
    woken = () => undefined;

    const started = feed.next("the start of a turn", ({ type }) => type === "turn_started");
    drop(spool, "UserPromptSubmit", i, { prompt: `turn ${i}` });
    await started;
    await pause(5);
    const ended = feed.next("the end of a turn", ({ type }) => type === "turn_completed");
    const at = drop(spool, "Stop", i, {});
    value.push(((await ended).atNs - at) / 1e6);
    await pause(5);
  }
  watcher.close();
  await home.ask("session.terminate", { session_id: id });
  return {
    what: "the agent's hook says that its turn ended",
    unit: "ms",
    headline: "p50",
    value: summarise(value),
    limit: summarise(limit),
    ratio: pairedRatio(value, limit),
    target: { text: "p99 <= 10 ms", met: summarise(value).p99 <= 10 },
  };
}

async function whileIdle(bench: Bench, home: BenchHome): Promise<Figure> {
  const count = bench.count(10, 3);
  const sessions = await home.spawnMany("idle", count);
  await home.settled("idle", count);
  const forMs = bench.count(20_000, 5_000);
  const pid = home.supervisorPid;
  const before = wakeUps(pid);
  const startedAt = stampNs();
  await pause(forMs);
  const perSecond = (wakeUps(pid) - before) / (sinceMs(startedAt) / 1_000);
  for (const { id } of sessions) await home.ask("session.terminate", { session_id: id });
  return {
    what: `wake-ups of the supervisor a second, ${count} sessions idle`,
    unit: "",
    headline: "p50",
    value: summarise([perSecond]),
    limit: null,
    ratio: null,
    note: "a clock a second for itself, one that makes tmux look for ended children; no session is asked",
  };
}

/** Drops a payload as the hook command does: written aside and renamed. Gives the moment. */
function drop(folder: string, event: string, n: number, payload: object): number {
  const aside = join(folder, `.${event}.1.bench${n}`);
  writeFileSync(aside, JSON.stringify(payload));
  const at = stampNs();
  renameSync(aside, join(folder, `${event}.1.bench${n}.json`));
  return at;
}
