import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Figure, Goal } from "../goal.ts";
import { pause, sinceMs, stampNs, until } from "../measure/clock.ts";
import type { Summary } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { plainEnvironment } from "../stage/environment.ts";
import { makeRepository } from "../stage/repository.ts";
import { Writer } from "../stage/writer.ts";

const mostMs = 5;

export const goal: Goal = {
  id: "LOOP",
  title: "how long the supervisor's event loop stands still",
  limit: "a Node that does nothing, at the same time",
  moonshot: "never blocked over 5 ms (p99 taken as the measure, the longest is told)",
  needs: ["tmux", "git", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const probe = bench.program("loop-probe.mjs");
  const home = await bench.openHome({ nodeArguments: ["--import", pathToFileURL(probe).href] });
  const repository = makeRepository(bench.newFolder());
  const bareFile = join(bench.newFolder(), "bare.json");
  const bare = spawn(
    bench.node,
    ["--import", pathToFileURL(probe).href, "-e", "setInterval(()=>{},1e9)"],
    {
      env: plainEnvironment({ LOOP_PROBE_FILE: bareFile }),
      stdio: "ignore",
    },
  );
  const ourFile = join(home.home.root, "loop-probe.json");
  const read = async (pid: number, file: string): Promise<Summary> => {
    rmSync(file, { force: true });
    process.kill(pid, "SIGUSR2");
    await until("the probe", () => existsSync(file), { everyMs: 5 });
    return JSON.parse(readFileSync(file, "utf8")) as Summary;
  };
  const during = async (what: string, work: () => Promise<unknown>): Promise<Figure> => {
    bench.say(what);
    await read(home.supervisorPid, ourFile);
    await read(bare.pid ?? 0, bareFile);
    await work();
    const value = await read(home.supervisorPid, ourFile);
    const limit = await read(bare.pid ?? 0, bareFile);
    return {
      what,
      unit: "ms",
      headline: "p99",
      value,
      limit,
      ratio: limit.p99 > 0 ? value.p99 / limit.p99 : null,
      target: { text: `p99 <= ${mostMs} ms`, met: value.p99 <= mostMs },
      note: `the longest ${value.max.toFixed(1)} ms; of the limit ${limit.max.toFixed(1)} ms`,
    };
  };
  try {
    // what is loaded at first use is no steady state
    const first = await home.spawn("idle", { repo: repository });
    await home.ask("session.collect", { session_id: first.id });
    const forMs = bench.count(15_000, 4_000);
    const repeat = (step: () => Promise<unknown>) => async (): Promise<void> => {
      for (const at = stampNs(); sinceMs(at) < forMs;) await step();
    };
    const agents = await home.spawnMany("working", bench.count(25, 5));
    await home.settled("running", agents.length);
    using writer = new Writer(
      home
        .panes()
        .filter(({ sessionId }) => agents.some(({ id }) => id === sessionId))
        .map(({ sessionId, tty }) => ({ key: sessionId, tty })),
    );
    let changes = 0;
    return [
      await during("nothing happens", () => pause(forMs)),
      await during(`${agents.length} sessions spin`, () => writer.write(10, forMs)),
      await during(
        "sessions are started, one after the other",
        repeat(async () => {
          const { id } = await home.spawn("sleep", { repo: repository });
          await home.ask("session.terminate", { session_id: id });
        }),
      ),
      await during(
        "artifacts are collected, one after the other",
        repeat(async () => {
          writeFileSync(join(repository, "part-1", `new-${changes++ % 20}.ts`), `// ${changes}\n`);
          await home.ask("session.collect", { session_id: first.id });
        }),
      ),
    ];
  } finally {
    bare.kill();
  }
}
