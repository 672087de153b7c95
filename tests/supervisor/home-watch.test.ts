import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { holdLock, type HeldLock } from "../../src/store/sqlite/lock.ts";
import { watchHome } from "../../src/supervisor/home-watch.ts";
import { tempFolder } from "../support/temp-folder.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
});

const look = (): void => void vi.advanceTimersByTime(2_000);

/** A home with its lock held, and what its watch told so far. */
function watchedHome(): { home: string; lock: HeldLock; told: string[] } {
  const home = join(tempFolder(), "home");
  const lock = holdLock(join(home, "state", "supervisor.lock.db"));
  if (!lock) throw new Error("somebody holds the lock");
  onTestFinished(() => lock.release());
  const told: string[] = [];
  const stop = watchHome(lock, (loss) => told.push(loss));
  onTestFinished(stop);
  return { home, lock, told };
}

test("a home that stays is never told of", () => {
  const { lock, told } = watchedHome();

  for (let n = 0; n < 10; n++) look();

  expect(lock.place()).toBe("in_place");
  expect(told).toEqual([]);
});

test("a home that was removed is told of at the second look, once", () => {
  const { home, lock, told } = watchedHome();

  rmSync(home, { recursive: true });
  expect(lock.place()).toBe("removed");
  look();
  expect(told).toEqual([]);
  for (let n = 0; n < 5; n++) look();

  expect(told).toEqual(["removed"]);
});

test("so is one that was removed and begun anew at the same path", () => {
  const { home, told } = watchedHome();

  rmSync(home, { recursive: true });
  const next = holdLock(join(home, "state", "supervisor.lock.db"));
  onTestFinished(() => next?.release());
  look();
  look();

  expect(next?.place()).toBe("in_place");
  expect(told).toEqual(["removed"]);
});

test("a home that was moved was not removed, even where another one took its path", () => {
  const { home, told } = watchedHome();

  renameSync(home, `${home}-elsewhere`);
  look();
  const next = holdLock(join(home, "state", "supervisor.lock.db"));
  onTestFinished(() => next?.release());
  look();

  expect(told).toEqual(["moved"]);
});

test("a home that was moved and removed there is told of as removed", () => {
  const { home, told } = watchedHome();

  renameSync(home, `${home}-elsewhere`);
  look();
  rmSync(`${home}-elsewhere`, { recursive: true });
  look();
  expect(told).toEqual([]);
  look();

  expect(told).toEqual(["removed"]);
});

test("a home that is back at the next look was never lost", () => {
  const { home, told } = watchedHome();

  for (let n = 0; n < 3; n++) {
    renameSync(home, `${home}-elsewhere`);
    look();
    renameSync(`${home}-elsewhere`, home);
    look();
  }

  expect(told).toEqual([]);
});

test("a path that cannot be looked at tells nothing, however often", () => {
  const { home, lock, told } = watchedHome();
  renameSync(home, `${home}-elsewhere`);
  // a failure that holds root back too: neither "it is there" nor "nothing is there"
  symlinkSync(home, home);

  for (let n = 0; n < 5; n++) look();

  expect(lock.place()).toBe("unknown");
  expect(told).toEqual([]);
  unlinkSync(home);
  renameSync(`${home}-elsewhere`, home);
  expect(lock.place()).toBe("in_place");
});

test("a lock is let go although its file is gone", () => {
  const { home, lock } = watchedHome();
  rmSync(home, { recursive: true });
  mkdirSync(home);

  lock.release();

  const next = holdLock(join(home, "state", "supervisor.lock.db"));
  onTestFinished(() => next?.release());
  expect(next?.place()).toBe("in_place");
});
