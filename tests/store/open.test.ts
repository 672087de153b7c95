import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { connect } from "../../src/store/sqlite/connection.ts";
import type { Store } from "../../src/store/store.ts";
import { startProgram } from "../support/start-program.ts";
import { decide, makeEvent } from "../support/records.ts";
import { step, twins } from "../support/store-steps.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

const event = decide({ events: [makeEvent()] });

async function open(file: string, mode: "read" | "write" = "write"): Promise<Store> {
  const store = await openStore({ file, mode, now: 1_000, lockWaitMs: 200 });
  onTestFinished(() => store.close());
  return store;
}

function storeFile(): string {
  return join(tempFolder(), "home", "state", "agentpool.db");
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test("all files of a store are for its owner alone, and so are the folders made for it", async () => {
  const file = storeFile();
  process.umask(0);
  onTestFinished(() => void process.umask(0o022));

  await (await open(file)).commit(event);

  expect(mode(join(file, "..", ".."))).toBe("700");
  expect(mode(join(file, ".."))).toBe("700");
  expect([file, `${file}-wal`, `${file}-shm`].map(mode)).toEqual(["600", "600", "600"]);
});

test("a store that others could read is closed to them when it is opened for writing", async () => {
  const file = storeFile();
  await (await open(file)).close();
  chmodSync(file, 0o644);
  chmodSync(join(file, ".."), 0o755);

  await open(file);

  expect(mode(file)).toBe("600");
  expect(mode(join(file, ".."))).toBe("755");
});

test("reading creates nothing where there is no store", async () => {
  const file = storeFile();
  const attempt = open(file, "read");

  await expect(attempt).rejects.toMatchObject({ code: "store_not_found", exitCode: 3 });
  expect(readdirSync(join(file, "..", "..", ".."))).toEqual([]);
});

test("an empty file is a store that nobody has set up yet", async () => {
  const file = join(tempFolder(), "agentpool.db");
  writeFileSync(file, "");

  await expect(open(file, "read")).rejects.toMatchObject({ code: "store_not_found" });
  expect(statSync(file).size).toBe(0);
  await (await open(file)).commit(event);
  expect(await (await open(file, "read")).events.last()).toBe(1);
});

test("reading leaves the files of a closed store as they are", async () => {
  const file = storeFile();
  const writer = await open(file);
  await writer.commit(event);
  await writer.close();
  const before = readdirSync(join(file, ".."));
  const bytes = readFileSync(file);

  const reader = await open(file, "read");
  expect(await reader.events.last()).toBe(1);
  await reader.close();

  expect(readdirSync(join(file, ".."))).toEqual(before);
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

test("a reader sees what the writer commits after the reader was opened", async () => {
  const file = storeFile();
  const writer = await open(file);
  const reader = await open(file, "read");

  await writer.commit(event);

  expect(await reader.events.last()).toBe(1);
});

test("what a killed writer committed is there for a reader that comes first", async () => {
  const file = storeFile();
  const writer = await startProgram("store-writer", [file]);
  await waitFor(() => writer.lines.length > 5, { what: "commits" });
  writer.child.kill("SIGKILL");
  await writer.exited;
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);

  const reader = await open(file, "read");

  const session = await reader.sessions.get(twins[0]);
  expect(session?.version).toBeGreaterThanOrEqual(Number(writer.lines.at(-1)));
});

const states = ["closed", "killed", "live"] as const;
test.for(states)(
  "the store of a %s writer is read where nothing can be written",
  async (how, { skip }) => {
    const file = storeFile();
    if (how === "killed") {
      const program = await startProgram("store-writer", [file]);
      await waitFor(() => program.lines.length > 5, { what: "commits" });
      program.child.kill("SIGKILL");
      await program.exited;
    } else {
      const writer = await open(file);
      await writer.commit(step(0));
      await writer.commit(step(1));
      if (how === "closed") await writer.close();
    }
    makeReadOnly(file);

    const reader = await startProgram("store-reader", [file, "1"], withoutRootsRights(skip));

    expect({ code: await reader.exited, stderr: reader.stderr() }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(reader.lines[0] ?? "")).toMatchObject({ faults: [], versions: 1 });
  },
);

test("a store that cannot be written says so when it is opened for writing", async ({ skip }) => {
  const file = storeFile();
  await (await open(file)).close();
  makeReadOnly(file);

  const writer = await startProgram("store-writer", [file], withoutRootsRights(skip));

  expect(await writer.exited).toBe(1);
  expect(writer.stderr()).toContain("store_read_only");
});

function makeReadOnly(file: string): void {
  const folder = join(file, "..");
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o400);
  chmodSync(folder, 0o500);
  onTestFinished(() => chmodSync(folder, 0o700));
}

/** Permissions do not hold root back, so there a program is started without that privilege. */
function withoutRootsRights(skip: (reason: string) => void): { through?: readonly string[] } {
  if (process.getuid?.() !== 0) return {};
  const through = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
  if (spawnSync(through[0] ?? "", [...through.slice(1), "true"]).status === 0) return { through };
  skip("root is held back by no permission, and setpriv is not there to change that");
  return {};
}

test.each(["read", "write"] as const)(
  "a folder in the store's place is named (%s)",
  async (how) => {
    const file = storeFile();
    mkdirSync(file, { recursive: true });

    await expect(open(file, how)).rejects.toMatchObject({
      code: "store_failed",
      message: `${file} is no file, and so no database`,
      hint: `Move it away: mv ${file} ${file}.moved`,
    });
  },
);

test("a file where the folder should be is named", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "state"), "");

  const attempt = open(join(folder, "state", "agentpool.db"));

  await expect(attempt).rejects.toMatchObject({ code: "store_failed" });
});

test.each(["read", "write"] as const)(
  "a file that is no database is left alone (%s)",
  async (how) => {
    const file = join(tempFolder(), "agentpool.db");
    writeFileSync(file, "id,name\n".repeat(100));

    await expect(open(file, how)).rejects.toMatchObject({
      code: "store_failed",
      message: `${file} is not a readable database`,
      hint: `Move it aside and start anew: mv ${file} ${file}.broken; mv ${file}-wal ${file}.broken-wal`,
    });
    expect(readFileSync(file, "utf8")).toBe("id,name\n".repeat(100));
  },
);

test.each(["read", "write"] as const)(
  "another program's database is left alone (%s)",
  async (how) => {
    const file = join(tempFolder(), "agentpool.db");
    writeFileSync(file, "");
    const foreign = connect(file, false);
    foreign.exec("CREATE TABLE sessions (id)");
    foreign.close();
    const before = readFileSync(file);

    await expect(open(file, how)).rejects.toMatchObject({
      code: "store_failed",
      why: "it is a database of another program",
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  },
);

test("a store that newer versions write may be read as long as it says so", async () => {
  const file = storeFile();
  await (await open(file)).commit(event);
  alter(file, "UPDATE meta SET value = '99' WHERE key = 'min_writer'");

  expect(await (await open(file, "read")).events.last()).toBe(1);
  await expect(open(file)).rejects.toMatchObject({
    code: "store_newer",
    details: { min_writer: 99, known: expect.any(Number) },
  });

  alter(file, "UPDATE meta SET value = '98' WHERE key = 'min_reader'");
  await expect(open(file, "read")).rejects.toMatchObject({
    code: "store_newer",
    details: { min_reader: 98, known: expect.any(Number) },
  });
});

test("a store that a newer version only added to is read and written as before", async () => {
  const file = storeFile();
  await (await open(file)).close();
  alter(
    file,
    "ALTER TABLE sessions ADD COLUMN mood TEXT DEFAULT 'good'; PRAGMA user_version = 9999",
  );

  const store = await open(file);
  await store.commit(step(0));

  expect(await store.sessions.get(twins[0])).not.toHaveProperty("mood");
  await store.close();
  const connection = connect(file, true);
  expect(connection.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: 9999 });
  connection.close();
});

test("a lock that another process keeps ends in an error, with the event loop free", async () => {
  const file = storeFile();
  const store = await openStore({ file, mode: "write", now: 1_000, lockWaitMs: 1_000 });
  onTestFinished(() => store.close());
  const holder = await startProgram("lock-holder", ["sqlite", file]);
  await waitFor(() => holder.lines.includes("held"), { what: "the other process's lock" });

  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  const before = performance.now();
  const locked = { code: "store_locked", details: { file } };
  await expect(store.commit(event)).rejects.toMatchObject(locked);
  clearInterval(timer);

  expect(performance.now() - before).toBeGreaterThanOrEqual(1_000);
  expect(turns).toBeGreaterThan(2);
  await expect(open(file)).rejects.toMatchObject(locked);
  expect(await store.events.last()).toBe(0);
});

test("commits wait in line for a lock and are applied in order once it is free", async () => {
  const file = storeFile();
  const store = await openStore({ file, mode: "write", now: 0 });
  onTestFinished(() => store.close());
  const holder = await startProgram("lock-holder", ["sqlite", file]);
  await waitFor(() => holder.lines.includes("held"), { what: "the other process's lock" });

  const commits = Array.from({ length: 30 }, (_, at) =>
    store.commit(decide({ events: [makeEvent({ at })] })),
  );
  holder.child.kill("SIGKILL");
  await holder.exited;
  const last = await store.commit(decide({ events: [makeEvent({ at: 30 })] }));

  expect(last).toMatchObject({ events: [{ seq: 31, at: 30 }] });
  expect(await Promise.all(commits)).toMatchObject(
    Array.from({ length: 30 }, (_, at) => ({ events: [{ seq: at + 1, at }] })),
  );
});

test("a commit for which the disk has no room leaves nothing and says so", async ({ skip }) => {
  const folder = tempFolder();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]);
  if (mounted.status !== 0) skip("only root can make a disk small enough");
  onTestFinished(() => void spawnSync("umount", [folder]));
  const store = await open(join(folder, "agentpool.db"));
  const because = "x".repeat(4_000_000);

  const attempt = store.commit(
    decide({ events: [makeEvent({ body: { type: "output_gap", because } })] }),
  );

  await expect(attempt).rejects.toMatchObject({ code: "disk_full", exitCode: 1 });
  expect(await store.events.last()).toBe(0);
  expect(await store.commit(event)).toMatchObject({ ok: true, events: [{ seq: 1 }] });
});

function alter(file: string, sql: string): void {
  const connection = connect(file, false);
  connection.exec(sql);
  connection.close();
}
