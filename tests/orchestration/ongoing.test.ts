import { expect, test } from "vitest";
import { againMs } from "../../src/orchestration/loop.ts";
import { Ongoing } from "../../src/orchestration/ongoing.ts";
import { waitFor } from "../support/wait.ts";

function openOngoing() {
  const done: string[] = [];
  const told: string[] = [];
  const ongoing = new Ongoing({
    of: "a worker",
    now: () => 1_000,
    log: (_level, text) => told.push(text),
    done: (id) => done.push(id),
  });
  return { ongoing, done, told };
}

test("what is being done is told as such until it is done", async () => {
  const { ongoing, done } = openOngoing();
  let end: () => void = () => undefined;

  ongoing.act("seat", () => new Promise<void>((resolve) => (end = resolve)));
  expect(ongoing.isBusy("seat", 1_000)).toBe(true);
  expect(ongoing.isBusy("other", 1_000)).toBe(false);
  end();
  await waitFor(() => done.length > 0);
  expect(done).toEqual(["seat"]);

  expect(ongoing.isBusy("seat", 1_000)).toBe(false);
  expect(ongoing.size).toBe(0);
});

test("what fails is told and held off for a while, not tried again at once", async () => {
  const { ongoing, done, told } = openOngoing();

  ongoing.act("seat", () => Promise.reject(new Error("no disk")));
  await waitFor(() => done.length > 0);
  expect(done).toEqual(["seat"]);

  expect(told).toEqual(["a step of a worker failed and is tried again"]);
  expect(ongoing.has("seat")).toBe(false);
  expect(ongoing.isBusy("seat", 1_000)).toBe(true);
  expect(ongoing.heldUntil("seat", 1_000)).toBe(1_000 + againMs);
  expect(ongoing.isBusy("seat", 1_000 + againMs)).toBe(false);
});

test("what is held off for a while is not for longer where the clock is set back", () => {
  const { ongoing } = openOngoing();
  ongoing.tryAgain("seat");
  expect(ongoing.heldUntil("seat", 1_001)).toBe(1_000 + againMs);
  expect(ongoing.heldUntil("seat", -86_400_000)).toBeNull();
});

test("what waits for room is let go by room alone", () => {
  const { ongoing } = openOngoing();
  ongoing.holdOff("a", { until: 9_000, on: "room" });
  ongoing.holdOff("b", { until: 9_000, on: "account" });

  ongoing.letGo("room");

  expect(ongoing.heldUntil("a", 1_000)).toBeNull();
  expect(ongoing.heldUntil("b", 1_000)).toBe(9_000);
});

test("what fails after the end is nobody's business any more", async () => {
  const { ongoing, done, told } = openOngoing();
  let fail: (error: Error) => void = () => undefined;
  ongoing.act("seat", () => new Promise<void>((_, reject) => (fail = reject)));

  ongoing.close();
  fail(new Error("stale"));
  await waitFor(() => done.length > 0);
  expect(done).toEqual(["seat"]);

  expect(told).toEqual([]);
  expect(ongoing.heldUntil("seat", 1_000)).toBeNull();
});
