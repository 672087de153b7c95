// needs: tmux, git
/** A run in which every kind of process of ours is killed at moments that a seed says. */
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import {
  killOne,
  partKinds,
  pieceResult,
  startToolTeam,
  type PartKind,
} from "../support/orchestration/part-kill.ts";
import { doubledEvents } from "../support/orchestration/doubled-events.ts";
import { seededRandom, shuffled } from "../support/random.ts";
import { shown, untilDone } from "../support/orchestration/team-kill.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const tasks = 20;
const rounds = 3;

test.each([1, 2, 3, 4])(
  "a team whose supervisor, tool servers, agents and tmux are killed one by one completes each task once, and says so in an export that verifies (seed %i)",
  async (seed) => {
    const home = cliHome();
    const random = seededRandom(String(seed));
    const killed = new Map<PartKind, number>(partKinds.map((kind) => [kind, 0]));
    await startToolTeam(home, { tasks, concurrency: 4 });
    const isOver = async (): Promise<boolean> => (await shown(home)).run.ended_at !== null;

    const order = Array.from({ length: rounds }, () => shuffled(partKinds, random)).flat();
    for (const kind of order) {
      if (await isOver()) break;
      await new Promise((resolve) => setTimeout(resolve, 200 + random() * 2_000));
      const choose = (count: number): number => Math.floor(random() * count);
      if (await killOne(home, kind, { choose, timeoutMs: 15_000 })) {
        killed.set(kind, (killed.get(kind) ?? 0) + 1);
      }
    }
    // pauses before further attempts add up to more than one command may take here
    await waitFor(isOver, { timeoutMs: 600_000, what: "the end of the run" });
    await home.run(["run", "watch", "@last"]);

    process.stdout.write(`seed ${seed}: ${JSON.stringify(Object.fromEntries(killed))}\n`);
    expect([...killed.values()].every((count) => count > 0)).toBe(true);
    // whose tool server died could not complete its task, and was reminded of it
    const reminded = await checkRun(home);
    expect(reminded).toBeLessThanOrEqual(killed.get("tool server") ?? 0);
  },
  900_000,
);

test("a team whose supervisor alone is killed goes on with the same sessions and claims", async () => {
  const home = cliHome();
  await startToolTeam(home, { tasks: 8, concurrency: 3 });
  for (const enough of [1, 5]) {
    await untilDone(home, enough);
    process.kill(home.supervisor(), "SIGKILL");
  }
  await home.run(["run", "watch", "@last"]);

  const { run, tasks: ended } = await shown(home);
  expect(run.state).toBe("completed");
  const { sessions } = await home.json<{ sessions: { id: string }[] }>(["sessions", "--all"]);
  expect(sessions).toHaveLength(ended.length);
  const query = ["events", "query", "--type", "task_claimed,task_released", "--limit", "1000"];
  const { events } = await home.json<{ events: { type: string }[] }>(query);
  expect(events.filter(({ type }) => type === "task_claimed")).toHaveLength(ended.length);
  expect(events.filter(({ type }) => type === "task_released")).toEqual([]);
}, 120_000);

/**
 * Each task is completed, once, with the result of its own agent, and the record of it is whole.
 * @returns how many agents completed their task when they were reminded of it
 */
async function checkRun(home: CliHome): Promise<number> {
  const { run, tasks: ended } = await shown(home);
  expect(run.state).toBe("completed");
  const work = ended.filter(({ key }) => key.startsWith("phase-"));
  const results = work.map(({ result }) => result ?? "");
  const isReminded = (result: string): boolean => result.startsWith("Done: Your turn ended");
  expect(results.filter((one) => !isReminded(one))).toEqual(
    results.flatMap((one, n) => (isReminded(one) ? [] : [pieceResult(n + 1)])),
  );
  expect(work.map(({ state }) => state)).toEqual(Array(tasks).fill("completed"));
  const events: Record<string, unknown>[] = [];
  for (let after = 0, more = true; more;) {
    const page = await home.json<{
      events: Record<string, unknown>[];
      cursor: number;
      has_more: boolean;
    }>(["events", "query", "--after", String(after), "--limit", "1000"]);
    events.push(...page.events);
    ({ cursor: after, has_more: more } = page);
  }
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, n) => n + 1));
  expect(doubledEvents(events)).toEqual([]);
  const completed = events.filter(({ type }) => type === "task_completed");
  expect(completed).toHaveLength(ended.length);
  expect(new Set(completed.map(({ task_id: id }) => id))).toEqual(
    new Set(ended.map(({ id }) => id)),
  );
  const { sessions } = await home.json<{ sessions: { ended_at: string | null }[] }>([
    "sessions",
    "--all",
  ]);
  expect(sessions.every(({ ended_at: at }) => at !== null)).toBe(true);
  const file = join(home.folder, "audit.jsonl");
  await home.run(["export", "--output", file]);
  await home.run(["export", "verify", file]);
  return results.filter(isReminded).length;
}
