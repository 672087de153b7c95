import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { holdLock, isLocked } from "../../src/store/sqlite/lock.ts";
import { startProgram, type RunningProgram } from "../support/start-program.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

function lockFile(): string {
  return join(tempFolder(), "state", "supervisor.lock.db");
}

function hold(file: string): ReturnType<typeof holdLock> {
  const lock = holdLock(file);
  onTestFinished(() => lock?.release());
  return lock;
}

async function otherHolder(file: string): Promise<RunningProgram> {
  const program = await startProgram("lock-holder", ["role", file]);
  await waitFor(() => program.lines.includes("held"), { what: "the other process's lock" });
  return program;
}

test("a lock has one holder, and is free again once released", () => {
  const file = lockFile();
  expect(isLocked(file)).toBe(false);

  const lock = hold(file);

  expect(lock).toBeDefined();
  expect(isLocked(file)).toBe(true);
  expect(holdLock(file)).toBeUndefined();
  expect(isLocked(file)).toBe(true);
  lock?.release();
  expect(isLocked(file)).toBe(false);
  expect(hold(file)).toBeDefined();
});

test("asking for a lock that was never taken creates nothing", () => {
  const file = lockFile();

  expect(isLocked(file)).toBe(false);

  expect(readdirSync(join(file, "..", ".."))).toEqual([]);
});

test("the lock's file and folder are for their owner alone, with no journal beside it", () => {
  const file = lockFile();

  hold(file);

  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(file, ".."))).toEqual(["supervisor.lock.db"]);
});

test("another process's lock is seen, at once", async () => {
  const file = lockFile();
  await otherHolder(file);

  const ask = (): number => {
    const before = performance.now();
    expect(isLocked(file)).toBe(true);
    expect(holdLock(file)).toBeUndefined();
    return performance.now() - before;
  };

  // the best of several says how long it waits; the others, what the machine did besides
  expect(Math.min(...Array.from({ length: 10 }, ask))).toBeLessThan(100);
});

test("our lock is seen by another process, even after we asked for it ourselves", async () => {
  const file = lockFile();
  hold(file);
  expect(isLocked(file)).toBe(true);
  expect(holdLock(file)).toBeUndefined();

  const other = await startProgram("lock-holder", ["role", file]);

  expect(await other.exited).toBe(0);
  expect(other.lines).toEqual(["refused"]);
});

test("a stopped holder holds; a killed one is gone at once", async () => {
  const file = lockFile();
  const holder = await otherHolder(file);

  holder.child.kill("SIGSTOP");
  expect(isLocked(file)).toBe(true);
  expect(holdLock(file)).toBeUndefined();

  holder.child.kill("SIGKILL");
  await holder.exited;
  expect(isLocked(file)).toBe(false);
  expect(hold(file)).toBeDefined();
});

test("of many processes that want it at once, watched by askers, exactly one gets it", async () => {
  const file = lockFile();
  const seen = new Set([isLocked(file)]);
  const asking = setInterval(() => seen.add(isLocked(file)), 1);
  onTestFinished(() => clearInterval(asking));

  const takers = await Promise.all(
    Array.from({ length: 6 }, () => startProgram("lock-holder", ["role", file])),
  );
  await waitFor(() => takers.every((taker) => taker.lines.length > 0), { what: "the answers" });

  const answers = takers.map((taker) => taker.lines[0]);
  expect(answers.filter((answer) => answer === "held")).toHaveLength(1);
  expect(answers.filter((answer) => answer === "refused")).toHaveLength(5);
  await waitFor(() => seen.has(true), { what: "an asker's look" });
  expect(seen).toEqual(new Set([false, true]));
});

test("who asks in the very moment does not make a taker give up", async () => {
  const file = lockFile();
  holdLock(file)?.release();
  const asker = await startProgram("lock-holder", ["shared", file, "600"]);
  await waitFor(() => asker.lines.includes("held"), { what: "the question" });

  expect(hold(file)).toBeDefined();
});

test("who asks and never ends the question is reported, not taken for a holder", async () => {
  const file = lockFile();
  holdLock(file)?.release();
  const asker = await startProgram("lock-holder", ["shared", file, "60000"]);
  await waitFor(() => asker.lines.includes("held"), { what: "the question" });

  expect(() => holdLock(file)).toThrow(expect.objectContaining({ code: "store_locked" }));
  expect(isLocked(file)).toBe(false);
});
