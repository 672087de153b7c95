import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { Session } from "../../../src/domain/session.ts";
import { homeFrom } from "../../../src/platform/home.ts";
import { openStore } from "../../../src/store/open.ts";
import { ensureBuilt } from "../../support/built.ts";
import { decide, makeSnapshot, makeWindow } from "../../support/records.ts";
import { runCli } from "../../support/run-cli.ts";
import { t0 } from "../../support/session.ts";
import { storeSessions } from "../../support/stored-sessions.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

async function homeWith(...sessions: readonly Partial<Session>[]): Promise<string> {
  const root = tempFolder();
  await storeSessions(root, ...sessions);
  return root;
}

const ended = { state: "completed", endedAt: t0 } as const;

test("in a home where nothing was ever started, reading answers and makes nothing", async () => {
  const root = join(tempFolder(), "home");

  const list = await runCli(["sessions", "--json"], { home: root });
  const show = await runCli(["session", "show", "x"], { home: root });

  expect(JSON.parse(list.stdout)).toMatchObject({ sessions: [], pagination: { total: 0 } });
  expect(show).toMatchObject({ status: 3, stdout: "" });
  expect(existsSync(root)).toBe(false);
});

test("while no session lives, reading answers from the file and starts no supervisor", async () => {
  const home = await homeWith(
    { id: "ap_00000000000a", name: "one", ...ended },
    { id: "ap_00000000000b", ...ended, createdAt: t0 + 1 },
  );

  const list = await runCli(["sessions", "--json", "--limit", "1"], { home });
  const last = await runCli(["session", "show", "@last", "--json"], { home });
  const byName = await runCli(["session", "show", "one", "--fields", "session.id"], { home });

  expect(JSON.parse(list.stdout)).toMatchObject({
    sessions: [{ id: "ap_00000000000b" }],
    pagination: { total: 2, limit: 1, next_offset: 1 },
  });
  expect(JSON.parse(last.stdout)).toMatchObject({ session: { id: "ap_00000000000b" }, turns: [] });
  expect(JSON.parse(byName.stdout)).toEqual({ session: { id: "ap_00000000000a" } });
  expect(readdirSync(home)).toEqual(["state"]);
});

test("asking about the supervisor starts none, even while sessions live", async () => {
  const home = await homeWith({ state: "running" });

  const status = await runCli(["supervisor", "status", "--json"], { home });
  const stop = await runCli(["supervisor", "stop", "--json"], { home });

  expect(JSON.parse(status.stdout)).toMatchObject({ running: false, pid: null, live_sessions: 1 });
  expect(JSON.parse(stop.stdout)).toEqual({ ok: true, stopped: false, live_sessions: 1 });
  expect(readdirSync(home)).toEqual(["state"]);
});

test("what is known of the usage is shown from the file, by an alias as well", async () => {
  const home = await homeWith();
  const store = await openStore({
    file: homeFrom({ AGENTPOOL_HOME: home }).database,
    mode: "write",
    now: t0,
  });
  const insert = makeSnapshot({ at: Date.now(), windows: [makeWindow({ remainingPercent: 0 })] });
  await store.commit(decide({ writes: [{ noun: "usage", insert }] }));
  await store.close();

  const all = await runCli(["usage"], { home });
  const one = await runCli(["usage", "codex", "--json"], { home });
  const other = await runCli(["usage", "claude"], { home });

  expect(all.stdout).toMatch(
    /^codex-cli:default\tlimit_reached\t5h\t0 %\t\t\d+s ago by session-log$/m,
  );
  expect(JSON.parse(one.stdout)).toMatchObject({
    refreshed: false,
    accounts: [{ status: "limit_reached", stale: false, source: "session-log" }],
  });
  expect(other.stdout).toContain("Nothing is known yet");
  expect(existsSync(homeFrom({ AGENTPOOL_HOME: home }).supervisorFacts)).toBe(false);
});
