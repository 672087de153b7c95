// needs: tmux, git
/** Workers that come with the work on the board and go with it, each an agent with tools of its own. */
import { execFile } from "node:child_process";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt, repository } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { makeRepo } from "../support/git-repo.ts";
import { cliEnvironment } from "../support/run-cli.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

interface Told extends Readonly<Record<string, unknown>> {
  readonly seq: number;
  readonly type: string;
  readonly session_id: string | null;
}

interface Lived {
  readonly id: string;
  readonly created_at: string;
  readonly ended_at: string | null;
}

interface Status {
  readonly workers: {
    readonly state: string;
    readonly present: number;
    readonly failed_starts: number;
  };
  readonly claimable: number;
  readonly members: readonly {
    readonly session_id: string;
    readonly state: string;
    readonly task_id: string | null;
  }[];
}

async function told(home: CliHome, ...types: readonly string[]): Promise<readonly Told[]> {
  const { events } = await home.json<{ events: Told[] }>(["events", "query", "--limit", "1000"]);
  return events.filter(({ type }) => types.length === 0 || types.includes(type));
}

async function lived(home: CliHome): Promise<readonly Lived[]> {
  return (await home.json<{ sessions: Lived[] }>(["sessions", "--all"])).sessions;
}

/** The most sessions that lived at one moment. */
function mostAtOnce(sessions: readonly Lived[]): number {
  const counts = sessions.map(
    ({ created_at: at }) =>
      sessions.filter((one) => one.created_at <= at && (one.ended_at ?? "~") > at).length,
  );
  return Math.max(0, ...counts);
}

const status = (home: CliHome, name: string): Promise<Status> =>
  home.json<Status>(["workers", "status", name]);

async function addTasks(home: CliHome, bodies: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const [index, body] of bodies.entries()) {
    const words = ["task", "add", `task ${index + 1}`, "--body", body];
    ids.push((await home.json<{ task: { id: string } }>(words)).task.id);
  }
  return ids;
}

test("the example takes a queue from 0 to 30 and back to 0, within the bounds, without flapping", async () => {
  const home = cliHome();
  // a megabyte on the screen is in nobody's way
  const [chatty] = await addTasks(home, ["!fake long 1000000"]);

  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      join(repository, "examples", "autoscaling.mjs"),
      "--max",
      "3",
      "--min",
      "1",
      "--cool-down",
      "0.5",
    ],
    { cwd: home.folder, env: cliEnvironment({ home: home.home.root, env: {} }) },
  );

  expect(stdout).toMatch(/30 of 30 tasks completed, 3 workers at most, none is left\n$/);
  const listed = ["task", "list", "--all", "--limit", "100"];
  const { tasks } = await home.json<{ tasks: { id: string; state: string }[] }>(listed);
  expect(tasks.filter(({ state }) => state === "completed")).toHaveLength(31);
  expect(tasks.map(({ id }) => id)).toContain(chatty);
  const sessions = await lived(home);
  expect(mostAtOnce(sessions)).toBe(3);
  // a second start of a place would be flapping
  expect(sessions).toHaveLength(3);
  const decisions = await told(home, "workers_scaled", "workers_state_changed", "session_closing");
  expect(decisions.every(({ because, type }) => type === "session_closing" || because)).toBe(true);
  const scaled = decisions.filter(({ type }) => type === "workers_scaled");
  for (const id of sessions.map((session) => session.id)) {
    const drained = scaled.find(({ drain }) => (drain as string[]).includes(id));
    const closed = decisions.find((one) => one.type === "session_closing" && one.session_id === id);
    // the one that min kept goes with the group
    const began = drained ?? decisions.find(({ type }) => type === "workers_state_changed");
    expect(began?.seq).toBeLessThan(closed?.seq ?? 0);
  }
});

test("after the supervisor was killed, workers go on from the store, and a drained one finishes its task", async () => {
  const home = cliHome();
  const ids = await addTasks(home, ['!fake ask "Go on?" yes|no\n!fake say slow', "!fake say two"]);
  const bounds = ["--max", "1", "--isolation", "read_only"];
  await home.run(["workers", "start", "w", "-p", "fake-worker", ...bounds]);
  await home.run(["workers", "start", "w", "-p", "fake-worker"], { status: 5 });
  const [member] = await waitFor(async () => {
    const { members } = await status(home, "w");
    return members[0]?.task_id === ids[0] && members[0]?.state === "awaiting_input" && members;
  });

  process.kill(home.supervisor(), "SIGKILL");
  expect((await status(home, "w")).workers).toMatchObject({ state: "active", present: 1 });
  await home.run(["workers", "drain", "w"]);
  await home.run(["answer", member?.session_id ?? "", "--option", "yes"]);
  await home.run(["workers", "drain", "w", "--wait", "60s"]);

  const results = await Promise.all(
    ids.map((id) => home.json<{ task: { state: string; result: string } }>(["task", "show", id])),
  );
  expect(results.map(({ task }) => [task.state, task.result])).toEqual([
    ["completed", "slow"],
    ["pending", null],
  ]);
  expect(await lived(home)).toHaveLength(1);
  const [completed] = await told(home, "task_completed");
  const [closing] = await told(home, "session_closing");
  expect(completed?.seq).toBeLessThan(closing?.seq ?? 0);
  expect((await status(home, "w")).workers.state).toBe("stopped");
  await home.run(["workers", "scale", "w", "--max", "2"], { status: 5 });
  await home.run(["workers", "status", "nobody"], { status: 3 });
});

test("workers whose start fails, or that take nothing, trip the breaker; a change of bounds resets it", async () => {
  const home = cliHome();
  const repo = makeRepo(join(home.folder, "repo"), { "README.md": "# Shop\n" });
  const start = ["workers", "start", "w", "-p", "fake-worker", "--repo", repo, "--max", "2"];
  await home.run([...start, "--isolation", "worktree", "--break-after", "2", "--step", "1"]);
  renameSync(repo, `${repo}-away`);
  const [id = ""] = await addTasks(home, ["!fake say done"]);

  const waiting = await waitFor(async () => (await told(home, "workers_waiting"))[0]);
  expect(waiting).toMatchObject({ because: "2 starts failed in a row" });
  expect(await told(home, "worker_failed")).toHaveLength(2);
  expect(await lived(home)).toHaveLength(0);

  renameSync(`${repo}-away`, repo);
  await home.run(["workers", "scale", "w", "--max", "1"]);
  await home.run(["task", "wait", id, "--timeout", "60s"]);
  expect((await status(home, "w")).workers.failed_starts).toBe(0);
  await home.run(["workers", "stop", "w"]);

  // one that is told of a task twice and takes none is of no use
  const idle = ["workers", "start", "idle", "-p", "fake-idle", "--isolation", "read_only"];
  await home.run([...idle, "--max", "1", "--break-after", "1"]);
  await addTasks(home, ["!fake say never"]);
  const useless = await waitFor(async () => (await told(home, "worker_failed"))[2]);
  expect(useless).toMatchObject({ because: "it was told that there are tasks, and took none" });
  expect(await told(home, "worker_told")).toHaveLength(1);
  await home.run(["workers", "stop", "idle"]);
});
