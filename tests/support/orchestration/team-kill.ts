import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { CliHome } from "../cli-home.ts";
import { makeRepo } from "../home.ts";
import { waitFor } from "../wait.ts";

interface Shown {
  readonly run: { readonly state: string; readonly ended_at: string | null };
  readonly tasks: readonly {
    readonly id: string;
    readonly key: string;
    readonly state: string;
    readonly result: string | null;
  }[];
}

interface Events {
  readonly events: readonly { readonly type: string; readonly task_id: string }[];
}

const titlesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `piece ${n + 1}`);

/** Begins a team whose plan has so many tasks in two phases; a rule approves it. */
export async function startTeam(home: CliHome, count: number, concurrency: number): Promise<void> {
  const repo = makeRepo(home.folder);
  const task = (title: string) => ({ title, description: title });
  const titles = titlesOf(count).map(task);
  const half = Math.ceil(count / 2);
  const phases = [
    { name: "one", tasks: titles.slice(0, half) },
    { name: "two", tasks: titles.slice(half) },
  ];
  const plan = JSON.stringify({ title: "pieces", description: "all", phases });
  const spec = {
    goal: `Make it\n!fake when "Plan how a team" say ${plan}`,
    provider: "fake-team",
    reviewers: [],
    approval: "policy",
    concurrency,
    attempts: 10,
    repo,
  };
  const file = join(home.folder, "team.yaml");
  writeFileSync(file, JSON.stringify(spec));
  await home.run(["run", "team", "--file", file, "--detach"]);
}

export const shown = (home: CliHome): Promise<Shown> => home.json(["run", "show"]);

export async function untilDone(home: CliHome, count: number): Promise<void> {
  await waitFor(
    async () => {
      const { run, tasks } = await shown(home);
      const done = tasks.filter(({ key, state }) => isWork(key) && state === "completed");
      return done.length >= count || run.ended_at !== null;
    },
    { timeoutMs: 120_000, what: `${count} tasks of the team` },
  );
}

/** Supervisor, tmux, agents, tool servers: whatever was started for this home. Says how many. */
export function killAllOf(home: CliHome): number {
  const root = home.home.root;
  const mine = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) =>
      ["environ", "cmdline"].some((file) => {
        try {
          return readFileSync(join("/proc", name, file), "latin1").includes(root);
        } catch {
          return false;
        }
      }),
    );
  for (const name of mine) {
    try {
      process.kill(Number(name), "SIGKILL");
    } catch {
      // it went with another one
    }
  }
  return mine.length;
}

/** Each task of the plan has one accepted completion, and nothing of the run lives. */
export async function checkTeam(home: CliHome, count: number): Promise<void> {
  const { run, tasks } = await shown(home);
  expect(run.state).toBe("completed");
  const work = tasks.filter(({ key }) => isWork(key));
  expect(work.map(({ result }) => result)).toEqual(titlesOf(count).map((one) => `Done: ${one}`));
  const { events } = await home.json<Events & Record<string, unknown>>([
    "events",
    "--type",
    "task_completed",
    "--limit",
    "1000",
  ]);
  expect(events.map(({ task_id: id }) => id).toSorted()).toEqual(
    tasks.map(({ id }) => id).toSorted(),
  );
  const { sessions } = await home.json<{ sessions: { ended_at: string | null }[] }>([
    "sessions",
    "--all",
  ]);
  expect(sessions.every(({ ended_at: at }) => at !== null)).toBe(true);
}

function isWork(key: string): boolean {
  return key.startsWith("phase-");
}
