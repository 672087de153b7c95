/** What a live session hears of its account's quota. */
import { expect, test } from "vitest";
import { onTestFinished } from "vitest";
import fake from "../../providers/fake/provider.ts";
import type { Claim } from "../../src/domain/observation.ts";
import { LiveSession, loadView } from "../../src/session/live-session.ts";
import type { SessionParts } from "../../src/session/parts.ts";
import { openStore } from "../../src/store/open.ts";
import { join } from "node:path";
import { decide, makeWindow } from "../support/records.ts";
import { makeSession, t0 } from "../support/session.ts";
import { tempFolder } from "../support/temp-folder.ts";

async function openSession(accountId: string | null = "fake:/home") {
  const store = await openStore({
    file: join(tempFolder(), "state", "db"),
    mode: "write",
    now: t0,
  });
  onTestFinished(() => store.close());
  const session = makeSession({ accountId });
  await store.commit(decide({ writes: [{ noun: "session", insert: session }] }));
  const clock = { now: t0 };
  const parts = { store, now: () => clock.now } as unknown as SessionParts;
  const live = new LiveSession(parts, fake, await loadView({ store }, session.id));
  onTestFinished(() => live.close());
  const hear = (claim: Claim, foreign = false) => live.observe([{ source: "log", claim, foreign }]);
  return { store, live, clock, hear };
}

const quota = (usedPercent: number, plan: string | null = null): Claim => ({
  kind: "quota",
  plan,
  windows: [makeWindow({ usedPercent, remainingPercent: null, resetsAt: t0 + 3_600_000 })],
});

test("becomes a snapshot of the account, with what its source and time are", async () => {
  const { store, hear } = await openSession();
  await hear(quota(45, "pro"));

  expect(await store.usage.latest()).toMatchObject([
    {
      accountId: "fake:/home",
      providerId: "fake",
      source: "session-log",
      confidence: "local_cli",
      at: t0,
      plan: "pro",
      windows: [{ name: "5h", usedPercent: 45, remainingPercent: 55, resetsAt: t0 + 3_600_000 }],
    },
  ]);
});

test("is kept when it changed or minutes went by, by whichever session it is told", async () => {
  const { store, clock, hear } = await openSession();
  const newest = async (): Promise<unknown> => (await store.usage.latest())[0]?.at;
  await hear(quota(45));
  clock.now += 60_000;
  await hear(quota(45));
  expect(await newest()).toBe(t0);
  await hear(quota(46));
  expect(await newest()).toBe(clock.now);
  clock.now += 300_000;
  await hear(quota(46));
  expect(await newest()).toBe(clock.now);
});

test("says nothing where it makes no sense, is another conversation's, or the account is not known", async () => {
  const { store, hear } = await openSession();
  await hear({
    kind: "quota",
    plan: null,
    windows: [makeWindow({ usedPercent: -3, remainingPercent: null })],
  });
  await hear(quota(45), true);
  expect(await store.usage.latest()).toEqual([]);

  const old = await openSession(null);
  await old.hear(quota(45));
  expect(await old.store.usage.latest()).toEqual([]);
});

test("keeps no value that the session's environment keeps secret", async () => {
  const { store, live, hear } = await openSession();
  live.keepOut(["hunter2hunter2"]);
  await hear(quota(1, "plan hunter2hunter2"));
  expect(JSON.stringify(await store.usage.latest())).not.toContain("hunter2");
});
