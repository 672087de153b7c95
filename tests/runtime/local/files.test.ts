import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitFor } from "../../support/wait.ts";

const machine = createLocalMachine();

test("a part of a file is read from an offset, and nothing beyond its end", async () => {
  const path = join(tempFolder(), "file");
  writeFileSync(path, "0123456789");

  expect(text(await machine.read(path, 2, 3))).toBe("234");
  expect(text(await machine.read(path, 8, 100))).toBe("89");
  expect(text(await machine.read(path, 10, 5))).toBe("");
  expect(text(await machine.read(path, 99, 5))).toBe("");
});

test("what is no file reads as absent, without waiting for it", async () => {
  const folder = tempFolder();
  const pipe = namedPipe(folder);
  writeFileSync(join(folder, "file"), "");

  expect(await machine.read(pipe, 0, 10)).toBeUndefined();
  expect(await machine.read(folder, 0, 10)).toBeUndefined();
  expect(await machine.read(join(folder, "missing"), 0, 10)).toBeUndefined();
  expect(await machine.read(join(folder, "file", "below"), 0, 10)).toBeUndefined();
});

test("facts of a file tell its kind, its size, and whether it was replaced", async () => {
  const folder = tempFolder();
  const path = join(folder, "file");
  writeFileSync(path, "abc");
  const before = await machine.stat(path);
  appendFileSync(path, "d");
  const grown = await machine.stat(path);
  writeFileSync(`${path}.new`, "abcd");
  renameSync(`${path}.new`, path);

  expect(before).toMatchObject({ kind: "file", sizeBytes: 3 });
  expect(grown).toMatchObject({ sizeBytes: 4, identity: before?.identity });
  expect((await machine.stat(path))?.identity).not.toBe(before?.identity);
  expect((await machine.stat(folder))?.kind).toBe("folder");
  expect((await machine.stat(namedPipe(folder)))?.kind).toBe("pipe");
  expect(await machine.stat(join(folder, "missing"))).toBeUndefined();
});

test("a folder is listed with the oldest change first", async () => {
  const folder = tempFolder();
  for (const [name, at] of [
    ["b", 300],
    ["c", 100],
    ["a", 200],
    ["d", 200],
  ] as const) {
    writeFileSync(join(folder, name), "");
    utimesSync(join(folder, name), at, at);
  }
  symlinkSync("/nowhere", join(folder, "dangling"));

  expect((await machine.list(folder)).map((file) => file.name)).toEqual(["c", "a", "d", "b"]);
  expect(await machine.list(join(folder, "missing"))).toEqual([]);
});

test("a file is written whole or not at all, for its owner only", async () => {
  const folder = tempFolder();
  const path = join(folder, "file");

  await machine.write(path, "one");
  await machine.write(path, new TextEncoder().encode("two"));
  await machine.write(join(folder, "open"), "x", { mode: 0o644 });

  expect(readFileSync(path, "utf8")).toBe("two");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "open")).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder).sort()).toEqual(["file", "open"]);
});

test("a write that fails leaves the old content and nothing aside", async () => {
  const folder = tempFolder();
  const path = join(folder, "taken");
  mkdirSync(join(path, "inside"), { recursive: true });

  await expect(machine.write(path, "new")).rejects.toThrow("EISDIR");

  expect(readdirSync(folder)).toEqual(["taken"]);
});

test("readers never see half of a file that is written again and again", async () => {
  const path = join(tempFolder(), "file");
  const contents = ["a".repeat(200_000), "b".repeat(100_000)] as const;
  await machine.write(path, contents[0]);
  let writing = true;
  const writer = (async () => {
    for (let i = 0; i < 50; i++) await machine.write(path, contents[i % 2] ?? "");
    writing = false;
  })();

  const seen = new Set<string>();
  while (writing) seen.add(text(await machine.read(path, 0, 1_000_000)));
  await writer;

  expect([...seen].every((content) => contents.some((whole) => whole === content))).toBe(true);
});

test("removing takes files and whole folders, and what is not there", async () => {
  const folder = tempFolder();
  await machine.makeFolder(join(folder, "a", "b"));
  await machine.write(join(folder, "a", "b", "file"), "x");
  expect(statSync(join(folder, "a", "b")).mode & 0o777).toBe(0o700);

  await machine.remove(join(folder, "a"));
  await machine.remove(join(folder, "a"));

  expect(readdirSync(folder)).toEqual([]);
});

test("a pipe takes a line while somebody reads it, and says when nobody does", async () => {
  const folder = tempFolder();
  const pipe = namedPipe(folder);
  expect(await machine.writePipe(pipe, "lost\n")).toBe(false);
  expect(await machine.writePipe(join(folder, "missing"), "lost\n")).toBe(false);

  const reading = machine.exec(["sh", "-c", `cat < ${pipe}`], { timeoutMs: 60_000 });
  await waitFor(() => machine.writePipe(pipe, `${"x".repeat(300_000)}\n`));

  expect((await reading).stdout).toBe(`${"x".repeat(300_000)}\n`);
});

test("a plain file in a pipe's place is not written to", async () => {
  const path = join(tempFolder(), "file");
  writeFileSync(path, "old");

  expect(await machine.writePipe(path, "new")).toBe(false);
  expect(readFileSync(path, "utf8")).toBe("old");
});

test("a folder's changes are told", async () => {
  const folder = tempFolder();
  const told = watched(folder);

  writeFileSync(join(folder, "a"), "");
  await waitFor(() => told() > 0);
  const before = told();
  renameSync(join(folder, "a"), join(folder, "b"));

  expect(await waitFor(() => told() > before)).toBe(true);
});

test("a file is watched before it exists, while it grows, and after it was replaced", async () => {
  const folder = tempFolder();
  const path = join(folder, "log");
  const told = watched(path);

  for (const change of [
    () => writeFileSync(path, "one"),
    () => appendFileSync(path, "two"),
    () => {
      writeFileSync(`${path}.new`, "other");
      renameSync(`${path}.new`, path);
    },
    () => appendFileSync(path, "three"),
    () => rmSync(path),
  ]) {
    const before = told();
    change();
    expect(await waitFor(() => told() > before)).toBe(true);
  }
});

test("a path whose folder does not exist yet is watched as soon as it does", async () => {
  const folder = tempFolder();
  const path = join(folder, "later", "deeper", "log");
  const told = watched(path);

  mkdirSync(join(folder, "later", "deeper"), { recursive: true });
  writeFileSync(path, "one");
  await waitFor(() => told() > 0);
  // the watch may have begun after the first change
  const toldOfMore = await waitFor(() => {
    const before = told();
    appendFileSync(path, "x");
    return new Promise<boolean>((resolve) => setTimeout(() => resolve(told() > before), 30));
  });
  expect(toldOfMore).toBe(true);
});

test("a folder that was removed and made again is watched again", async () => {
  const folder = join(tempFolder(), "spool");
  mkdirSync(folder);
  const told = watched(folder);

  rmSync(folder, { recursive: true });
  await waitFor(() => told() > 0);
  mkdirSync(folder);
  const toldOfNew = await waitFor(() => {
    const before = told();
    writeFileSync(join(folder, String(Math.random())), "");
    return new Promise<boolean>((resolve) => setTimeout(() => resolve(told() > before), 30));
  });
  expect(toldOfNew).toBe(true);
});

test("a closed watch tells nothing", async () => {
  const folder = tempFolder();
  let told = 0;
  const watch = machine.watch(folder, () => told++);
  const other = watched(folder);

  watch.close();
  writeFileSync(join(folder, "a"), "");

  await waitFor(() => other() > 0);
  expect(told).toBe(0);
});

test("the regular files a process holds open are found", async () => {
  const folder = tempFolder();
  const path = join(folder, "log");
  const file = await open(path, "w");
  onTestFinished(() => file.close());
  const self = await machine.process(process.pid);

  const paths = await machine.openFiles(self!);

  expect(paths).toContain(path);
  expect(paths).not.toContain("/dev/null");
  expect(await machine.openFiles({ ...self!, startToken: "another process" })).toEqual([]);
  expect(existsSync(path)).toBe(true);
});

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("utf8");
}

function namedPipe(folder: string): string {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  return path;
}

function watched(path: string): () => number {
  let told = 0;
  const watch = machine.watch(path, () => told++);
  onTestFinished(() => watch.close());
  return () => told;
}
