// needs: tmux
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { agentToSpawn, spawnAgent } from "../support/cli-agent.ts";
import { asksSupervisor, cliHome, type CliHome } from "../support/cli-home.ts";
import { skipBecause } from "../support/skip.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

/** A home whose supervisor left and whose store holds one session that is over. */
async function homeWithHistory(): Promise<CliHome> {
  const home = cliHome();
  await spawnAgent(home, "hello", { name: "before" });
  await home.run(["terminate", "before"]);
  await stopSupervisor(home);
  return home;
}

async function stopSupervisor(home: CliHome): Promise<void> {
  await home.run(["supervisor", "stop"]);
  await waitFor(() => !existsSync(home.home.supervisorFacts));
}

/** Another program that keeps the store to itself, until the undo. */
function lock(home: CliHome): () => void {
  const database = new Database(home.home.database);
  database.exec("BEGIN IMMEDIATE");
  const unlock = (): void => void database.close();
  onTestFinished(unlock);
  return unlock;
}

const names = async (home: CliHome): Promise<string[]> =>
  (await home.json<{ sessions: { name: string }[] }>(["sessions"])).sessions.map((one) => one.name);

describe("a store that another program holds", () => {
  test("is an error that says so, and the same command works once it is free", async () => {
    const home = await homeWithHistory();
    const unlock = lock(home);

    const { stdout, stderr } = await home.run(agentToSpawn(home, "hello").words, { status: 5 });

    expect(stdout).toBe("");
    expect(stderr).toContain("is held by another process (store_locked)");
    expect(stderr).toContain(`try: Find it and let it end: fuser ${home.home.database}`);
    expect(await names(home)).toEqual(["before"]);
    unlock();
    await spawnAgent(home, "hello");
    expect(await names(home)).toEqual(["s", "before"]);
  });

  test("while agents work costs nothing of what they did meanwhile", async () => {
    const home = cliHome();
    const task = "!fake stream 3\n!fake say first";
    const agent = await spawnAgent(home, task, { until: "running" });
    const unlock = lock(home);
    const { stderr } = await home.run(["send", "s", "second"], { status: 5 });
    expect(stderr).toContain("(store_locked)");
    await waitFor(() => agent.facts("turn_end").length === 1);
    // long enough for whoever commits over it to have given up
    await waitFor(() => readFileSync(home.home.log, "utf8").includes("could not be read"), {
      what: "a commit that gave up",
    });
    unlock();

    await home.run(["observe", "s", "--wait-for", "completed", "--timeout", "60s"]);
    const seen = await home.json<object>(["observe", "s", "--detail", "full"]);

    expect(seen).toMatchObject({
      turn: { n: 1, state: "completed" },
      worker_output: { text: "first" },
    });
    await home.run(["send", "s", "third", "--wait", "turn", "--timeout", "60s"]);
    expect(agent.prompts()).toEqual([task, "third"]);
  });
});

describe("a store that cannot be written", () => {
  const asRoot = process.getuid?.() === 0;
  const through = asRoot ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];
  const canBeHeldBack = !asRoot || spawnSync("setpriv", [...through.slice(1), "true"]).status === 0;
  const held = skipBecause(
    canBeHeldBack ? undefined : "root is held back by no permission, and setpriv is not there",
  );

  test("is an error that names it, and what was in it is still told", held, async () => {
    const home = await homeWithHistory();
    const folder = join(home.home.database, "..");
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o400);
    chmodSync(folder, 0o500);
    onTestFinished(() => chmodSync(folder, 0o700));

    const spawned = await home.run(agentToSpawn(home, "hello").words, { status: 1, through });

    expect(spawned.stderr).toMatch(/^error: .+ cannot be written \(store_read_only\)\n {2}why: /);
    expect(spawned.stderr).toMatch(/try: Make .+ writable/);
    const { stdout } = await home.run(["sessions", "--json"], { through });
    expect(JSON.parse(stdout)).toMatchObject({ sessions: [{ name: "before" }] });
  });

  test("because the home cannot be made says so", held, async () => {
    const folder = tempFolder();
    chmodSync(folder, 0o500);
    onTestFinished(() => chmodSync(folder, 0o700));
    const home = cliHome({ folder, through });

    const { stderr } = await home.run(asksSupervisor, { status: 1, cwd: "/" });

    expect(stderr).toContain(`error: agentpool's home ${home.home.root} cannot be written`);
    expect(stderr).toContain("(store_read_only)");
    expect(stderr).toContain("AGENTPOOL_HOME");
  });
});

describe("a store that is damaged", () => {
  const damages: Readonly<Record<string, (file: string) => void>> = {
    "cut in half": (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2)),
    "with another beginning": (file) => overwrite(file, 0, 100),
    "with damaged pages": (file) => overwrite(file, 3 * 4096, 6 * 4096),
    "no database": (file) => writeFileSync(file, "something else\n"),
  };

  test("is an error that says what to do, and is left as it is, however it is damaged", async () => {
    const home = await homeWithHistory();
    const file = home.home.database;
    for (const beside of ["-wal", "-shm"]) rmSync(file + beside, { force: true });
    copyFileSync(file, `${file}.good`);

    for (const [how, damage] of Object.entries(damages)) {
      copyFileSync(`${file}.good`, file);
      damage(file);
      const before = readFileSync(file);
      for (const words of [["sessions"], agentToSpawn(home, "x").words]) {
        const { stdout, stderr } = await home.run(words, { status: 1 });
        expect(stdout, how).toBe("");
        expect(stderr, how).toMatch(
          /^error: .+ is not a readable database \(store_failed\)\n {2}why: /,
        );
        expect(stderr, how).toContain(`mv ${file} ${file}.broken`);
      }
      expect(readFileSync(file).equals(before), how).toBe(true);
    }
    copyFileSync(`${file}.good`, file);
    expect(await names(home)).toEqual(["before"]);
  });

  test("can be moved aside while agents of it live, and a new one begins", async () => {
    const home = cliHome();
    const agent = await spawnAgent(home, "hello", { name: "old" });
    for (let n = 0; n < 3; n++) await stopAndAsk(home);
    await stopSupervisor(home);
    renameSync(home.home.database, `${home.home.database}.broken`);

    await spawnAgent(home, "hello", { name: "new" });

    expect(await names(home)).toEqual(["new"]);
    // nobody knows the agent any more, and nobody ended it
    process.kill(Number(agent.facts("start")[0]?.["pid"]), 0);
  });
});

/** Raises the epoch by one. */
async function stopAndAsk(home: CliHome): Promise<void> {
  await stopSupervisor(home);
  await home.run(["session", "show", "old"]);
}

test("an older agentpool may not even read a store that says so", async () => {
  const home = await homeWithHistory();
  const database = new Database(home.home.database);
  database.prepare("UPDATE meta SET value = '99' WHERE key IN ('min_reader', 'min_writer')").run();
  database.close();

  const { stderr } = await home.run(["sessions"], { status: 1 });

  expect(stderr).toContain("(store_newer)");
  expect(stderr).toContain("why: to read it takes store version 99, this agentpool knows");
});

describe("a full disk", () => {
  /** A disk of so many kilobytes with the home on it; undefined where nobody may mount one. */
  function smallDisk(kilobytes: number): string | undefined {
    const folder = tempFolder();
    const options = ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder];
    if (spawnSync("mount", options).status !== 0) return undefined;
    // an agent that ends a moment later keeps it busy until then
    onTestFinished(() => void spawnSync("umount", ["-l", folder]));
    return folder;
  }
  const canMount = spawnSync("sh", ["-c", "d=$(mktemp -d); mount -t tmpfs tmpfs $d && umount $d"]);
  const mounted = skipBecause(
    canMount.status === 0 ? undefined : "only root can make a disk small enough",
  );

  const fill = (folder: string): void =>
    void spawnSync("dd", ["if=/dev/zero", `of=${folder}/filler`, "bs=1024"]);

  test(
    "costs nothing that was there, is told as what it is, and is over when there is space",
    mounted,
    async () => {
      const folder = smallDisk(8_192) ?? "";
      const home = cliHome({ folder });
      const record = tempFolder();
      const set = { record: join(record, "facts.jsonl"), spinner: "noisy" };
      await spawnAgent(home, "!fake stream 4\n!fake say first", { until: "running", set });
      fill(folder);

      for (const words of [["send", "s", "second"], agentToSpawn(home, "x", { name: "t" }).words]) {
        const { stderr } = await home.run(words, { status: 1 });
        expect(stderr).toMatch(/^error: .+ \(disk_full\)\n {2}why: .+\n {2}try: /);
      }
      expect(await names(home)).toEqual(["s"]);
      await waitFor(() => readFileSync(set.record, "utf8").includes('"turn_end"'));
      rmSync(join(folder, "filler"));

      await home.run(["observe", "s", "--wait-for", "completed", "--timeout", "60s"]);
      await waitFor(
        async () => {
          const { events } = await home.json<{ events: { type: string }[] }>([
            "observe",
            "s",
            "--since",
            "0",
          ]);
          return events.some((event) => event.type === "output_gap");
        },
        { what: "the gap in the terminal log" },
      );
      await home.run(["send", "s", "third", "--wait", "turn", "--timeout", "60s"]);
      const { turns } = await home.json<{ turns: { state: string; prompt: string }[] }>([
        "session",
        "show",
        "s",
      ]);
      expect(turns.map((turn) => turn.state)).toEqual(["completed", "completed"]);
      expect(turns.at(-1)).toMatchObject({ prompt: "third" });
      expect(await names(home)).toEqual(["s"]);
    },
  );

  test("keeps a supervisor from starting, and says so", mounted, async () => {
    const folder = smallDisk(512) ?? "";
    const home = cliHome({ folder });
    mkdirSync(join(home.home.root, "log"), { recursive: true });
    fill(folder);

    const { stderr } = await home.run(asksSupervisor, { status: 1 });

    expect(stderr).toMatch(/^error: .+ \(disk_full\)\n/);
    rmSync(join(folder, "filler"));
    await home.wake();
  });
});

function overwrite(file: string, from: number, length: number): void {
  const bytes = readFileSync(file);
  for (let at = from; at < Math.min(from + length, bytes.length); at++) {
    bytes[at] = (at * 73 + 41) & 0xff;
  }
  writeFileSync(file, bytes);
}
