import { describe, expect, test } from "vitest";
import { anyCapability, type Claim, type Claimant, type Task } from "../../../src/domain/task.ts";
import { complete } from "../../../src/domain/attempt-end-rules.ts";
import { claim } from "../../../src/domain/claim-rules.ts";
import type { Store } from "../../../src/store/store.ts";
import { decide, makeTask } from "../../support/records.ts";
import { t0 } from "../../support/session.ts";
import type { StoreBackend } from "../store.ts";

const anybody: Claimant = { ...anyCapability, tags: [], runId: null };

async function add(store: Store, ...tasks: readonly Partial<Task>[]): Promise<void> {
  const writes = tasks.map((fields) => ({ noun: "task", insert: makeTask(fields) }) as const);
  await store.commit(decide({ writes }));
}

function makeClaim(fields: Partial<Claim> = {}): Claim {
  return {
    holder: "agent:me",
    sessionId: null,
    token: 1,
    claimedAt: t0,
    ttlMs: 60_000,
    expiresAt: t0 + 60_000,
    requestKey: null,
    ...fields,
  };
}

const idsOf = (found: readonly { id: string }[]): string[] => found.map(({ id }) => id);

export function taskContract({ place }: StoreBackend): void {
  describe("tasks", () => {
    test("the first to claim has the highest priority, then the greatest age, then the least id", async () => {
      const store = await place().open();
      await add(
        store,
        { id: "tk_d", createdAt: t0 },
        { id: "tk_c", createdAt: t0 },
        { id: "tk_b", createdAt: t0 - 30 * 86_400_000 },
        { id: "tk_a", priority: 5, createdAt: t0 + 1 },
      );
      const order: string[] = [];

      for (let id = await store.tasks.next(anybody, t0); id;) {
        order.push(id);
        await store.commit(
          decide({ writes: [{ noun: "task", id, update: { state: "completed" } }] }),
        );
        id = await store.tasks.next(anybody, t0);
      }

      expect(order).toEqual(["tk_a", "tk_b", "tk_c", "tk_d"]);
    });

    test("a claimant gets only what suits them, in their run, and not before its time", async () => {
      const store = await place().open();
      await add(
        store,
        { id: "tk_run", runId: "rn_1", key: "a", priority: 9 },
        { id: "tk_codex", requires: { ...anyCapability, providerId: "codex-cli" }, priority: 8 },
        { id: "tk_late", notBefore: t0 + 10, priority: 7 },
        { id: "tk_tagged", tags: ["x", "y"], priority: 1 },
        { id: "tk_plain", priority: 2 },
      );
      const next = (claimant: Partial<Claimant>, now = t0) =>
        store.tasks.next({ ...anybody, ...claimant }, now);

      expect(await next({})).toBe("tk_plain");
      expect(await next({ tags: ["y", "z"] })).toBe("tk_tagged");
      expect(await next({ tags: ["z"] })).toBeUndefined();
      expect(await next({ providerId: "codex-cli", model: "m", role: "r" })).toBe("tk_codex");
      expect(await next({}, t0 + 10)).toBe("tk_late");
      expect(await next({ runId: "rn_1" })).toBe("tk_run");

      const count = (claimant: Partial<Claimant>, now = t0) =>
        store.tasks.countFor({ ...anybody, ...claimant }, now);
      expect(await count({})).toBe(2);
      expect(await count({ tags: ["x", "y"] })).toBe(1);
      expect(await count({ tags: ["z"] })).toBe(0);
      expect(await count({ runId: "rn_1" })).toBe(1);
      expect(await count({}, t0 + 10)).toBe(3);
      expect(await count({ providerId: "codex-cli", model: "m", role: "r" })).toBe(3);
      expect(await store.tasks.nextPauseEnd(t0)).toBe(t0 + 10);
      expect(await store.tasks.nextPauseEnd(t0 + 10)).toBeNull();

      // the clock was set back meanwhile, by more than a pause may last
      const back = t0 - 3_600_000;
      expect(await next({}, back)).toBe("tk_late");
      expect(await count({}, back)).toBe(3);
      expect(await store.tasks.nextPauseEnd(back)).toBeNull();
    });

    test("what a session gave back is left to others, and to itself by its id alone, for a while", async () => {
      const store = await place().open();
      const pastClaim = { token: 1, as: "released", because: "no" } as const;
      const own = "session:ap_1";
      await add(
        store,
        { id: "tk_own", tags: ["x"], pastClaim: { ...pastClaim, holder: own, leftUntil: t0 + 10 } },
        { id: "tk_past", priority: -1, pastClaim: { ...pastClaim, holder: own, leftUntil: t0 } },
        { id: "tk_old", priority: -2, pastClaim: { ...pastClaim, holder: own } },
      );
      const next = (holder: string | null, now = t0, tags: readonly string[] = []) =>
        store.tasks.next({ ...anybody, tags, holder }, now);

      expect(await next(own)).toBe("tk_past");
      expect(await next(own, t0, ["x"])).toBeUndefined();
      expect(await next("session:ap_2")).toBe("tk_own");
      expect(await next(null, t0, ["x"])).toBe("tk_own");
      expect(await next(own, t0 + 10)).toBe("tk_own");
      // the clock was set back meanwhile, by more than a pause may last
      expect(await next(own, t0 - 3_600_000)).toBe("tk_own");
      expect(await store.tasks.countFor({ ...anybody, holder: own }, t0)).toBe(2);
      expect(await store.tasks.countFor(anybody, t0)).toBe(3);
      const claimant = { ...anybody, holder: own };
      const { of } = await store.tasks.offers(
        [
          { claimant, requestKey: null },
          { claimant: anybody, requestKey: null },
        ],
        t0,
      );
      expect(of.map((offer) => offer?.task.id)).toEqual(["tk_past", "tk_own"]);
    });

    test("what is in the queue follows the state, through every way a record is written", async () => {
      const store = await place().open();
      const task = makeTask({ tags: ["x"] });
      const next = () => store.tasks.next({ ...anybody, tags: ["x"] }, t0);
      const write = (fields: Partial<Task>) =>
        store.commit(decide({ writes: [{ noun: "task", id: task.id, update: fields }] }));
      await add(store, task);
      expect(await next()).toBe(task.id);
      await write({ state: "blocked" });
      expect(await next()).toBeUndefined();
      await write({ state: "pending", notBefore: t0 + 1 });
      expect(await next()).toBeUndefined();
      await write({ notBefore: null });
      expect(await next()).toBe(task.id);
      await store.commit(
        decide({ writes: [{ noun: "task", put: { ...task, state: "cancelled" } }] }),
      );
      expect(await next()).toBeUndefined();
    });

    test("tokens rise over all claims, and what is given back is not forgotten", async () => {
      const store = await place().open();
      await add(store, { id: "tk_1" }, { id: "tk_2" });
      const give = async (id: string, lastToken: number) => {
        const task = (await store.tasks.get(id)) as Task;
        const wish = { holder: "agent:a", sessionId: null, ttlMs: 1_000, requestKey: `key ${id}` };
        return store.commit(claim(task, wish, { now: t0, lastToken }).decision);
      };

      expect((await give("tk_1", 0)).ok).toBe(true);
      expect((await give("tk_2", 0)).ok).toBe(false);
      expect((await give("tk_2", 1)).ok).toBe(true);
      const again = { claimant: anybody, requestKey: "key tk_2" };
      expect(await store.tasks.offers([again, { ...again, requestKey: "new" }], t0)).toEqual({
        of: [{ task: await store.tasks.get("tk_2"), isGiven: true }, undefined],
        lastToken: 2,
      });
      expect((await store.tasks.claims()).map((one) => one.claim.token)).toEqual([1, 2]);
      await store.commit(
        decide({
          writes: [{ noun: "task", id: "tk_2", update: { state: "pending", claim: null } }],
        }),
      );
      expect(await store.tasks.lastClaimToken()).toBe(2);
      expect(idsOf(await store.tasks.claims())).toEqual(["tk_1"]);
    });

    test("of two decisions for one task a single one is applied", async () => {
      const store = await place().open();
      await add(store, { state: "claimed", claim: makeClaim(), attempt: 1 });
      const task = (await store.tasks.get("tk_1")) as Task;
      const end = (result: string) =>
        store.commit(
          complete(task, { result, artifacts: [], freed: { links: [], revision: 0 }, now: t0 }),
        );

      const results = await Promise.all([end("first"), end("second")]);

      expect(results.map(({ ok }) => ok)).toEqual([true, false]);
      expect(await store.tasks.get("tk_1")).toMatchObject({ state: "completed", result: "first" });
    });

    test("who waits for a task is known, alone or with others, near and far", async () => {
      const store = await place().open();
      await add(
        store,
        { id: "tk_done", state: "completed" },
        { id: "tk_a" },
        { id: "tk_b" },
        { id: "tk_c", state: "blocked", dependsOn: ["tk_a", "tk_done"] },
        { id: "tk_d", state: "blocked", dependsOn: ["tk_a", "tk_b"] },
        { id: "tk_e", state: "blocked", dependsOn: ["tk_c"] },
      );
      const { tasks } = store;

      expect(idsOf((await tasks.waitingForAlone("tk_a")).links)).toEqual(["tk_c"]);
      const waiting = await tasks.waitingFor("tk_a");
      expect(idsOf(waiting.dependants)).toEqual(["tk_c", "tk_d", "tk_e"]);
      expect(waiting.others).toEqual([
        { id: "tk_a", runId: null, state: "pending", because: null, dependsOn: [] },
        { id: "tk_b", runId: null, state: "pending", because: null, dependsOn: [] },
      ]);

      const done = { state: "completed" } as const;
      await store.commit(decide({ writes: [{ noun: "task", id: "tk_a", update: done }] }));
      expect(idsOf((await tasks.waitingForAlone("tk_b")).links)).toEqual(["tk_d"]);
      expect((await tasks.waitingFor("tk_a")).dependants).toEqual([]);
    });

    test("lists are in the order of adding, by run, state, tag and holder, without long texts", async () => {
      const store = await place().open();
      const held = { state: "claimed", claim: makeClaim() } as const;
      await add(
        store,
        { id: "tk_1", runId: "rn_1", key: "a", createdAt: t0, body: "long" },
        { id: "tk_2", runId: "rn_1", key: "b", createdAt: t0 + 1, tags: ["x"], ...held },
        { id: "tk_3", createdAt: t0 + 2, state: "completed", result: "long" },
      );
      const { tasks } = store;
      const list = async (filter: object) =>
        idsOf((await tasks.list({ limit: 9, ...filter })).tasks);

      expect(await list({})).toEqual(["tk_1", "tk_2", "tk_3"]);
      expect(await list({ newestFirst: true, limit: 2 })).toEqual(["tk_3", "tk_2"]);
      expect(await list({ runId: "rn_1", limit: 1, offset: 1 })).toEqual(["tk_2"]);
      expect(await list({ runId: null })).toEqual(["tk_3"]);
      expect(await list({ states: ["claimed", "completed"] })).toEqual(["tk_2", "tk_3"]);
      expect(await list({ tag: "x" })).toEqual(["tk_2"]);
      expect(await list({ holder: "agent:me" })).toEqual(["tk_2"]);
      const { tasks: found, total } = await tasks.list({ limit: 1 });
      expect(total).toBe(3);
      expect(found[0]).not.toHaveProperty("body");
      expect(await tasks.counts({ runId: "rn_1" })).toMatchObject({ pending: 1, claimed: 1 });
      expect((await tasks.ofRun("rn_1"))[0]).toMatchObject({ body: "long" });
      expect(idsOf(await tasks.byKeys("rn_1", ["b", "none"]))).toEqual(["tk_2"]);
      expect(idsOf(await tasks.byIds(["tk_3", "tk_0", "tk_1"]))).toEqual(["tk_3", "tk_1"]);
    });

    test("a task is found by its whole id, or by a beginning that only it has", async () => {
      const store = await place().open();
      await add(store, { id: "tk_abcd1" }, { id: "tk_abcd2" }, { id: "tk_abcde" });
      const find = async (id: string) => idsOf(await store.tasks.resolve(id));

      expect(await find("tk_abcd1")).toEqual(["tk_abcd1"]);
      expect(await find("tk_abcde")).toEqual(["tk_abcde"]);
      expect(await find("tk_abcd")).toHaveLength(3);
      expect(await find("tk_a")).toEqual([]);
    });

    test("notes are kept by task, the newest of them on request", async () => {
      const store = await place().open();
      const writes = ["a", "b", "c"].map((text, i) => ({
        noun: "note" as const,
        insert: { id: `nt_${i}`, taskId: "tk_1", author: "person", text, at: t0 + i },
      }));
      await store.commit(decide({ writes }));

      expect((await store.tasks.notes("tk_1", 2)).map(({ text }) => text)).toEqual(["b", "c"]);
    });
  });
}
