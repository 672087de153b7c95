// needs: tmux, git
import { expect, test } from "vitest";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { makeRepo } from "../support/home.ts";
import { seededRandom } from "../support/random.ts";
import { waitFor } from "../support/wait.ts";

interface Shown {
  readonly run: { readonly state: string; readonly ended_at: string | null };
  readonly tasks: readonly {
    readonly id: string;
    readonly state: string;
    readonly result: string | null;
    readonly attempt: number;
  }[];
}

const seeds = [1, 2, 3, 4, 5, 6];
const tasks = 20;
const kills = 5;

test.each(seeds)(
  "a run of 20 tasks whose supervisor is killed again and again completes each once (seed %i)",
  async (seed) => {
    const home = cliHome();
    const repo = makeRepo(home.folder);
    const random = seededRandom(String(seed));
    const prompts = Array.from(
      { length: tasks },
      (_, n) => `!fake edit file-${n}.txt done\n!fake sleep 0.3\n!fake say result ${n + 1}`,
    );
    await home.run(
      [
        ["run", "pool", ...prompts, "--provider", "fake", "--isolation", "worktree"],
        ["--repo", repo, "--concurrency", "5", "--detach"],
      ].flat(),
    );
    const shown = (): Promise<Shown> => home.json<Shown & Record<string, unknown>>(["run", "show"]);

    for (let n = 0; n < kills; n++) {
      await new Promise((resolve) => setTimeout(resolve, random() * 3_000));
      if ((await shown()).run.ended_at !== null) break;
      await kill(home);
    }
    await home.run(["run", "watch", "@last"]);

    const { run, tasks: ended } = await shown();
    expect(run.state).toBe("completed");
    expect(ended.map(({ result }) => result)).toEqual(prompts.map((_, n) => `result ${n + 1}`));
    const { events } = await home.json<{
      events: { type: string; task_id: string; attempt: number; token: number }[];
    }>(["events", "--type", "task_completed,task_claimed", "--limit", "1000"]);
    const completed = events.filter(({ type }) => type === "task_completed");
    expect(completed.map(({ task_id: id }) => id).toSorted()).toEqual(
      ended.map(({ id }) => id).toSorted(),
    );
    const { sessions } = await home.json<{ sessions: { id: string; ended_at: string | null }[] }>([
      "sessions",
      "--all",
    ]);
    const claims = events.filter(({ type }) => type === "task_claimed");
    // never more than one session for one claim, and none left behind
    expect(sessions.length).toBeLessThanOrEqual(claims.length);
    expect(sessions.every(({ ended_at: at }) => at !== null)).toBe(true);
  },
  300_000,
);

async function kill(home: CliHome): Promise<void> {
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
