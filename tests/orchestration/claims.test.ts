import { expect, onTestFinished, test, vi } from "vitest";
import { attemptKey } from "../../src/domain/attempt-key.ts";
import { person, type Principal } from "../../src/domain/principal.ts";
import type { Task } from "../../src/domain/task.ts";
import type { Store } from "../../src/store/store.ts";
import { decide } from "../support/records.ts";
import { anybody, want } from "../support/task-book.ts";
import { addSession, me, minute, never, openDesk, tokenOf, wish } from "../support/task-desk.ts";
import { waitFor } from "../support/wait.ts";

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

test("of any number that ask at once each task is given to one, and nobody is refused", async () => {
  const { board, claims, store } = await openDesk();
  await board.add(
    Array.from({ length: 100 }, (_, n) => want({ priority: n % 7 })),
    me,
  );

  const given = await Promise.all(
    Array.from({ length: 120 }, () => claims.claimNext(anybody, wish())),
  );

  const ids = given.flatMap((task) => (task ? [task.id] : []));
  expect(new Set(ids).size).toBe(100);
  expect(given.slice(100)).toEqual(Array(20).fill(undefined));
  const tokens = given.map(tokenOf).filter((token) => token > 0);
  expect(tokens).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
  expect(await store.tasks.counts({})).toMatchObject({ claimed: 100, pending: 0 });
});

test("who asks at once is served by few commits, by priority and then age, as if one after the other", async () => {
  const { board, claims, store } = await openDesk();
  await board.add([want({ title: "old" }), want({ title: "tagged", tags: ["x"] })], me);
  await board.add([want({ title: "new" }), want({ title: "first", priority: 5 })], me);
  const once = wish();
  const events: string[][] = [];
  onTestFinished(store.onCommit((told) => events.push(told.map(({ body }) => body.type))));

  const given = await Promise.all([
    claims.claimNext(anybody, wish()),
    claims.claimNext({ ...anybody, tags: ["x"] }, wish()),
    claims.claimNext({ ...anybody, tags: ["x"] }, wish()),
    claims.claimNext(anybody, once),
    claims.claimNext(anybody, once),
    claims.claimNext(anybody, wish()),
    claims.claimNext(anybody, wish()),
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
  const { board, claims, store } = await openDesk();
  await board.add([want(), want()], me);
  vi.spyOn(store, "commit").mockRejectedValueOnce(new Error("no room"));
  const asking = [claims.claimNext(anybody, wish()), claims.claimNext(anybody, wish())];
  const outcomes = await Promise.allSettled(asking);

  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(tokenOf(await claims.claimNext(anybody, wish()))).toBe(1);
});

test("who goes away before its turn has come is given nothing", async () => {
  const { board, claims } = await openDesk();
  const [task] = await board.add([want()], me);
  const gone = new AbortController();
  const asking = [
    claims.claimNext(anybody, wish(), gone.signal),
    claims.claimNext(anybody, wish({ holder: "agent:next" })),
  ];
  gone.abort();
  const [first, second] = await Promise.allSettled(asking);
  expect(first).toMatchObject({ status: "rejected", reason: gone.signal.reason });
  expect(second).toMatchObject({ value: { id: task?.id, claim: { holder: "agent:next" } } });
});

test("a request that comes again is given what it was given before", async () => {
  const { board, claims } = await openDesk();
  await board.add([want()], me);
  const once = wish();
  const first = await claims.claimNext(anybody, once);
  expect(await claims.claimNext(anybody, once)).toEqual(first);
  const proof = { token: tokenOf(first), holder: null };
  const id = first?.id ?? "";
  await claims.fail(id, proof, "no");
  expect(await claims.fail(id, proof, "no")).toMatchObject({ state: "pending", attempt: 1 });
  await expect(claims.complete(id, proof, { result: null, artifacts: [] })).rejects.toMatchObject({
    code: "claim_lost",
    why: expect.stringContaining("Your claim was over: no."),
  });
});

test("who lost a claim cannot complete the task, and the new owner's result stays", async () => {
  const { board, claims, store, pass } = await openDesk();
  await board.add([want()], me);
  const old = await claims.claimNext(anybody, wish({ holder: "agent:old" }));
  pass(2 * minute);
  await claims.sweep();
  const fresh = await claims.claimNext(anybody, wish({ holder: "agent:new" }));
  expect(fresh).toMatchObject({ id: old?.id, attempt: 2, claim: { holder: "agent:new" } });
  const done = { artifacts: [], result: "new" };
  const id = old?.id ?? "";
  const proof = { token: tokenOf(old), holder: null };

  await expect(claims.complete(id, proof, { ...done, result: "old" })).rejects.toMatchObject({
    code: "claim_lost",
    details: { token: tokenOf(fresh) },
  });
  await claims.complete(id, { token: tokenOf(fresh), holder: null }, done);
  await expect(claims.complete(id, proof, { ...done, result: "old" })).rejects.toMatchObject({
    code: "task_ended",
  });

  expect(await store.tasks.get(id)).toMatchObject({ state: "completed", result: "new" });
});

test("somebody else's task is neither completed nor prolonged without its token", async () => {
  const { board, claims } = await openDesk();
  const [added] = await board.add([want()], me);
  const done = { result: null, artifacts: [] };
  await expect(
    claims.complete(added?.id ?? "", { token: null, holder: null }, done),
  ).rejects.toMatchObject({
    code: "claim_not_held",
    message: `Nobody has claimed task ${added?.id}`,
  });
  const { id = "" } = (await claims.claimNext(anybody, wish())) ?? {};

  for (const holder of ["agent:you", null]) {
    await expect(claims.complete(id, { token: null, holder }, done)).rejects.toMatchObject({
      code: "claim_not_held",
    });
  }
  await expect(claims.renew(id, { token: 99, holder: null }, null)).rejects.toMatchObject({
    code: "claim_lost",
  });
  expect(await claims.complete(id, { token: null, holder: "agent:me" }, done)).toMatchObject({
    state: "completed",
  });
});

test("a session's claims hold while it lives, whatever the clock says, and go back when it ends", async () => {
  const { board, claims, store, pass } = await openDesk();
  const { id } = await addSession(store, { id: "ap_000000000001", state: "running" });
  await board.add([want()], me);
  const task = await claims.claimNext(
    anybody,
    wish({ holder: `session:${id}`, sessionId: id, ttlMs: minute }),
  );
  pass(60 * minute);
  await claims.sweep();
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
  const { board, claims, store, pass, start } = await openDesk();
  await board.add([want()], me);
  const task = await claims.claimNext(anybody, wish());
  const id = task?.id ?? "";
  claims.close();
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

test("whoever ends a task by its name alone may ask again, as with the token", async () => {
  const { board, claims, pass } = await openDesk();
  const [task] = await board.add([want({ maxAttempts: 5 })], me);
  const id = task?.id ?? "";
  const mine = { token: null, holder: "agent:me" };
  const done = { result: "x", artifacts: [] };

  await claims.claimNext(anybody, wish());
  for (const _ of [1, 2]) expect(await claims.release(id, mine, "")).toMatchObject({ attempt: 0 });
  await claims.claimNext(anybody, wish());
  for (const _ of [1, 2]) expect(await claims.fail(id, mine, "no")).toMatchObject({ attempt: 1 });
  pass(minute);
  await claims.claimNext(anybody, wish());
  expect(await claims.fail(id, mine, "no again")).toMatchObject({ attempt: 2 });
  pass(minute);
  await claims.claimNext(anybody, wish());
  for (const _ of [1, 2]) {
    expect(await claims.complete(id, mine, done)).toMatchObject({ state: "completed" });
  }
  const other = { token: null, holder: "agent:other" };
  for (const [proof, result] of [
    [mine, "y"],
    [other, "x"],
  ] as const) {
    await expect(claims.complete(id, proof, { ...done, result })).rejects.toMatchObject({
      code: "task_ended",
    });
  }
});

test("a key that was used is one of whoever used it, and for nothing else", async () => {
  const { board, requests, claimRequests } = await openDesk();
  const asker = { principal: person, idempotencyKey: "1", signal: never };
  await board.add([want(), want()], me);
  const whom = { session: null, taskId: null, runId: null, tags: [] };
  const capability = { providerId: null, model: null, role: null };
  const request = { ...whom, capability, ttlMs: minute, waitMs: 0 };
  const claim = (agent: string) => claimRequests.claim({ ...request, agent }, asker);

  const given = await Promise.all([claim("a"), claim("b"), claim("a")]);

  expect(given.map((task) => task?.claim?.holder)).toEqual(["agent:a", "agent:b", "agent:a"]);
  expect(new Set(given.map((task) => task?.id)).size).toBe(2);
  const note = { taskId: given[0]?.id ?? "", text: "seen" };
  await requests.note(note, asker);
  await requests.note(note, asker);
  await expect(requests.note({ ...note, text: "more" }, asker)).rejects.toMatchObject({
    code: "idempotency_conflict",
  });
  const add = { ...me, idempotencyKey: "add" };
  await board.add([want({ priority: 1 })], add);
  await expect(board.add([want({ priority: 2 })], add)).rejects.toMatchObject({
    code: "idempotency_conflict",
  });
});

test("what a run's session gives back counts as an attempt: it is not given out and back without end", async () => {
  const { board, claims, claimRequests, store, clock } = await openDesk();
  const { id: sessionId } = await addSession(store, { state: "idle" });
  const [task] = await board.add([want({ maxAttempts: 2 })], me);
  const { id = "" } = task ?? {};
  const asker = (principal: Principal) => ({ principal, idempotencyKey: "k", signal: never });
  const own = { kind: "session", sessionId } as const;
  /** As its scheduler claims it, and starts a session. */
  const give = async (): Promise<number> => {
    const token = (await store.tasks.lastClaimToken()) + 1;
    const { attempt } = (await store.tasks.get(id)) as Task;
    const requestKey = attemptKey({ id, attempt: attempt + 1 }, token);
    await claims.claimTask(id, anybody, wish({ holder: "run:rn_1", requestKey }));
    await claims.bind(id, { token, holder: null }, { holder: `session:${sessionId}`, sessionId });
    return token;
  };
  const giveBack = (by: Principal, token: number | null) =>
    claimRequests.release(
      { taskId: id, token, session: null, agent: null, because: "no" },
      asker(by),
    );

  // a person has somebody else try, and that is none
  expect(await giveBack(person, await give())).toMatchObject({ state: "pending", attempt: 0 });
  const token = await give();
  const first = await giveBack(own, token);
  expect(first).toMatchObject({ state: "pending", attempt: 1, because: "no" });
  expect(first.notBefore).toBeGreaterThan(clock.now);
  expect(await giveBack(own, token)).toEqual(first);
  clock.now += minute;
  expect(await giveBack(own, await give())).toMatchObject({ state: "failed", attempt: 2 });

  // what it took from the board itself it gives back as everybody does
  const [other] = await board.add([want()], me);
  await claims.claimTask(
    other?.id ?? "",
    anybody,
    wish({ holder: `session:${sessionId}`, sessionId }),
  );
  const back = { taskId: other?.id ?? "", token: null, session: null, agent: null, because: null };
  expect(await claimRequests.release(back, asker(own))).toMatchObject({
    state: "pending",
    attempt: 0,
  });
});

test("a session that gives a task back is not given it at once again, unless it names it or time has passed", async () => {
  const { board, store, claimRequests, pass } = await openDesk();
  const [one, two] = await Promise.all(
    ["ap_000000000001", "ap_000000000002"].map((id) => addSession(store, { id, state: "idle" })),
  );
  const [task] = await board.add([want({ title: "odd" })], me);
  const id = task?.id ?? "";
  let n = 0;
  const asker = (session: { readonly id: string } | undefined) => ({
    principal: { kind: "session", sessionId: session?.id ?? "" } as const,
    idempotencyKey: `k ${++n}`,
    signal: never,
  });
  const plain = { session: null, agent: null, capability: anybody, runId: null, tags: [] };
  const request = { ...plain, taskId: null, ttlMs: minute, waitMs: 0 };
  const take = async (session: typeof one, more: Partial<typeof request> = {}) =>
    (await claimRequests.claim({ ...request, ...more }, asker(session)))?.title;
  const giveBack = (session: typeof one) =>
    claimRequests.release(
      { taskId: id, token: null, session: null, agent: null, because: "not mine" },
      asker(session),
    );

  expect(await take(one)).toBe("odd");
  await giveBack(one);
  expect(await take(one)).toBeUndefined();
  expect(await claimRequests.leftToOthers(request, asker(one))).toEqual({
    id,
    until: 1_000_000 + 10_000,
  });
  expect(await claimRequests.leftToOthers(request, asker(two))).toBeNull();
  expect(await take(two)).toBe("odd");
  expect(await claimRequests.leftToOthers(request, asker(one))).toBeNull();
  await giveBack(two);

  // the last who gave it back leaves it; other work is given meanwhile
  expect(await take(two)).toBeUndefined();
  await board.add([want({ title: "other" })], me);
  expect(await take(two)).toBe("other");
  expect(await take(two, { taskId: id } as object)).toBe("odd");
  await giveBack(two);

  // whoever waits for work alone with it is woken by the end of that pause
  pass(20_000 - 30);
  const waiting = take(two, { waitMs: 5 * minute });
  expect(await claimRequests.leftToOthers(request, asker(two))).toMatchObject({ id });
  pass(30);
  expect(await waiting).toBe("odd");
});

test("the pause after a failed attempt ends though the clock was set back behind its beginning", async () => {
  const { board, claims, claimRequests, clock, pass } = await openDesk();
  clock.now += 24 * 60 * minute;
  const [task] = await board.add([want({ maxAttempts: 9 })], me);
  const id = task?.id ?? "";
  const fail = async (): Promise<void> => {
    const given = await claims.claimTask(id, anybody, wish());
    await claims.fail(id, { token: tokenOf(given), holder: null }, "it broke");
  };
  let asked = 0;
  const isFree = async (): Promise<boolean> => {
    const whom = { session: null, agent: "me", capability: anybody };
    const request = { ...whom, taskId: null, runId: null, tags: [], ttlMs: minute, waitMs: 0 };
    const asker = { principal: person, idempotencyKey: `free ${++asked}`, signal: never };
    const given = await claimRequests.claim(request, asker);
    if (given) await claims.release(id, { token: tokenOf(given), holder: null }, "no");
    return given !== null;
  };
  await fail();
  expect(await isFree()).toBe(false);
  await expect(claims.claimTask(id, anybody, wish())).rejects.toMatchObject({
    code: "task_not_claimable",
  });
  clock.now -= 60 * minute;
  expect(await isFree()).toBe(true);

  // a little back is no more than a little longer
  await fail();
  clock.now -= minute;
  expect(await isFree()).toBe(false);
  pass(2 * minute);
  expect(await isFree()).toBe(true);
});

test("a jump of the clock takes nothing from anybody at once", async () => {
  const { board, claims, store, clock, pass } = await openDesk();
  await board.add([want(), want()], me);
  const task = await claims.claimNext(anybody, wish());
  const id = task?.id ?? "";
  pass(10_000);
  await claims.sweep();

  clock.now += 24 * 60 * minute;
  await claims.sweep();
  expect(await store.tasks.get(id)).toMatchObject({ state: "claimed" });
  await claims.renew(id, { token: tokenOf(task), holder: null }, null);

  clock.now -= 48 * 60 * minute;
  await claims.sweep();
  const { claim } = (await store.tasks.get(id)) ?? {};
  expect(claim?.expiresAt).toBe(clock.now + minute);
});

test("who waits for work is given it the moment there is some", async () => {
  const { board, claimRequests } = await openDesk();
  const capability = { providerId: null, model: null, role: null };
  const asker = { principal: { kind: "person" } as const, signal: never };
  const claim = (agent: string, waitMs: number) =>
    claimRequests.claim(
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

test("a session is itself alone, and works for its run alone", async () => {
  const { board, claimRequests, store } = await openDesk({
    runOf: (id) => Promise.resolve(id === "ap_000000000001" ? "rn_1" : "rn_2"),
  });
  const own = await addSession(store, { id: "ap_000000000001", state: "running" });
  const other = await addSession(store, { id: "ap_000000000002", state: "running" });
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

  await expect(claimRequests.claim({ ...request, session: other.id }, asker)).rejects.toMatchObject(
    {
      code: "policy_blocked",
    },
  );
  await expect(claimRequests.claim({ ...request, agent: "x" }, asker)).rejects.toMatchObject({
    code: "policy_blocked",
  });
  await expect(
    claimRequests.claim({ ...request, taskId: theirs?.id ?? "" }, asker),
  ).rejects.toMatchObject({ code: "task_not_found" });
  await expect(
    claimRequests.assign({ taskId: mine?.id ?? "", session: other.id, ttlMs: minute }, asker),
  ).rejects.toMatchObject({ code: "policy_blocked" });
  expect(await claimRequests.claim(request, asker)).toMatchObject({
    id: mine?.id,
    claim: { holder: `session:${own.id}`, sessionId: own.id },
  });
  expect(await claimRequests.claim(request, { ...asker, idempotencyKey: "k2" })).toBeNull();
});
