// needs: tmux
/** A group of workers in which every kind of process of ours is killed at moments that a seed says. */
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { doubledEvents } from "../support/orchestration/doubled-events.ts";
import {
  countAgents,
  groupStatus,
  livedSessions,
  mostAtOnce,
  sessionsAtWork,
  untilNothingLives,
} from "../support/orchestration/group-kill.ts";
import { killOne, partKinds, type PartKind } from "../support/orchestration/part-kill.ts";
import { seededRandom, shuffled } from "../support/random.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const tasks = 30;
const rounds = 3;
const most = 3;

test.each([1, 2, 3, 4])(
  "workers whose supervisor, tool servers, agents and tmux are killed one by one complete each task once, never more of them than allowed (seed %i)",
  async (seed) => {
    const home = cliHome();
    const random = seededRandom(String(seed));
    const killed = new Map<PartKind, number>(partKinds.map((kind) => [kind, 0]));
    const start = ["workers", "start", "w", "-p", "fake-worker", "--isolation", "read_only"];
    const rules = ["--min", "1", "--max", String(most), "--cool-down", "2", "--tasks-per-worker"];
    await home.run([...start, ...rules, "2", "--break-after", "10", "--break-seconds", "2"]);
    const ids: string[] = [];
    for (let n = 1; n <= tasks; n++) {
      const body = `!fake sleep ${(0.2 + random()).toFixed(2)}\n!fake say result ${n}`;
      const words = ["task", "add", `task ${n}`, "--body", body, "--max-attempts", "30"];
      ids.push((await home.json<{ task: { id: string } }>(words)).task.id);
    }
    const stopCounting = countAgents(home);

    const order = Array.from({ length: rounds }, () => shuffled(partKinds, random)).flat();
    for (const kind of order) {
      await new Promise((resolve) => setTimeout(resolve, 200 + random() * 2_500));
      const choose = (count: number): number => Math.floor(random() * count);
      if (await killOne(home, kind, { choose, timeoutMs: 5_000 })) {
        killed.set(kind, (killed.get(kind) ?? 0) + 1);
      }
      const { workers, members } = await groupStatus(home, "w");
      expect(workers.present).toBe(members.length);
      expect(members.length).toBeLessThanOrEqual(most);
    }
    await home.run(["task", "wait", ...ids, "--timeout", "300s"]);
    await onlyOneLives(home);
    const mostAgents = stopCounting();
    const sessions = await livedSessions(home);
    process.stdout.write(
      `seed ${seed}: ${JSON.stringify(Object.fromEntries(killed))}, ${sessions.length} workers, ${mostAgents} at once\n`,
    );
    expect([...killed.values()].every((count) => count > 0)).toBe(true);
    expect(mostAgents).toBeLessThanOrEqual(most);
    expect(mostAtOnce(sessions)).toBeLessThanOrEqual(most);
    await checkTasks(home, ids);

    await home.run(["workers", "drain", "w", "--wait", "60s"]);
    expect(await groupStatus(home, "w")).toMatchObject({
      workers: { state: "stopped", present: 0 },
      claimable: 0,
      members: [],
    });
    expect((await livedSessions(home)).every(({ ended_at: at }) => at !== null)).toBe(true);
    await home.run(["supervisor", "stop"]);
    await untilNothingLives(home);
  },
  600_000,
);

/** What is told is what there is: one worker that is idle, the agent of which lives, and no other. */
async function onlyOneLives(home: CliHome): Promise<void> {
  // whoever was killed last is missed by the next supervisor
  await home.wake();
  const member = await waitFor(
    async () => {
      const { members, claimable } = await groupStatus(home, "w");
      const [first] = members;
      if (members.length !== 1 || first?.state !== "idle" || claimable > 0) return false;
      return sessionsAtWork(home).join() === first.session_id && first;
    },
    { timeoutMs: 60_000, what: "workers that drained after the cool-down" },
  );
  const live = (await livedSessions(home)).filter(({ ended_at: at }) => at === null);
  expect(live.map(({ id }) => id)).toEqual([member.session_id]);
}

async function checkTasks(home: CliHome, ids: readonly string[]): Promise<void> {
  const results: (string | null)[] = [];
  for (const id of ids) {
    const { task } = await home.json<{ task: { result: string | null } }>(["task", "show", id]);
    results.push(task.result);
  }
  expect(results).toEqual(ids.map((_, n) => `result ${n + 1}`));
  const events: Record<string, unknown>[] = [];
  for (let after = 0, more = true; more;) {
    const query = ["events", "query", "--after", String(after), "--limit", "1000"];
    const page = await home.json<{
      events: Record<string, unknown>[];
      cursor: number;
      has_more: boolean;
    }>(query);
    events.push(...page.events);
    ({ cursor: after, has_more: more } = page);
  }
  expect(doubledEvents(events)).toEqual([]);
  const completed = events.filter(({ type }) => type === "task_completed");
  expect(completed.map(({ task_id: id }) => String(id)).toSorted()).toEqual([...ids].toSorted());
  const file = join(home.folder, "audit.jsonl");
  await home.run(["export", "--output", file]);
  await home.run(["export", "verify", file]);
}
