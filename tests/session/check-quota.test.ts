/** `policy.min_remaining_percent`. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { person } from "../../src/domain/principal.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { decide, makeSnapshot, makeWindow } from "../support/records.ts";
import type { UsageWindow } from "../../src/domain/usage.ts";

const hour = 3_600_000;

function setMinimum(home: TestHome, percent: number): void {
  mkdirSync(dirname(home.home.config), { recursive: true });
  writeFileSync(home.home.config, `policy:\n  min_remaining_percent: ${percent}\n`);
}

/** The account of the scripted agent has this left, as somebody said so long ago. */
async function tell(home: TestHome, window: Partial<UsageWindow>, agoMs = 0): Promise<string> {
  const accountId = `fake:${home.folder}/account`;
  const insert = makeSnapshot({
    id: `us_${agoMs}_${window.remainingPercent}`,
    accountId,
    providerId: "fake",
    at: Date.now() - agoMs,
    windows: [makeWindow(window)],
  });
  await home.app.store.commit(decide({ writes: [{ noun: "usage", insert }] }));
  return accountId;
}

interface Spawned {
  warnings: string[];
}

async function spawn(home: TestHome): Promise<Spawned> {
  const input = { provider_id: "fake", task: "go", repo_path: home.folder, isolation: "shared" };
  const env = { PATH: process.env["PATH"] ?? "", HOME: home.folder };
  const FAKE_AGENT_HOME = `${home.folder}/account`;
  const request = { input, env: { ...env, FAKE_AGENT_HOME }, cwd: home.folder };
  return (await home.as(person).call("session.spawn", request)) as Spawned;
}

test("refuses a session with the reset time, and nothing of it is made", async () => {
  const home = await openHome();
  setMinimum(home, 10);
  const resetsAt = Date.now() + hour;
  const account = await tell(home, { remainingPercent: 4, resetsAt }, 2 * hour);

  await expect(spawn(home)).rejects.toMatchObject({
    code: "quota_low",
    exitCode: 6,
    message: "4 % is left of the 5h quota",
    why: expect.stringContaining(new Date(resetsAt).toISOString()) as string,
    details: { account, remaining_percent: 4, reset_at: new Date(resetsAt).toISOString() },
  });
  expect((await home.app.store.sessions.list({ limit: 9, offset: 0 })).total).toBe(0);
  const folder = dirname(home.home.session("ap_x").root);
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);

  await tell(home, { remainingPercent: 40, resetsAt });
  expect((await spawn(home)).warnings).toEqual([]);
});

test("lets through what began anew since, and what nobody knows, and says so", async () => {
  const home = await openHome();
  setMinimum(home, 10);
  expect((await spawn(home)).warnings.join()).toMatch(/nothing is known of its usage yet/);
  await tell(home, { remainingPercent: 0, resetsAt: Date.now() - 1 }, hour);
  expect((await spawn(home)).warnings.join()).toMatch(/what is known of its usage is from/);
});

test("what was told before a person lifted a limit stands against nobody", async () => {
  const home = await openHome();
  setMinimum(home, 10);
  const account = await tell(home, { remainingPercent: 0, resetsAt: Date.now() + hour }, 1_000);
  await expect(spawn(home)).rejects.toMatchObject({ exitCode: 6 });

  const body = { type: "account_lifted", account_id: account, because: "it was raised" } as const;
  const events = [{ sessionId: null, at: Date.now(), body }];
  await home.app.store.commit(decide({ events }));

  expect((await spawn(home)).warnings).toEqual([
    expect.stringContaining("nothing is known of its usage yet"),
  ]);
});
