import { createRequire } from "node:module";
import { join } from "node:path";
import type BetterSqlite from "better-sqlite3";
import type { Figure, Goal } from "../goal.ts";
import { pause, sinceMs, stampNs } from "../measure/clock.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { BareTmux } from "../stage/bare-tmux.ts";
import type { Bench } from "../stage/bench.ts";
import { makeRepository } from "../stage/repository.ts";

export const goal: Goal = {
  id: "G10",
  title: "spawn of a session, without the agent's own start",
  limit: "new-window by a bare control client and one row in SQLite",
  moonshot: "<= 2 x limit (<= 12 ms) plus one durable row",
  needs: ["tmux", "git", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const samples = bench.count(50, 8);
  const home = await bench.openHome();
  const tmux = await bench.openTmux();
  using rows = openRows(join(bench.newFolder(), "rows.db"));
  const repository = makeRepository(bench.newFolder());
  // the first one starts tmux and asks the provider's program for its version
  await home.spawn("sleep");
  const limit: number[] = [];
  const plain: number[] = [];
  const inGit: number[] = [];
  for (let n = 0; n < samples; n++) {
    bench.say(`spawn ${n + 1} of ${samples}`);
    limit.push(await spawnBare(tmux, rows, n));
    const times = [plain, inGit] as const;
    for (const [i, repo] of [home.plainFolder, repository].entries()) {
      const at = stampNs();
      await home.spawn("sleep", { repo });
      times[i]?.push(sinceMs(at));
      // what follows a start must not disturb the next
      await pause(150);
    }
  }
  const bare = summarise(limit);
  const row = (what: string, taken: readonly number[], text: string): Figure => {
    const value = summarise(taken);
    const ratio = pairedRatio(taken, limit);
    return {
      what,
      unit: "ms",
      headline: "p50",
      value,
      limit: bare,
      ratio,
      target: { text, met: ratio !== null && ratio <= 2 && value.p50 <= 12 },
    };
  };
  return [
    row("in a folder without git", plain, "<= 2 x limit, <= 12 ms"),
    {
      ...row("in a git repository, its state kept for the diff", inGit, ""),
      target: {
        text: "<= 2 x limit, <= 12 ms",
        met: (pairedRatio(inGit, limit) ?? Infinity) <= 2 && summarise(inGit).p50 <= 12,
      },
    },
  ];
}

interface Rows extends Disposable {
  insert(id: string): void;
}

function openRows(file: string): Rows {
  const Database = createRequire(import.meta.url)("better-sqlite3") as typeof BetterSqlite;
  const database = new Database(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  database.exec("CREATE TABLE sessions (id TEXT PRIMARY KEY, body TEXT)");
  const statement = database.prepare("INSERT INTO sessions VALUES (?, ?)");
  const body = "x".repeat(1_000);
  return {
    insert: (id) => void statement.run(id, body),
    [Symbol.dispose]: () => void database.close(),
  };
}

async function spawnBare(tmux: BareTmux, rows: Rows, n: number): Promise<number> {
  const at = stampNs();
  rows.insert(`session ${n}`);
  await tmux.openPane(["/bin/sleep", "1000000"]);
  const tookMs = sinceMs(at);
  await pause(100);
  return tookMs;
}
