// needs: tmux
import { expect, test } from "vitest";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { killAllOf, shown } from "../support/orchestration/team-kill.ts";
import { seededRandom } from "../support/random.ts";
import { waitFor } from "../support/wait.ts";

interface Told {
  readonly events: readonly { readonly type: string; readonly task_id: string }[];
}

interface Session {
  readonly id: string;
  readonly ended_at: string | null;
}

const tasks = 20;
const kills = 5;
const prompts = Array.from(
  { length: tasks },
  (_, n) => `!fake sleep 0.3\n!fake say result ${n + 1}`,
);

test.each([1, 2, 3])(
  "tasks in reused sessions, their supervisor killed again and again, are completed once each (seed %i)",
  async (seed) => {
    const home = cliHome();
    const random = seededRandom(String(seed));
    await begin(home, []);

    for (let n = 0; n < kills; n++) {
      await new Promise((resolve) => setTimeout(resolve, random() * 3_000));
      if ((await shown(home)).run.ended_at !== null) break;
      await killSupervisor(home);
    }
    await home.run(["run", "watch", "@last"]);

    const sessions = await check(home);
    expect(sessions.length).toBeLessThan(tasks);
  },
  300_000,
);

test.each([4, 5])(
  "tasks in reused sessions are completed once each though everything was killed (seed %i)",
  async (seed) => {
    const home = cliHome();
    const random = seededRandom(String(seed));
    await begin(home, ["--attempts", "10"]);

    for (let n = 0; n < 2; n++) {
      await new Promise((resolve) => setTimeout(resolve, 1_000 + random() * 4_000));
      if ((await shown(home)).run.ended_at !== null) break;
      expect(killAllOf(home)).toBeGreaterThan(0);
    }
    await home.run(["run", "watch", "@last"]);

    await check(home);
  },
  300_000,
);

async function begin(home: CliHome, more: readonly string[]): Promise<void> {
  const how = ["--provider", "fake", "--isolation", "read_only", "--concurrency", "3"];
  await home.run(["run", "pool", ...prompts, ...how, "--reuse-sessions", "--detach", ...more]);
}

async function check(home: CliHome): Promise<readonly Session[]> {
  const { run, tasks: ended } = await shown(home);
  expect(run.state).toBe("completed");
  expect(ended.map(({ result }) => result)).toEqual(prompts.map((_, n) => `result ${n + 1}`));
  const { events } = await home.json<Told & Record<string, unknown>>([
    "events",
    "--type",
    "task_completed,task_claimed",
    "--limit",
    "1000",
  ]);
  const completed = events.filter(({ type }) => type === "task_completed");
  expect(completed.map(({ task_id: id }) => id).toSorted()).toEqual(
    ended.map(({ id }) => id).toSorted(),
  );
  const { sessions } = await home.json<{ sessions: Session[] }>(["sessions", "--all"]);
  const claims = events.filter(({ type }) => type === "task_claimed");
  // never more than one session for one claim, and none left behind
  expect(sessions.length).toBeLessThanOrEqual(claims.length);
  expect(sessions.every(({ ended_at: at }) => at !== null)).toBe(true);
  return sessions;
}

async function killSupervisor(home: CliHome): Promise<void> {
  const pid = await waitFor(
    () => {
      try {
        return home.supervisor();
      } catch {
        return undefined;
      }
    },
    { timeoutMs: 20_000, what: "a supervisor to kill" },
  );
  process.kill(pid, "SIGKILL");
}
