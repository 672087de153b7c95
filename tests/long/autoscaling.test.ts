// needs: tmux
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const cycles = 10;
const perCycle = 10;
const bounds = { min: 1, max: 3 };

interface Told {
  readonly type: string;
  readonly start: number;
  readonly drain: readonly string[];
  readonly because: string;
}

interface Lived {
  readonly created_at: string;
  readonly ended_at: string | null;
}

test("a queue that fills and empties ten times moves no worker twice, and none is above or below the bounds", async () => {
  const home = cliHome();
  const start = ["workers", "start", "w", "-p", "fake-worker", "--isolation", "read_only"];
  const rules = ["--min", String(bounds.min), "--max", String(bounds.max), "--cool-down", "20"];
  await home.run([...start, ...rules]);

  for (let cycle = 0; cycle < cycles; cycle++) {
    const ids: string[] = [];
    for (let n = 0; n < perCycle; n++) {
      // each cycle has one with a megabyte on its screen
      const body = n === 0 ? "!fake long 1000000" : `!fake sleep 0.2\n!fake say ${n}`;
      const words = ["task", "add", `task ${cycle}.${n}`, "--body", body];
      ids.push((await home.json<{ task: { id: string } }>(words)).task.id);
    }
    await home.run(["task", "wait", ...ids, "--timeout", "120s"]);
  }
  await waitFor(
    async () => {
      const { members } = await home.json<{ members: unknown[] }>(["workers", "status", "w"]);
      return members.length === bounds.min;
    },
    { timeoutMs: 60_000, what: "workers that drained after the cool-down" },
  );

  const query = ["events", "query", "--type", "workers_scaled", "--limit", "1000"];
  const { events } = await home.json<{ events: Told[] }>(query);
  process.stdout.write(`${events.map(({ because }) => because).join("\n")}\n`);
  expect(events.reduce((sum, { start: begun }) => sum + begun, 0)).toBe(bounds.max);
  expect(events.flatMap(({ drain }) => drain)).toHaveLength(bounds.max - bounds.min);
  const { sessions } = await home.json<{ sessions: Lived[] }>(["sessions", "--all"]);
  expect(sessions).toHaveLength(bounds.max);
  expect(sessions.filter(({ ended_at: at }) => at === null)).toHaveLength(bounds.min);
  await home.run(["workers", "stop", "w"]);
}, 600_000);
