// needs: tmux
/** A run on a disk that is full for a while. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { livedSessions } from "../support/orchestration/group-kill.ts";
import { shown } from "../support/orchestration/team-kill.ts";
import { skipBecause } from "../support/skip.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const canMount = spawnSync("sh", ["-c", "d=$(mktemp -d); mount -t tmpfs tmpfs $d && umount $d"]);
const mounted = skipBecause(
  canMount.status === 0 ? undefined : "only root can make a disk small enough",
);

const tasks = 16;
const prompts = Array.from(
  { length: tasks },
  (_, n) => `!fake sleep 0.8\n!fake say result ${n + 1}`,
);

type Kind = "full" | "full, the supervisor killed";

/** A disk of its own for a home. */
function diskOf(options: string): string {
  const folder = tempFolder();
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  if (status !== 0) throw new Error(String(stderr));
  // an agent that ends a moment later keeps it busy until then
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  return folder;
}

/** Nothing more can be written; what it gives ends that. */
function block(home: CliHome, kind: Kind): () => void {
  const filler = join(home.folder, "filler");
  spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4096"]);
  if (kind !== "full") process.kill(home.supervisor(), "SIGKILL");
  return () => rmSync(filler);
}

const completedOf = async (home: CliHome): Promise<readonly string[]> =>
  (await shown(home)).tasks.flatMap(({ id, state }) => (state === "completed" ? [id] : []));

test.each<Kind>(["full", "full, the supervisor killed"])(
  "a run on a disk that is %s for a while loses nothing and goes on when there is room",
  { ...mounted, timeout: 300_000 },
  async (kind) => {
    const home = cliHome({ folder: diskOf("size=24m") });
    const how = ["--provider", "fake", "--isolation", "read_only", "--concurrency", "3"];
    // an agent of which the disk is full as well may end
    await home.run(["run", "pool", ...prompts, ...how, "--attempts", "3", "--detach"]);
    await waitFor(async () => (await completedOf(home)).length >= 3, { timeoutMs: 60_000 });

    const told = await completedOf(home);
    const free = block(home, kind);
    for (let n = 0; n < 5; n++) {
      const words = ["task", "add", `not there ${n}`, "--body", "x".repeat(20_000)];
      const { stderr } = await home.run(words, { status: 1 });
      expect(stderr).toMatch(/^error: .+ \((disk_full|store_read_only)\)\n {2}why: .+\n {2}try: /);
    }
    free();
    expect(await completedOf(home)).toEqual(expect.arrayContaining([...told]));
    await waitFor(async () => (await shown(home)).run.ended_at !== null, { timeoutMs: 120_000 });

    const { run, tasks: ended } = await shown(home);
    const { stdout: report } = await home.run(["run", "report"]);
    expect(run.state, report).toBe("completed");
    expect(ended.map(({ result }) => result)).toEqual(prompts.map((_, n) => `result ${n + 1}`));
    await checkStore(
      home,
      ended.map(({ id }) => id),
    );
    const { tasks: listed } = await home.json<{ tasks: object[] }>(["task", "list"]);
    expect(listed).toEqual([]);
  },
);

/** Each task is told as completed once, and the record is whole. */
async function checkStore(home: CliHome, ids: readonly string[]): Promise<void> {
  const query = ["events", "query", "--type", "task_completed", "--limit", "1000"];
  const { events } = await home.json<{ events: { task_id: string }[] }>(query);
  expect(events.map(({ task_id: id }) => id).toSorted()).toEqual([...ids].toSorted());
  expect((await livedSessions(home)).every(({ ended_at: at }) => at !== null)).toBe(true);
  const file = join(tempFolder(), "audit.jsonl");
  await home.run(["export", "--output", file]);
  await home.run(["export", "verify", file]);
  const { stdout } = await home.run(["doctor"]);
  expect(stdout).toContain(" 0 fail");
}
