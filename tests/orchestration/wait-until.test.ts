import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { waitUntil } from "../../src/orchestration/wait-until.ts";
import { openStore } from "../../src/store/open.ts";
import { decide } from "../support/records.ts";
import { never } from "../support/task-desk.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

async function setUp() {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: 0 });
  onTestFinished(() => store.close());
  const commit = async (): Promise<void> => {
    const body = { type: "supervisor_started", epoch: 1, version: "1", pid: 1 } as const;
    await store.commit(decide({ events: [{ sessionId: null, at: 1, body }] }));
  };
  const probe = { asked: 0, isSo: false };
  const isSo = (): Promise<boolean> => {
    probe.asked += 1;
    return Promise.resolve(probe.isSo);
  };
  return { store, commit, probe, isSo };
}

test("what is waited for is asked again after each commit, whatever the clock is set to", async () => {
  const { store, commit, probe, isSo } = await setUp();
  const waiting = waitUntil(store, isSo, { timeoutMs: 60_000, signal: never });
  await waitFor(() => probe.asked === 1);
  const real = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => real() + 86_400_000);
  onTestFinished(() => void vi.restoreAllMocks());

  await commit();
  await waitFor(() => probe.asked === 2);
  probe.isSo = true;
  await commit();

  expect(await waiting).toBe(true);
  expect(probe.asked).toBe(3);
});

test("a wait is over with its time or its signal, and asks no more", async () => {
  const { store, commit, probe, isSo } = await setUp();
  const gone = new AbortController();

  expect(await waitUntil(store, isSo, { timeoutMs: 10, signal: never })).toBe(false);
  const waiting = waitUntil(store, isSo, { timeoutMs: 60_000, signal: gone.signal });
  gone.abort();
  expect(await waiting).toBe(false);

  const before = probe.asked;
  await commit();
  expect(probe.asked).toBe(before);
});
