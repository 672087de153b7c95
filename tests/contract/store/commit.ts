import { describe, expect, test } from "vitest";
import type { Decision, Write } from "../../../src/domain/decision.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  decide,
  makeDelivery,
  makeEvent,
  makeLine,
  makeObservation,
  makeTurn,
  sessionId,
} from "../../support/records.ts";
import { makeSession } from "../../support/session.ts";
import type { StoreBackend } from "../store.ts";

const create = decide({ writes: [{ noun: "session", insert: makeSession() }] });

/** A bit of everything that a decision can bring. */
const full: Decision = {
  guards: [{ noun: "session", id: sessionId, expect: { version: 1, state: "starting" } }],
  writes: [
    { noun: "session", id: sessionId, update: { version: 2, state: "running" } },
    { noun: "turn", insert: makeTurn() },
    { noun: "delivery", insert: makeDelivery() },
  ],
  events: [makeEvent(), makeEvent({ sessionId: null })],
  observations: [makeObservation({ ref: "o1" })],
  transcript: [makeLine()],
  cursors: [{ sessionId, channel: "log:/a", offset: 7, memory: { line: 1 } }],
};

export function commitContract({ place }: StoreBackend): void {
  describe("commit", () => {
    test("all parts of a decision are there when its commit resolved", async () => {
      const store = await place().open();
      await store.commit(create);

      const result = await store.commit(full);

      expect(result).toEqual({
        ok: true,
        events: [
          { seq: 1, ...makeEvent() },
          { seq: 2, ...makeEvent({ sessionId: null }) },
        ],
      });
      expect(await everything(store)).toEqual({
        session: makeSession({ version: 2, state: "running" }),
        turns: [makeTurn()],
        deliveries: [makeDelivery()],
        events: (result as { events: unknown }).events,
        observations: [{ ...makeObservation({ ref: "o1" }), n: 1, seq: 2 }],
        transcript: [{ ...makeLine(), n: 1 }],
        cursors: full.cursors,
      });
    });

    const failing: readonly (readonly [string, Write, string])[] = [
      ["an id that is taken", { noun: "session", insert: makeSession() }, "conflict"],
      ["a record that is missing", { noun: "turn", id: "tn_9", update: { n: 3 } }, "conflict"],
      [
        "a number that is taken",
        { noun: "turn", insert: makeTurn({ id: "tn_2", n: 1 }) },
        "conflict",
      ],
      [
        "a key that is taken",
        { noun: "delivery", insert: makeDelivery({ id: "dl_2", n: 2, idempotencyKey: "k" }) },
        "idempotency_conflict",
      ],
      [
        "a field that does not exist",
        { noun: "turn", id: "tn_1", update: { mood: "good" } as object },
        "internal",
      ],
    ];
    test.each(failing)(
      "a decision whose last write names %s leaves nothing",
      async (_, last, code) => {
        const store = await place().open();
        await store.commit(create);
        const mine = makeDelivery({ idempotencyKey: "k" });
        const writes = full.writes.map((write) =>
          write.noun === "delivery" ? ({ noun: "delivery", insert: mine } as const) : write,
        );
        const before = await everything(store);

        const attempt = store.commit({ ...full, writes: [...writes, last] });

        await expect(attempt).rejects.toMatchObject({ code });
        expect(await everything(store)).toEqual(before);
        expect(await store.events.last()).toBe(0);
        expect(await store.commit(full)).toMatchObject({
          ok: true,
          events: [{ seq: 1 }, { seq: 2 }],
        });
      },
    );

    test("a guard that does not hold is returned, and nothing is written", async () => {
      const store = await place().open();
      await store.commit(create);
      const before = await everything(store);
      const broken = { noun: "session", id: sessionId, expect: { version: 7 } } as const;

      const result = await store.commit({ ...full, guards: [...full.guards, broken] });

      expect(result).toEqual({ ok: false, guard: broken });
      expect(await everything(store)).toEqual(before);
    });

    test("a guard on a record that does not exist does not hold", async () => {
      const store = await place().open();
      const guard = { noun: "turn", id: "tn_9", expect: {} } as const;

      expect(await store.commit(decide({ guards: [guard] }))).toEqual({ ok: false, guard });
    });

    test("guards compare values, not the order in which they were written", async () => {
      const store = await place().open();
      await store.commit(create);
      const workspace = Object.fromEntries(
        Object.entries(makeSession().workspace).toReversed(),
      ) as never;
      const guard = (expect: object) =>
        store.commit(decide({ guards: [{ noun: "session", id: sessionId, expect }] }));

      expect(await guard({ workspace, channels: ["hook", "log"], name: null })).toMatchObject({
        ok: true,
      });
      expect(await guard({ channels: ["log", "hook"] })).toMatchObject({ ok: false });
      expect(await guard({ channels: ["hook", "log", "api"] })).toMatchObject({ ok: false });
      expect(await guard({ limit: { value: { resetsAt: null } } })).toMatchObject({ ok: false });
    });

    test("a conversation is guarded against a second live session of the same agent", async () => {
      const store = await place().open();
      const holder = { id: "ap_b", providerId: "fake", agentSessionId: "c1" } as const;
      const guard = { noun: "conversation", id: "c1", providerId: "fake", onlyIn: "ap_a" } as const;
      const holds = async (fields: object = {}): Promise<boolean> =>
        (await store.commit(decide({ guards: [{ ...guard, ...fields }] }))).ok;
      const update = (fields: object) =>
        store.commit(decide({ writes: [{ noun: "session", id: "ap_b", update: fields }] }));

      expect(await holds()).toBe(true);
      await store.commit(decide({ writes: [{ noun: "session", insert: makeSession(holder) }] }));
      expect(await holds()).toBe(false);
      expect(await store.commit(decide({ guards: [guard] }))).toEqual({ ok: false, guard });
      expect(await holds({ id: "c2" })).toBe(true);
      expect(await holds({ providerId: "other" })).toBe(true);
      expect(await holds({ onlyIn: "ap_b" })).toBe(true);
      await update({ state: "lost" });
      expect(await holds()).toBe(true);
    });

    test("room for parallel work is counted with the commit, idle and ended sessions not", async () => {
      const store = await place().open();
      const guard = {
        noun: "parallel",
        id: "ap_new",
        providerId: null,
        max: 2,
        policy: "p",
      } as const;
      const holds = async (fields: object = {}): Promise<boolean> =>
        (await store.commit(decide({ guards: [{ ...guard, ...fields }] }))).ok;
      const insert = (id: string, fields: object) =>
        store.commit(
          decide({ writes: [{ noun: "session", insert: makeSession({ id, ...fields }) }] }),
        );

      await insert("ap_1", { state: "running" });
      await insert("ap_2", { state: "idle" });
      await insert("ap_3", { state: "completed" });
      expect(await holds()).toBe(true);
      await insert("ap_4", { state: "starting", providerId: "other" });
      expect(await store.commit(decide({ guards: [guard] }))).toEqual({ ok: false, guard });
      expect(await holds({ providerId: "other" })).toBe(true);
      expect(await holds({ providerId: "other", max: 1 })).toBe(false);
      expect(await holds({ id: "ap_4" })).toBe(true);
      expect(await holds({ max: 3 })).toBe(true);
    });

    test("two holders of old copies change different fields, and both changes stay", async () => {
      const here = place();
      const [one, other] = [await here.open(), await here.open()];
      await one.commit(create);

      await one.commit(change({ turnCount: 1 }));
      await other.commit(change({ name: "worker" }));

      expect(await one.sessions.get(sessionId)).toEqual(
        makeSession({ turnCount: 1, name: "worker" }),
      );
    });

    test("of two decisions guarded by the same version one is applied", async () => {
      const here = place();
      const stores = [await here.open(), await here.open()];
      await stores[0]?.commit(create);

      const results = await Promise.all(stores.map((store) => store.commit(full)));

      expect(results.map((result) => result.ok)).toEqual([true, false]);
    });

    test("a write without fields changes nothing and is no error", async () => {
      const store = await place().open();
      await store.commit(create);

      expect(await store.commit(change({}))).toEqual({ ok: true, events: [] });
    });

    test("a store opened for reading refuses every write", async () => {
      const here = place();
      await here.open();
      const reader = await here.open("read");

      await expect(reader.commit(create)).rejects.toMatchObject({ code: "store_read_only" });
      await expect(reader.meta.set("a", "b")).rejects.toMatchObject({ code: "store_read_only" });
      await expect(reader.meta.raiseEpoch()).rejects.toMatchObject({ code: "store_read_only" });
      expect(await reader.sessions.get(sessionId)).toBeUndefined();
    });

    test("a closed store refuses with an error of its own", async () => {
      const store = await place().open();
      await store.close();

      await expect(store.commit(create)).rejects.toMatchObject({ code: "store_failed" });
      await expect(store.sessions.live()).rejects.toMatchObject({ code: "store_failed" });
      await expect(store.close()).resolves.toBeUndefined();
    });
  });
}

function change(update: Partial<ReturnType<typeof makeSession>>): Decision {
  return decide({ writes: [{ noun: "session", id: sessionId, update }] });
}

/** All that a store holds about the session, for comparing before and after. */
async function everything(store: Store): Promise<Record<string, unknown>> {
  return {
    session: await store.sessions.get(sessionId),
    turns: await store.turns.ofSession(sessionId),
    deliveries: await store.deliveries.ofSession(sessionId),
    events: await store.events.since(0, { limit: 100 }),
    observations: await store.observations.ofSession(sessionId, { limit: 100 }),
    transcript: await store.transcripts.ofSession(sessionId, 0, 100),
    cursors: await store.cursors.ofSession(sessionId),
  };
}
