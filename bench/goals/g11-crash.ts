import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Figure, Goal } from "../goal.ts";
import { pause, sinceMs, stampNs, until } from "../measure/clock.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import type { BenchHome } from "../stage/home.ts";

const linesPerSecond = 500;

export const goal: Goal = {
  id: "G11",
  title: "crash: what is lost over repeated kill -9 of the supervisor, and how soon it knows again",
  limit: "0 bytes; for the way back, the start of a supervisor that has no session",
  moonshot:
    "0 bytes of transcript lost in 100 kill -9; state rebuilt in <= 100 ms for 100 sessions",
  needs: ["tmux", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  return [await lost(bench), await rebuilt(bench)];
}

async function lost(bench: Bench): Promise<Figure> {
  const home = await bench.openHome();
  const { id } = await home.spawn("lines", { given: { rate: String(linesPerSecond) } });
  const kills = bench.count(100, 8);
  await pause(500);
  for (let i = 0; i < kills; i++) {
    bench.say(`kill ${i + 1} of ${kills}`);
    await pause(Math.random() * 200);
    await home.kill();
    await home.start();
  }
  await pause(200);
  const { pid } = home.panes().find(({ sessionId }) => sessionId === id) ?? {};
  if (pid === undefined) throw new Error("the agent did not survive");
  process.kill(pid, "SIGSTOP");
  await pause(300);
  const numbers = [...terminalLog(home, id).matchAll(/line (\d{9}) of this agent/g)].map((match) =>
    Number(match[1]),
  );
  let missing = 0;
  let doubled = 0;
  for (let i = 1; i < numbers.length; i++) {
    const step = (numbers[i] ?? 0) - (numbers[i - 1] ?? 0);
    if (step > 1) missing += step - 1;
    if (step < 1) doubled++;
  }
  missing += numbers[0] ?? 0;
  process.kill(pid, "SIGCONT");
  await home.ask("session.terminate", { session_id: id });
  const lineBytes = "line 000000000 of this agent\r\n".length;
  return {
    what: `bytes lost or doubled, ${kills} kills, ${numbers.length} lines`,
    unit: "bytes",
    headline: "p50",
    value: summarise([(missing + doubled) * lineBytes]),
    limit: summarise([0]),
    ratio: null,
    target: { text: "0 bytes", met: missing + doubled === 0 && numbers.length > 0 },
  };
}

async function rebuilt(bench: Bench): Promise<Figure> {
  const sessions = bench.count(100, 20);
  const empty = await bench.openHome();
  const full = await bench.openHome();
  await full.spawnMany("idle", sessions);
  await full.settled("idle", sessions);
  const rounds = bench.count(15, 4);
  const limit: number[] = [];
  const value: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bench.say(`start ${round + 1} of ${rounds}`);
    limit.push(await restart(empty, 0));
    value.push(await restart(full, sessions));
  }
  const extra = summarise(value.map((ms, i) => ms - (limit[i] ?? 0)));
  return {
    what: `the first answer after kill -9, ${sessions} sessions, more than without any`,
    unit: "ms",
    headline: "p50",
    value: extra,
    limit: summarise(limit),
    ratio: pairedRatio(value, limit),
    target: { text: "<= 100 ms", met: extra.p50 <= 100 },
    note: `the whole start with them: p50 ${summarise(value).p50.toFixed(0)} ms; the ratio is that of the two starts`,
  };
}

/** Kills, starts anew, and asks until the answer names all sessions. */
async function restart(home: BenchHome, sessions: number): Promise<number> {
  await home.kill();
  await pause(100);
  const at = stampNs();
  await home.start();
  await until("all sessions", async () => {
    const { pagination } = await home.ask<{ pagination: { total: number } }>("session.list", {
      state: ["idle"],
      limit: 1,
    });
    return pagination.total >= sessions;
  });
  return sinceMs(at);
}

function terminalLog(home: BenchHome, id: string): string {
  const { terminal } = home.home.session(id);
  return readdirSync(terminal)
    .filter((name) => name.endsWith(".log"))
    .sort((a, b) => Number(a.split(".")[1]) - Number(b.split(".")[1]))
    .map((name) => readFileSync(join(terminal, name), "latin1"))
    .join("");
}
