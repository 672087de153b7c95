import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Task } from "../../src/domain/task.ts";
import type { ClaimWish } from "../../src/domain/claim-rules.ts";
import type { Session } from "../../src/domain/session.ts";
import { person } from "../../src/domain/principal.ts";
import { doneBy } from "../../src/orchestration/kinds/worker.ts";
import { Board } from "../../src/orchestration/board/board.ts";
import { TaskRequests } from "../../src/orchestration/board/task-requests.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { decide } from "../support/records.ts";
import { makeSession } from "../support/session.ts";
import { anybody, want } from "../support/task-book.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

const never = new AbortController().signal;
const me = { runId: null, author: "person", idempotencyKey: null };
const minute = 60_000;
const worker = {
  providerId: "x",
  model: null,
  effort: null,
  profile: null,
  systemPrompt: null,
  mode: "shared",
  repoPath: "/r",
  timeoutMs: null,
} as const;

async function setUp() {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: 0 });
  onTestFinished(() => store.close());
  const clock = { now: 1_000_000, elapsed: 0 };
  const parts = { store, log: () => undefined, now: () => clock.now };
  const start = async (): Promise<Board> => {
    const board = new Board(parts, { elapsed: () => clock.elapsed });
    onTestFinished(() => board.close());
    await board.open();
    return board;
  };
  const board = await start();
  const pass = (ms: number): void => {
    clock.now += ms;
    clock.elapsed += ms;
  };
  return { store, clock, pass, start, board, requests: new TaskRequests(parts, board) };
}

let asked = 0;
function wish(more: Partial<ClaimWish> = {}): ClaimWish {
  const requestKey = `key ${++asked}`;
  return { holder: "agent:me", sessionId: null, ttlMs: minute, requestKey, ...more };
}

async function addSession(store: Store, fields: Partial<Session>): Promise<Session> {
  const session = makeSession(fields);
  await store.commit(decide({ writes: [{ noun: "session", insert: session }] }));
  return session;
}

async function endSession(store: Store, id: string): Promise<void> {
  await store.commit(
    decide({
      writes: [{ noun: "session", id, update: { state: "failed", endedAt: 1 } }],
      events: [
        {
          sessionId: id,
          at: 1,
          body: {
            type: "session_state_changed",
            from: "running",
            to: "failed",
            source: "process",
            confidence: "high",
            because: "killed",
          },
        },
      ],
    }),
  );
}

const tokenOf = (task: Task | undefined): number => task?.claim?.token ?? 0;

test("of any number that ask at once each task is given to one, and nobody is refused", async () => {
  const { board, store } = await setUp();
  await board.add(
    Array.from({ length: 100 }, (_, n) => want({ priority: n % 7 })),
    me,
  );

  const given = await Promise.all(
    Array.from({ length: 120 }, () => board.claimNext(anybody, wish())),
  );

  const ids = given.flatMap((task) => (task ? [task.id] : []));
  expect(new Set(ids).size).toBe(100);
  expect(given.slice(100)).toEqual(Array(20).fill(undefined));
  const tokens = given.map(tokenOf).filter((token) => token > 0);
  expect(tokens).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
  expect(await store.tasks.counts({})).toMatchObject({ claimed: 100, pending: 0 });
});

test("who asks at once is served by few commits, by priority and then age, as if one after the other", async () => {
  const { board, store } = await setUp();
  await board.add([want({ title: "old" }), want({ title: "tagged", tags: ["x"] })], me);
  await board.add([want({ title: "new" }), want({ title: "first", priority: 5 })], me);
  const once = wish();
  const events: string[][] = [];
  onTestFinished(store.onCommit((told) => events.push(told.map(({ body }) => body.type))));

  const given = await Promise.all([
    board.claimNext(anybody, wish()),
    board.claimNext({ ...anybody, tags: ["x"] }, wish()),
    board.claimNext({ ...anybody, tags: ["x"] }, wish()),
    board.claimNext(anybody, once),
    board.claimNext(anybody, once),
    board.claimNext(anybody, wish()),
    board.claimNext(anybody, wish()),
  ]);

  const titles = ["first", "tagged", undefined, "old", "old", "new", undefined];
  expect(given.map((task) => task?.title)).toEqual(titles);
  expect(given.map(tokenOf)).toEqual([1, 2, 0, 3, 3, 4, 0]);
  // a request that came twice waits for what became of the first
  expect(events).toEqual([Array(3).fill("task_claimed"), ["task_claimed"]]);
  const tasks = given.flatMap((task) => task ?? []);
  expect(await store.tasks.byIds(tasks.map(({ id }) => id))).toEqual(tasks);
});

test("a commit that fails is told to all it was for, and the next round goes on", async () => {
  const { board, store } = await setUp();
  await board.add([want(), want()], me);
  vi.spyOn(store, "commit").mockRejectedValueOnce(new Error("no room"));
  const asking = [board.claimNext(anybody, wish()), board.claimNext(anybody, wish())];
  const outcomes = await Promise.allSettled(asking);

  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(tokenOf(await board.claimNext(anybody, wish()))).toBe(1);
});

test("who goes away before its turn has come is given nothing", async () => {
  const { board } = await setUp();
  const [task] = await board.add([want()], me);
  const gone = new AbortController();
  const claims = [
    board.claimNext(anybody, wish(), gone.signal),
    board.claimNext(anybody, wish({ holder: "agent:next" })),
  ];
  gone.abort();
  const [first, second] = await Promise.allSettled(claims);
  expect(first).toMatchObject({ status: "rejected", reason: gone.signal.reason });
  expect(second).toMatchObject({ value: { id: task?.id, claim: { holder: "agent:next" } } });
});

test("tasks added together are claimed in the order they were given", async () => {
  const { board } = await setUp();
  await board.add(
    Array.from({ length: 50 }, (_, n) => want({ title: `t${n}` })),
    me,
  );
  const titles = [];
  for (let n = 0; n < 50; n++) titles.push((await board.claimNext(anybody, wish()))?.title);

  expect(titles).toEqual(Array.from({ length: 50 }, (_, n) => `t${n}`));
});

test("a request that comes again is given what it was given before", async () => {
  const { board, store } = await setUp();
  const add = { ...me, idempotencyKey: "add" };
  const [task] = await board.add([want()], add);
  expect((await board.add([want()], add))[0]?.id).toBe(task?.id);
  await expect(board.add([want({ title: "another" })], add)).rejects.toMatchObject({
    code: "idempotency_conflict",
  });

  const once = wish();
  const first = await board.claimNext(anybody, once);
  expect(await board.claimNext(anybody, once)).toEqual(first);
  const proof = { token: tokenOf(first), holder: null };
  const id = first?.id ?? "";
  await board.fail(id, proof, "no");
  expect(await board.fail(id, proof, "no")).toMatchObject({ state: "pending", attempt: 1 });
  await expect(board.complete(id, proof, { result: null, artifacts: [] })).rejects.toMatchObject({
    code: "claim_lost",
    why: expect.stringContaining("Your claim was over: no."),
  });
  const note = { id: "nt_1", taskId: id, author: "person", text: "x", at: 1 };
  await board.note(note, null);
  await board.note(note, null);
  expect(await store.tasks.notes(id, 9)).toHaveLength(1);
});

test("who lost a claim cannot complete the task, and the new owner's result stays", async () => {
  const { board, pass, store } = await setUp();
  await board.add([want()], me);
  const old = await board.claimNext(anybody, wish({ holder: "agent:old" }));
  pass(2 * minute);
  await board.sweep();
  const fresh = await board.claimNext(anybody, wish({ holder: "agent:new" }));
  expect(fresh).toMatchObject({ id: old?.id, attempt: 2, claim: { holder: "agent:new" } });
  const done = { artifacts: [], result: "new" };
  const id = old?.id ?? "";
  const proof = { token: tokenOf(old), holder: null };

  await expect(board.complete(id, proof, { ...done, result: "old" })).rejects.toMatchObject({
    code: "claim_lost",
    details: { token: tokenOf(fresh) },
  });
  await board.complete(id, { token: tokenOf(fresh), holder: null }, done);
  await expect(board.complete(id, proof, { ...done, result: "old" })).rejects.toMatchObject({
    code: "task_ended",
  });

  expect(await store.tasks.get(id)).toMatchObject({ state: "completed", result: "new" });
});

test("somebody else's task is neither completed nor prolonged without its token", async () => {
  const { board } = await setUp();
  const [added] = await board.add([want()], me);
  const done = { result: null, artifacts: [] };
  await expect(
    board.complete(added?.id ?? "", { token: null, holder: null }, done),
  ).rejects.toMatchObject({
    code: "claim_not_held",
    message: `Nobody has claimed task ${added?.id}`,
  });
  const { id = "" } = (await board.claimNext(anybody, wish())) ?? {};

  for (const holder of ["agent:you", null]) {
    await expect(board.complete(id, { token: null, holder }, done)).rejects.toMatchObject({
      code: "claim_not_held",
    });
  }
  await expect(board.renew(id, { token: 99, holder: null }, null)).rejects.toMatchObject({
    code: "claim_lost",
  });
  expect(await board.complete(id, { token: null, holder: "agent:me" }, done)).toMatchObject({
    state: "completed",
  });
});

test("a session's claims hold while it lives, whatever the clock says, and go back when it ends", async () => {
  const { board, store, pass } = await setUp();
  const { id } = await addSession(store, { id: "ap_000000000001", state: "running" });
  await board.add([want()], me);
  const task = await board.claimNext(
    anybody,
    wish({ holder: `session:${id}`, sessionId: id, ttlMs: minute }),
  );
  pass(60 * minute);
  await board.sweep();
  expect(await store.tasks.get(task?.id ?? "")).toMatchObject({ state: "claimed" });

  await endSession(store, id);

  await waitFor(async () => (await store.tasks.counts({})).pending === 1);
  expect(await store.tasks.get(task?.id ?? "")).toMatchObject({
    attempt: 1,
    because: "its session ended",
    claim: null,
  });
});

test("after a start nothing expires before its holder had a chance to renew", async () => {
  const { board, store, pass, start } = await setUp();
  await board.add([want()], me);
  const task = await board.claimNext(anybody, wish());
  const id = task?.id ?? "";
  board.close();
  pass(10 * minute);

  const next = await start();
  expect(await store.tasks.get(id)).toMatchObject({ state: "claimed" });
  await next.renew(id, { token: tokenOf(task), holder: null }, null);
  pass(minute / 2);
  await next.sweep();
  expect(await store.tasks.get(id)).toMatchObject({ state: "claimed" });
  pass(minute);
  await next.sweep();
  expect(await store.tasks.get(id)).toMatchObject({
    state: "pending",
    because: "nobody renewed the claim",
  });
});

test("a jump of the clock takes nothing from anybody at once", async () => {
  const { board, store, clock, pass } = await setUp();
  await board.add([want(), want()], me);
  const task = await board.claimNext(anybody, wish());
  const id = task?.id ?? "";
  pass(10_000);
  await board.sweep();

  clock.now += 24 * 60 * minute;
  await board.sweep();
  expect(await store.tasks.get(id)).toMatchObject({ state: "claimed" });
  await board.renew(id, { token: tokenOf(task), holder: null }, null);

  clock.now -= 48 * 60 * minute;
  await board.sweep();
  const { claim } = (await store.tasks.get(id)) ?? {};
  expect(claim?.expiresAt).toBe(clock.now + minute);
});

test("who waits for work is given it the moment there is some", async () => {
  const { board, requests } = await setUp();
  const capability = { providerId: null, model: null, role: null };
  const asker = { principal: { kind: "person" } as const, signal: never };
  const claim = (agent: string, waitMs: number) =>
    requests.claim(
      {
        session: null,
        agent,
        taskId: null,
        runId: null,
        tags: [],
        capability,
        ttlMs: minute,
        waitMs,
      },
      { ...asker, idempotencyKey: `claim ${agent}` },
    );
  expect(await claim("a", 0)).toBeNull();
  expect(await claim("b", 30)).toBeNull();

  const waits = claim("c", 60_000);
  const [, first] = await Promise.all([
    new Promise((resolve) => setImmediate(resolve)).then(() => board.add([want()], me)),
    waits,
  ]);

  expect(first).toMatchObject({ claim: { holder: "agent:c" } });
});

test("a wait ends when the task has ended, or cannot be completed any more", async () => {
  const { board, requests } = await setUp();
  const [a, b] = await board.add(
    [want({ key: "a", maxAttempts: 1 }), want({ key: "b", dependsOn: ["a"] })],
    me,
  );
  const wait = (id: string | undefined, timeoutMs = 60_000) =>
    requests.wait({ taskIds: [id ?? ""], mode: "all", timeoutMs }, never);
  expect(await wait(a?.id, 0)).toBe("timeout");
  const waits = [wait(a?.id), wait(b?.id)];
  const task = await board.claimNext(anybody, wish());

  await board.fail(task?.id ?? "", { token: tokenOf(task), holder: null }, "no");

  expect(await Promise.all(waits)).toEqual(["ended", "stuck"]);
});

test("what requires a preset is done by a session of its provider, whoever gives it", async () => {
  const { board, store } = await setUp();
  const { id } = await addSession(store, { id: "ap_000000000001", state: "idle", providerId: "x" });
  const requests = new TaskRequests({ store, log: () => undefined, now: () => 1 }, board, {
    definitionOf: (name) => Promise.resolve(name === "x-team" ? "x" : name),
  });
  const asker = (idempotencyKey: string) => ({ principal: person, signal: never, idempotencyKey });
  const requires = { providerId: "x-team", model: null, role: null };
  const add = async (key: string): Promise<string> => {
    const tasks = [want({ key, requires })];
    return (await requests.add({ tasks, runId: null }, asker(`add ${key}`)))[0]?.id ?? "";
  };

  const first = await add("a");
  const given = await requests.assign({ taskId: first, session: id, ttlMs: minute }, asker("a"));
  expect(given).toMatchObject({ state: "claimed", claim: { sessionId: id } });
  const second = await add("b");
  const whom = { session: null, agent: "me", taskId: null, runId: null, tags: [] };
  const claim = { ...whom, capability: requires, ttlMs: minute, waitMs: 0 };
  expect(await requests.claim(claim, asker("b"))).toMatchObject({ id: second });

  const byPreset = doneBy({ ...worker, providerId: "x-team", definitionId: "x" });
  expect(byPreset).toMatchObject({
    requires: { providerId: "x" },
    execution: { providerId: "x-team" },
  });
});

test("a session is itself alone, and works for its run alone", async () => {
  const { board, store } = await setUp();
  const own = await addSession(store, { id: "ap_000000000001", state: "running" });
  const other = await addSession(store, { id: "ap_000000000002", state: "running" });
  const requests = new TaskRequests({ store, log: () => undefined, now: () => 1 }, board, {
    runOf: (id) => Promise.resolve(id === own.id ? "rn_1" : "rn_2"),
  });
  const [mine] = await board.add([want({ key: "m" })], { ...me, runId: "rn_1" });
  const [theirs] = await board.add([want({ key: "t" })], { ...me, runId: "rn_2" });
  const asker = {
    principal: { kind: "session", sessionId: own.id } as const,
    idempotencyKey: "k",
    signal: never,
  };
  const request = {
    session: null,
    agent: null,
    taskId: null,
    runId: null,
    tags: [],
    capability: { providerId: null, model: null, role: null },
    ttlMs: minute,
    waitMs: 0,
  };

  await expect(requests.claim({ ...request, session: other.id }, asker)).rejects.toMatchObject({
    code: "policy_blocked",
  });
  await expect(requests.claim({ ...request, agent: "x" }, asker)).rejects.toMatchObject({
    code: "policy_blocked",
  });
  await expect(
    requests.claim({ ...request, taskId: theirs?.id ?? "" }, asker),
  ).rejects.toMatchObject({ code: "task_not_found" });
  await expect(
    requests.assign({ taskId: mine?.id ?? "", session: other.id, ttlMs: minute }, asker),
  ).rejects.toMatchObject({ code: "policy_blocked" });
  expect(await requests.claim(request, asker)).toMatchObject({
    id: mine?.id,
    claim: { holder: `session:${own.id}`, sessionId: own.id },
  });
  expect(await requests.claim(request, { ...asker, idempotencyKey: "k2" })).toBeNull();
});

test("a text of a megabyte comes back as it was, a larger one is refused with its size", async () => {
  const { requests, board } = await setUp();
  const asker = { principal: { kind: "person" } as const, idempotencyKey: "k", signal: never };
  const body = "é".repeat(524_288);
  await requests.add({ tasks: [want({ body })], runId: null }, asker);

  const task = await board.claimNext(anybody, wish());

  expect(task?.body === body).toBe(true);
  await expect(
    requests.add({ tasks: [want({ body: `${body}x` })], runId: null }, asker),
  ).rejects.toMatchObject({ code: "text_too_large", details: { bytes: 1_048_577 } });
});
