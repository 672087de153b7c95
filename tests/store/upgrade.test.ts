import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { connect } from "../../src/store/sqlite/connection.ts";
import { migrations } from "../../src/store/sqlite/migrations.ts";
import type { Store } from "../../src/store/store.ts";
import {
  decide,
  makeApproval,
  makeArtifact,
  makeDelivery,
  makeEvent,
  makeLease,
  makeMessage,
  makePrompt,
  makeRun,
  makeTask,
  makeTurn,
  makeWorkerGroup,
} from "../support/records.ts";
import { makeSession, t0 } from "../support/session.ts";
import { tempFolder } from "../support/temp-folder.ts";

const [first, second] = ["ap_000000000001", "ap_000000000002"];
const run = makeRun();
const tokens = {
  input: 10,
  output: 2,
  cached: 0,
  cacheWritten: 0,
  models: { "m-1": { input: 10, output: 2, cached: 0, cacheWritten: 0 } },
};

/** A store of the last version that knew no tasks, runs and workers, with data in it. */
function writtenBefore(): string {
  const file = join(tempFolder(), "agentpool.db");
  writeFileSync(file, "");
  const connection = connect(file, false);
  connection.exec(readFileSync(new URL("written/version-7.sql", import.meta.url), "utf8"));
  connection.close();
  return file;
}

async function open(file: string, mode: "read" | "write"): Promise<Store> {
  const store = await openStore({ file, mode, now: t0 });
  onTestFinished(() => store.close());
  return store;
}

const span = { from: t0 - 1, to: t0 + 1 };
const claimant = { providerId: "fake", model: null, role: null, tags: [], runId: null };

/** All that stood in it, as it is read now. */
async function expectAllOfIt(store: Store): Promise<void> {
  expect(await store.sessions.get(first ?? "")).toEqual(
    makeSession({ name: "first", accountId: "codex-cli:default", ...sinceThen }),
  );
  expect(await store.sessions.list({ limit: 10, offset: 0 })).toMatchObject({ total: 2 });
  expect(await store.turns.get("tn_1")).toEqual(makeTurn({ tokens }));
  expect(await store.deliveries.byIdempotencyKey("sent-once")).toEqual(
    makeDelivery({ state: "accepted", idempotencyKey: "sent-once" }),
  );
  expect(await store.prompts.get("pr_1")).toEqual(makePrompt());
  expect(await store.artifacts.ofSession(first ?? "")).toEqual([makeArtifact()]);
  expect(await store.events.since(0, { limit: 10 })).toEqual(
    [first, second].map((sessionId, at) => ({
      ...makeEvent({ sessionId: sessionId ?? "" }),
      seq: at + 1,
      runId: null,
    })),
  );
  expect(await store.transcripts.ofSession(first ?? "", 0, 10)).toMatchObject([{ text: "hello" }]);
  expect(await store.observations.seen(first ?? "", "hook", "o1")).toBe(true);
  expect(await store.cursors.get(first ?? "", "log:/a")).toMatchObject({ offset: 7 });
  expect(await store.usage.latest()).toHaveLength(1);
  expect(await store.leases.book()).toMatchObject({ leases: [makeLease()], lastToken: 1 });
  expect(await store.statistics.tokens(span, ["model"])).toMatchObject([
    { model: "m-1", input: 10 },
  ]);
}

/** What sessions are told of since; those of before have none of it. */
const sinceThen = { toolset: null, runId: null, tokenHashes: null };

test("a store of before tasks and runs is read as it is, and has none of them", async () => {
  const file = writtenBefore();
  const store = await open(file, "read");

  await expectAllOfIt(store);
  expect(await store.events.since(0, { runId: run.id, limit: 10 })).toEqual([]);
  const ofEither = { sessionId: first ?? "", runId: run.id };
  expect(await store.events.since(0, { ofEither, limit: 10 })).toHaveLength(1);
  expect(await store.runs.list({ all: true, limit: 10 })).toEqual([]);
  expect(await store.tasks.list({ limit: 10 })).toEqual({ tasks: [], total: 0 });
  expect(await store.tasks.next(claimant, t0)).toBeUndefined();
  expect(await store.approvals.pending()).toEqual([]);
  expect(await store.messages.inbox("agent:b", 10)).toEqual([]);
  expect(await store.threads.list({ limit: 10 })).toEqual([]);
  expect(await store.participants.list()).toEqual([]);
  expect(await store.decisions.get("dc_1")).toBeUndefined();
  expect(await store.workerGroups.list({ all: true, limit: 10 })).toEqual([]);
  expect(await store.statistics.budgets(span)).toEqual([]);
  await store.close();
  const connection = connect(file, true);
  onTestFinished(() => connection.close());
  expect(connection.prepare("PRAGMA user_version").get()).toEqual({ user_version: 7 });
});

test("a store of before tasks and runs is brought up with all that stood in it", async () => {
  const file = writtenBefore();
  const store = await open(file, "write");

  await expectAllOfIt(store);
  const ofSession = { sessionId: second ?? "", runId: run.id };
  await store.commit(
    decide({
      guards: [{ noun: "session", id: second ?? "", expect: { version: 1 } }],
      writes: [
        { noun: "run", insert: run },
        { noun: "task", insert: makeTask({ runId: run.id }) },
        { noun: "approval", insert: makeApproval({ runId: run.id }) },
        { noun: "message", insert: makeMessage({ runId: run.id }) },
        { noun: "workers", insert: makeWorkerGroup({ runId: run.id }) },
        { noun: "session", id: second ?? "", update: { version: 2, runId: run.id } },
        { noun: "turn", id: "tn_1", update: { tokens: { ...tokens, input: 15 } } },
      ],
      events: [makeEvent(ofSession)],
    }),
  );

  expect(await store.runs.open()).toEqual([run]);
  expect(await store.tasks.ofRun(run.id)).toHaveLength(1);
  expect(await store.events.since(0, { runId: run.id, limit: 10 })).toMatchObject([
    { seq: 3, ...ofSession },
  ]);
  expect(await store.statistics.tokens(span, [])).toMatchObject([{ input: 15, output: 2 }]);
  await store.close();
  const connection = connect(file, true);
  onTestFinished(() => connection.close());
  expect(connection.prepare("PRAGMA user_version").get()).toEqual({
    user_version: migrations.at(-1)?.version,
  });
  expect(connection.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
});
