import { mkdirSync, watch, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Figure, Goal } from "../goal.ts";
import { sinceMs, stampNs } from "../measure/clock.ts";
import { cpuMs } from "../measure/processes.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { BarePane } from "../stage/bare-tmux.ts";
import type { Bench } from "../stage/bench.ts";
import { addTasks } from "../stage/claimers.ts";
import { EventFeed } from "../stage/events.ts";
import { Reports } from "../stage/reports.ts";

const workers = 8;
/** An agent's own work on a task. */
const workMs = 50;

export const goal: Goal = {
  id: "TASKS",
  title: "1,000 tasks over 8 workers: what a task takes beside the agent's own time",
  limit: "the same agents in bare tmux windows, each of which has its tasks beforehand",
  moonshot: "as little as can be; of the supervisor no more at 1,000 tasks than at 100",
  needs: ["tmux", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const board = await overMcp(bench);
  const looked = bench.count(100, 24);
  const few = await inPool(bench, looked, looked);
  const many = await inPool(bench, 10 * looked, looked);
  return [...board, ...poolRows(few), ...poolRows(many)];
}

interface Report {
  readonly fact: "ready" | "ended";
  readonly begunAt: number;
  readonly endedAt: number;
  readonly done: number;
}

/** What a round over the same number of tasks took of the workers' time, all together, in ms. */
interface Round {
  /** From the first that began to the last that ended, by the number of workers. */
  readonly wholeMs: number;
  readonly ownMs: number;
}

/** Eight agents that live on and take one task after the other from the board, over MCP. */
async function overMcp(bench: Bench): Promise<readonly Figure[]> {
  const tasks = bench.count(1_000, 96);
  const home = await bench.openHome();
  const tmux = await bench.openTmux();
  const whole: number[] = [];
  const own: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < bench.count(3, 1); round++) {
    bench.say(`${tasks} tasks, round ${round + 1}`);
    await addTasks(home, tasks);
    const bare = await oneRound(bench, tasks, async ({ socket }, go) => {
      const each = tasks / workers;
      const program = [process.execPath, bench.program("tasks.mjs"), socket, go, String(workMs)];
      const panes: BarePane[] = [];
      for (let n = 0; n < workers; n++) {
        panes.push(await tmux.openPane([...program, "bare", String(each)]));
      }
      return async () => {
        for (const { id } of panes) await tmux.client.ask(`kill-pane -t ${id}`);
      };
    });
    const before = { ms: 0 };
    const ours = await oneRound(bench, tasks, async ({ socket }, go) => {
      const command = bench.product.command;
      const given = { socket, go, ms: String(workMs), command, home: home.home.root };
      const sessions = await home.spawnMany("tasks", workers, { given });
      before.ms = cpuMs([home.supervisorPid]);
      return async () => {
        cpu.push((cpuMs([home.supervisorPid]) - before.ms) / tasks);
        for (const { id } of sessions) await home.ask("session.terminate", { session_id: id });
      };
    });
    whole.push(ours.wholeMs / tasks);
    own.push(bare.ownMs / tasks);
  }
  return [
    overheadRow(`${tasks} tasks of the board, claimed and completed over MCP`, whole, own),
    cpuRow("the same: processor time of the supervisor for each", cpu),
  ];
}

/** Starts agents, lets them begin together and waits until all have no task left. */
async function oneRound(
  bench: Bench,
  tasks: number,
  start: (reports: Reports<Report>, go: string) => Promise<() => Promise<void>>,
): Promise<Round> {
  await using reports = new Reports<Report>(bench);
  const go = join(bench.newFolder(), "go");
  const of = (fact: Report["fact"]): readonly Report[] =>
    reports.all.filter((one) => one.fact === fact);
  const all = async (fact: Report["fact"]): Promise<readonly Report[]> => {
    while (of(fact).length < workers) await reports.next(`an agent ${fact}`, () => true, 120_000);
    return of(fact);
  };
  const end = await start(reports, go);
  await all("ready");
  writeFileSync(go, "");
  const ended = await all("ended");
  await end();
  const done = ended.reduce((sum, one) => sum + one.done, 0);
  if (done !== tasks) throw new Error(`${done} of ${tasks} tasks were done`);
  const begunAt = Math.min(...ended.map((one) => one.begunAt));
  const endedAt = Math.max(...ended.map((one) => one.endedAt));
  return {
    wholeMs: ((endedAt - begunAt) / 1e6) * workers,
    ownMs: ended.reduce((sum, one) => sum + (one.endedAt - one.begunAt) / 1e6, 0),
  };
}

interface Pool {
  readonly tasks: number;
  /** The first so many were looked at. */
  readonly done: number;
  readonly wholeMs: number;
  readonly ownMs: number;
  readonly cpuMs: number;
}

/**
 * A run whose scheduler starts a session for each task, keeps its files and ends it; looked at until
 * so many are done, and then given up.
 */
async function inPool(bench: Bench, tasks: number, done: number): Promise<Pool> {
  const ownMs = await ownTime(bench, done);
  const home = await bench.openHome();
  bench.say(`a pool of ${tasks} tasks`);
  using feed = await EventFeed.open(home);
  let left = done;
  const ended = feed.next(
    `${done} tasks`,
    ({ type }) => type === "task_failed" || (type === "task_completed" && --left === 0),
    230_000,
  );
  const pid = home.supervisorPid;
  const before = cpuMs([pid]);
  const startedAt = stampNs();
  const prompts = Array.from({ length: tasks }, (_, n) => `Say ${n}`);
  await home.ask("run.pool", {
    prompts,
    provider_id: "bench-works",
    repo_path: home.plainFolder,
    isolation: "shared",
    concurrency: workers,
    detach: true,
  });
  const { event } = await ended;
  const wholeMs = sinceMs(startedAt) * workers;
  const used = cpuMs([pid]) - before;
  if (event.type === "task_failed") throw new Error(`a task failed: ${event.because}`);
  await bench.sweep();
  return { tasks, done, wholeMs, ownMs, cpuMs: used };
}

/** The same agents in windows of a bare tmux, as many at once: all their time together, in ms. */
async function ownTime(bench: Bench, tasks: number): Promise<number> {
  const tmux = await bench.openTmux();
  const ends = bench.newFolder();
  mkdirSync(ends, { recursive: true });
  const waiting = new Map<string, () => void>();
  const watcher = watch(ends, (_, name) => waiting.get(basename(name ?? ""))?.());
  let left = tasks;
  let ms = 0;
  const work = async (): Promise<void> => {
    while (left > 0) {
      const name = `end-${left--}`;
      const ended = new Promise<void>((resolve) => waiting.set(name, resolve));
      const at = stampNs();
      const pane = await tmux.openPane([
        "/bin/sh",
        bench.program("works.sh"),
        String(workMs / 1_000),
        JSON.stringify({ prompt: "Say it" }),
        "cat > /dev/null",
        `cat > ${join(ends, name)}`,
      ]);
      await ended;
      ms += sinceMs(at);
      waiting.delete(name);
      await tmux.client.ask(`kill-pane -t ${pane.id}`);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  watcher.close();
  return ms;
}

function poolRows({ tasks, done, wholeMs, ownMs, cpuMs: used }: Pool): Figure[] {
  const which = done === tasks ? `a pool of ${tasks} tasks` : `the first ${done} of ${tasks}`;
  return [
    overheadRow(`${which}, a session for each`, [wholeMs / done], [ownMs / done]),
    cpuRow(`${which}: processor time of the supervisor for each`, [used / done]),
  ];
}

function overheadRow(what: string, whole: readonly number[], own: readonly number[]): Figure {
  const over = whole.map((ms, round) => ms - (own[round] ?? 0));
  const limit = summarise(own);
  const value = summarise(over);
  const perSecond = (workers * 1_000) / summarise(whole).p50;
  return {
    what,
    unit: "ms",
    headline: "p50",
    value,
    limit,
    ratio: pairedRatio(over, own),
    note: `overhead a task; the limit is the agent's own time; ${perSecond.toFixed(1)} tasks a second`,
  };
}

function cpuRow(what: string, perTask: readonly number[]): Figure {
  return {
    what,
    unit: "ms",
    headline: "p50",
    value: summarise(perTask),
    limit: null,
    ratio: null,
  };
}
