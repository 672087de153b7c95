import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AgentpoolError } from "../../src/domain/errors.ts";
import { type Claimant, nobodyWaits, type Task } from "../../src/domain/task.ts";
import { compareTasks, suits } from "../../src/domain/task-order.ts";
import { lastPauseEnd, leftUntil, pausedUntil, pauseMs } from "../../src/domain/task-pause.ts";
import { inOrder } from "../../src/domain/task-planning.ts";
import * as attempts from "../../src/domain/attempt-end-rules.ts";
import * as claims from "../../src/domain/claim-rules.ts";
import { sweep } from "../../src/domain/claim-sweep.ts";
import * as rules from "../../src/domain/task-rules.ts";
import { makeTask } from "../support/records.ts";
import { t0 } from "../support/session.ts";
import { anybody, TaskBook, want } from "../support/task-book.ts";

const day = 86_400_000;

/** Adds a graph by keys and gives the book with the ids by key. */
function planted(graph: Readonly<Record<string, readonly string[]>>, maxAttempts = 1) {
  const book = new TaskBook();
  const tasks = book.add(
    Object.entries(graph).map(([key, dependsOn]) => want({ key, dependsOn, maxAttempts })),
    t0,
  );
  const id = Object.fromEntries(tasks.map((task) => [task.key ?? "", task.id]));
  const play = (key: string, end: "complete" | "fail" | "lose" | "cancel" | "retry"): void => {
    const task = book.get(id[key] ?? "");
    const waiting = book.waitingFor(task.id);
    if (end === "cancel") {
      book.apply(rules.cancel(task, { because: "unwanted", by: "person", waiting, now: t0 }));
      return;
    }
    if (end === "retry") {
      book.apply(rules.retry(task, { by: "person", unmet: book.unmet(task), waiting, now: t0 }));
      return;
    }
    const wish = { holder: "agent:me", sessionId: null, ttlMs: 1_000, requestKey: null };
    book.apply(claims.claim(task, wish, { now: t0, lastToken: book.lastToken }).decision);
    const held = book.get(task.id);
    if (end === "complete") {
      const freed = book.waitingForAlone(task.id);
      book.apply(attempts.complete(held, { result: "ok", artifacts: [], freed, now: t0 }));
    } else if (end === "fail") {
      book.apply(attempts.failAttempt(held, { error: "it broke", jitter: 0, waiting, now: t0 }));
    } else book.apply(attempts.lose(held, { because: "its session ended", waiting, now: t0 }));
  };
  const state = (key: string): string => {
    const { state: word, because } = book.get(id[key] ?? "");
    return because === null ? word : `${word}: ${because}`;
  };
  return { book, id, play, state };
}

function codeOf(action: () => unknown): { code: string; details: unknown } | undefined {
  try {
    action();
    return undefined;
  } catch (thrown) {
    const { code, details } = AgentpoolError.from(thrown);
    return { code, details };
  }
}

test("the order of claims is total, and looks at priority, age and id alone", () => {
  const task = fc.record({
    priority: fc.integer({ min: -3, max: 3 }),
    createdAt: fc.constantFrom(t0, t0 + 1, t0 - 30 * day),
    id: fc.constantFrom("tk_a", "tk_b", "tk_c"),
  });
  fc.assert(
    fc.property(task, task, task, (a, b, c) => {
      expect(Math.sign(compareTasks(a, b))).toBe(0 - Math.sign(compareTasks(b, a)));
      const isBefore = compareTasks(a, b) < 0;
      const isFollowed = compareTasks(b, c) < 0;
      expect(!(isBefore && isFollowed) || compareTasks(a, c) < 0).toBe(true);
      expect(a.priority <= b.priority || isBefore).toBe(true);
    }),
  );
});

test("who asks for tags is given only what has one of them, who asks for none is given any", () => {
  const tags = fc.subarray(["a", "b", "c"]);
  fc.assert(
    fc.property(tags, tags, (has, asks) => {
      const claimant: Claimant = { ...anybody, tags: asks };
      const isGiven = asks.length === 0 || has.some((tag) => asks.includes(tag));
      expect(suits(makeTask({ tags: has }), claimant, t0)).toBe(isGiven);
    }),
  );
});

test("what a task requires is asked of its claimant, part by part", () => {
  const part = fc.constantFrom(null, "x", "y");
  const capability = fc.record({ providerId: part, model: part, role: part });
  fc.assert(
    fc.property(capability, capability, (requires, own) => {
      const isGiven = (["providerId", "model", "role"] as const).every(
        (name) => requires[name] === null || requires[name] === own[name],
      );
      expect(suits(makeTask({ requires }), { ...anybody, ...own }, t0)).toBe(isGiven);
    }),
  );
});

test("a circle is refused whole, and named", () => {
  const book = new TaskBook();
  const add = (graph: Readonly<Record<string, readonly string[]>>) =>
    codeOf(() =>
      book.add(
        Object.entries(graph).map(([key, dependsOn]) => want({ key, dependsOn })),
        t0,
      ),
    );

  expect(add({ a: ["a"] })).toMatchObject({
    code: "dependency_cycle",
    details: { cycle: ["a", "a"] },
  });
  expect(add({ x: [], a: ["x", "c"], b: ["a"], c: ["b"] })).toMatchObject({
    code: "dependency_cycle",
    details: { cycle: ["a", "c", "b", "a"] },
  });
  expect(add({ a: ["tk_none"] })).toMatchObject({
    code: "dependency_unknown",
    details: { task: "a", dependency: "tk_none" },
  });
  expect(book.tasks.size).toBe(0);
});

test("a graph is taken if, and only if, it has no circle", () => {
  const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 12 });
  fc.assert(
    fc.property(edges, (pairs) => {
      const wanted = Array.from({ length: 8 }, (_, n) =>
        want({
          key: `k${n}`,
          dependsOn: pairs.filter(([from]) => from === n).map(([, to]) => `k${to}`),
        }),
      );
      const book = new TaskBook();
      const fault = codeOf(() => book.add(wanted, t0));
      const links = wanted.map(({ key, dependsOn }) => ({ id: key ?? "", dependsOn }));
      // what can be put in order whole has no circle
      expect(fault === undefined).toBe(inOrder(links).length === wanted.length);
    }),
  );
});

test("a chain of 10,000 tasks is added, blamed and unblocked without running out of stack", () => {
  const keys = Array.from({ length: 10_000 }, (_, n) => `k${n}`);
  const book = new TaskBook();
  const tasks = book.add(
    keys.map((key, n) => want({ key, dependsOn: n === 0 ? [] : [`k${n - 1}`], maxAttempts: 1 })),
    t0,
  );
  const [first, ...rest] = tasks;
  if (!first) throw new Error("nothing was added");

  const decision = rules.cancel(first, {
    because: "unwanted",
    by: "person",
    waiting: { dependants: rest.toReversed(), others: [], revision: 1 },
    now: t0,
  });

  expect(decision.writes).toHaveLength(10_000);
  expect(decision.events.at(-1)?.body).toMatchObject({
    type: "task_blocked",
    because: `${first.id} was cancelled: unwanted`,
  });
});

test("what waits for a failed task says so, near and far, and hopes again when that is retried", () => {
  const { id, play, state } = planted({ a: [], b: ["a"], c: ["b"], d: ["c", "e"], e: [] });
  play("a", "fail");
  const because = `blocked: ${id["a"]} failed: it broke`;
  expect(["b", "c", "d", "e"].map(state)).toEqual([because, because, because, "pending"]);

  play("a", "retry");
  expect(["a", "b", "c", "d"].map(state)).toEqual(["pending", "blocked", "blocked", "blocked"]);

  for (const key of ["a", "b", "e", "c", "d"]) play(key, "complete");
  expect(["a", "b", "c", "d", "e"].map(state)).toEqual(Array(5).fill("completed"));
});

test("of two reasons the one that is left stays", () => {
  const { id, play, state } = planted({ a: [], b: [], c: ["a", "b"] });
  play("a", "fail");
  play("b", "cancel");
  expect(state("c")).toBe(`blocked: ${id["a"]} failed: it broke`);

  play("a", "retry");
  expect(state("c")).toBe(`blocked: ${id["b"]} was cancelled: unwanted`);
});

test("a task added behind a failed one is blocked with the reason from the start", () => {
  const { book, id, play } = planted({ a: [], b: ["a"] });
  play("a", "fail");

  const [late] = book.add([want({ dependsOn: [id["b"] ?? ""] })], t0);

  expect(late).toMatchObject({ state: "blocked", because: `${id["a"]} failed: it broke` });
});

test("a failed attempt pauses, twice as long each time, up to ten minutes and never more", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, j) => {
        const plain = Math.min(600_000, 10_000 * 2 ** (n - 1));
        expect(pauseMs(n, j)).toBeGreaterThanOrEqual(plain);
        expect(pauseMs(n, j)).toBeLessThanOrEqual(Math.min(600_000, plain * 1.2));
      },
    ),
  );
});

test("a pause holds until its end, and not until a clock that was set back is there again", () => {
  const task = makeTask({ notBefore: t0 + pauseMs(60, 1) });
  const claimant = { ...anybody, tags: [] };

  for (const [now, until] of [
    [t0, task.notBefore],
    [t0 - 4_000, task.notBefore],
    [t0 + 600_000, null],
    [t0 - 60_000, null],
    [t0 - day, null],
  ] as const) {
    expect(pausedUntil(task, now)).toBe(until);
    expect(suits(task, claimant, now)).toBe(until === null);
    expect(lastPauseEnd(now)).toBeGreaterThan(now + 600_000);
  }
  expect(pausedUntil(makeTask(), t0)).toBeNull();
});

test("an attempt counts when it failed or was lost, not when it was given back", () => {
  const held = makeTask({
    state: "claimed",
    attempt: 2,
    claim: { ...hold("agent:me"), sessionId: null },
  });
  const update = (decision: ReturnType<typeof claims.release>) =>
    decision.writes.flatMap((write) => ("update" in write ? [write.update] : []))[0];
  const waiting = nobodyWaits;

  expect(update(claims.release(held, "not mine", t0))).toMatchObject({
    state: "pending",
    attempt: 1,
  });
  expect(update(attempts.lose(held, { because: "gone", waiting, now: t0 }))).toMatchObject({
    state: "pending",
    attempt: 2,
    notBefore: null,
  });
  const failed = { error: "no", jitter: 0, waiting, now: t0 };
  expect(update(attempts.failAttempt(held, failed))).toMatchObject({
    state: "pending",
    attempt: 2,
    notBefore: t0 + 20_000,
  });
  expect(update(attempts.failAttempt({ ...held, attempt: 3 }, failed))).toMatchObject({
    state: "failed",
    error: "no",
    endedAt: t0,
  });
});

test("what a session gives back is left to others, twice as long each time in a row", () => {
  const of = (sessionId: string | null, holder = `session:${sessionId}`) => ({
    ...hold(holder),
    sessionId,
  });
  const released = (task: Task, now: number): Task => {
    const [write] = claims.release(task, "no", now).writes;
    if (!write || !("update" in write)) throw new Error("nothing was given back");
    return { ...task, ...(write.update as Partial<Task>) };
  };
  const again = (task: Task, claim: ReturnType<typeof of>): Task => ({
    ...task,
    state: "claimed",
    attempt: task.attempt + 1,
    claim,
  });
  const isOffered = (task: Task, holder: string | null, now: number): boolean =>
    suits(task, { ...anybody, holder }, now);

  let task = makeTask({ state: "claimed", attempt: 1, claim: of("ap_1") });
  for (const ms of [10_000, 20_000, 40_000]) {
    task = released(task, t0);
    expect(task).toMatchObject({ state: "pending", attempt: 0, notBefore: null });
    expect(isOffered(task, "session:ap_1", t0 + ms - 1)).toBe(false);
    expect(isOffered(task, "session:ap_1", t0 + ms)).toBe(true);
    expect(isOffered(task, "session:ap_2", t0)).toBe(true);
    expect(isOffered(task, null, t0)).toBe(true);
    task = again(task, of("ap_1"));
  }
  // somebody else's release begins anew, and people's and programs' leave nothing to others
  task = released(again(task, of("ap_2")), t0);
  expect(leftUntil(task, "session:ap_2", t0)).toBe(t0 + 10_000);
  expect(isOffered(task, "session:ap_1", t0)).toBe(true);
  task = released(again(task, of(null, "agent:me")), t0);
  expect(isOffered(task, "agent:me", t0)).toBe(true);
  // a clock that was set back holds nothing up
  expect(leftUntil(released(again(task, of("ap_1")), t0), "session:ap_1", t0 - day)).toBeNull();
});

test("time takes claims from ended sessions and from who does not renew, and from nobody else", () => {
  const claims = [
    { id: "live", claim: { ...hold("session:ap_1"), sessionId: "ap_1", expiresAt: t0 - day } },
    { id: "gone", claim: { ...hold("session:ap_2"), sessionId: "ap_2", expiresAt: t0 + day } },
    { id: "due", claim: { ...hold("agent:a"), expiresAt: t0 } },
    { id: "fresh", claim: { ...hold("agent:b"), expiresAt: t0 + 30_000 } },
    { id: "ahead", claim: { ...hold("agent:c"), expiresAt: t0 + day } },
  ];
  const options = { now: t0, isLive: (id: string) => id === "ap_1" };

  expect(sweep(claims, { ...options, isAwake: true })).toEqual({
    renew: ["live", "ahead"],
    lost: [
      { id: "gone", because: "its session ended" },
      { id: "due", because: "nobody renewed the claim" },
    ],
    nextAt: t0 + 30_000,
  });
  expect(sweep(claims, { ...options, isAwake: false }).lost.map(({ id }) => id)).toEqual(["gone"]);
});

test("a key that is there already is not made a second time", () => {
  const book = new TaskBook();
  const [first] = book.add([want({ key: "a" })], t0);
  if (first) book.tasks.set("a", first);

  const again = book.add([want({ key: "a" }), want({ key: "b", dependsOn: ["a"] })], t0);

  expect(again).toMatchObject([{ key: "b", dependsOn: [first?.id], state: "blocked" }]);
});

function hold(holder: string) {
  return {
    holder,
    sessionId: null,
    token: 1,
    claimedAt: t0,
    ttlMs: 60_000,
    expiresAt: t0 + 60_000,
  };
}
