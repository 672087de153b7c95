import { expect, test } from "vitest";
import { elapsedMs, now, pause } from "../../src/platform/clock.ts";

test("a pause lasts as long as it says", async () => {
  const from = elapsedMs();

  await pause(30, { keepAlive: true });

  // timers of the platform may fire up to a millisecond early
  expect(elapsedMs() - from).toBeGreaterThanOrEqual(29);
});

test("an abort ends a pause at once, also one that comes before it", async () => {
  const stop = new AbortController();
  const waiting = pause(60_000, { signal: stop.signal, keepAlive: true });

  stop.abort();

  await expect(waiting).resolves.toBeUndefined();
  const late = pause(60_000, { signal: stop.signal, keepAlive: true });
  await expect(late).resolves.toBeUndefined();
});

test("now is the wall clock in milliseconds", () => {
  const before = Date.now();

  const at = now();

  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
});
