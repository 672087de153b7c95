import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/domain/event.ts";
import type { Store } from "../../../src/store/store.ts";
import { decide, makeEvent, makeObservation, makeTurn } from "../../support/records.ts";
import { makeSession } from "../../support/session.ts";
import type { StoreBackend } from "../store.ts";

const [ended, live] = ["ap_ended0000000", "ap_live00000000"] as const;
const day = 86_400_000;
const now = 100 * day;
const keepTenDays = { eventsMs: 10 * day, observationsPerSession: 3 };

/** Events 1 to 6: of an ended session, a live one, and no session, each old and then young. */
async function prepare(store: Store): Promise<void> {
  const at = (sessionId: string | null, days: number) => makeEvent({ sessionId, at: days * day });
  await store.commit(
    decide({
      writes: [
        { noun: "session", insert: makeSession({ id: ended, state: "completed" }) },
        { noun: "session", insert: makeSession({ id: live, state: "idle" }) },
      ],
      events: [at(ended, 1), at(live, 1), at(null, 1), at(ended, 95), at(live, 95), at(null, 95)],
    }),
  );
}

async function seqs(
  store: Store,
  after: number,
  sessionIds?: readonly string[],
): Promise<number[]> {
  const filter = sessionIds === undefined ? {} : { sessionIds };
  return (await store.events.since(after, { limit: 99, ...filter })).map(({ seq }) => seq);
}

export function retentionContract({ place }: StoreBackend): void {
  describe("retention", () => {
    test("removes old events of ended sessions and of none; live ones keep theirs", async () => {
      const store = await place().open();
      await prepare(store);

      expect(await store.prune(keepTenDays, now)).toEqual({ events: 2, observations: 0 });
      expect(await store.prune(keepTenDays, now)).toEqual({ events: 0, observations: 0 });

      expect(await seqs(store, 3)).toEqual([4, 5, 6]);
      expect(await seqs(store, 0, [live])).toEqual([2, 5]);
      expect(await seqs(store, 1, [ended])).toEqual([4]);
    });

    test("a session that is over is removed with all that names it, a live one is not", async () => {
      const store = await place().open();
      await prepare(store);
      await store.commit(
        decide({
          writes: [
            { noun: "turn", insert: makeTurn({ id: "tn_a", sessionId: ended }) },
            { noun: "turn", insert: makeTurn({ id: "tn_b", sessionId: live }) },
          ],
        }),
      );

      const told: Event[] = [];
      store.onCommit((events) => told.push(...events));
      const by = "person";
      const body = { type: "session_removed", removed_session_id: ended, name: null, by } as const;
      const event = { sessionId: null, at: now, body };
      expect(await store.remove(live, [event])).toBe(false);
      expect(await store.remove("ap_nobody000000", [event])).toBe(false);
      expect(await store.remove(ended, [event])).toBe(true);
      expect(await store.remove(ended, [event])).toBe(false);
      expect(told).toMatchObject([{ seq: 7, body }]);

      expect(await store.sessions.get(ended)).toBeUndefined();
      expect(await store.turns.ofSession(ended)).toEqual([]);
      expect(await store.turns.ofSession(live)).toHaveLength(1);
      expect(await seqs(store, 0, [live])).toEqual([2, 5]);
      expect(await store.events.last()).toBe(7);
      await expect(seqs(store, 0)).rejects.toMatchObject({
        code: "cursor_expired",
        details: { oldest_cursor: 4 },
      });
    });

    test("a cursor before something removed fails, and names one that works", async () => {
      const store = await place().open();
      await prepare(store);
      await store.prune(keepTenDays, now);

      const expired = (oldest: number) => ({
        code: "cursor_expired",
        details: { oldest_cursor: oldest },
      });
      await expect(seqs(store, 0)).rejects.toMatchObject(expired(3));
      await expect(seqs(store, 2)).rejects.toMatchObject(expired(3));
      await expect(seqs(store, 0, [ended])).rejects.toMatchObject(expired(1));
      await expect(seqs(store, 0, [live, ended])).rejects.toMatchObject(expired(1));
      expect(await seqs(store, 1, [live, ended])).toEqual([2, 4, 5]);
    });

    test("numbers go on where they were after everything was removed", async () => {
      const here = place();
      const store = await here.open();
      await store.commit(decide({ events: [makeEvent(), makeEvent(), makeEvent()] }));

      expect(await store.prune({ ...keepTenDays, eventsMs: 0 }, Number.MAX_SAFE_INTEGER)).toEqual({
        events: 3,
        observations: 0,
      });

      expect(await store.events.last()).toBe(3);
      const again = await here.open();
      expect(await again.commit(decide({ events: [makeEvent()] }))).toMatchObject({
        events: [{ seq: 4 }],
      });
      expect(await seqs(again, 3)).toEqual([4]);
    });

    test("keeps the newest observations of each session, live or not", async () => {
      const store = await place().open();
      await prepare(store);
      const many = (sessionId: string, count: number) =>
        Array.from({ length: count }, (_, at) => makeObservation({ sessionId, at, ref: `r${at}` }));
      await store.commit(decide({ observations: [...many(live, 50), ...many(ended, 2)] }));

      expect(await store.prune(keepTenDays, 0)).toEqual({ events: 0, observations: 47 });

      const left = await store.observations.ofSession(live, { limit: 99 });
      expect(left.map(({ n, at }) => [n, at])).toEqual([
        [48, 47],
        [49, 48],
        [50, 49],
      ]);
      expect(await store.observations.seen(live, "hook", "r47")).toBe(true);
      await store.commit(decide({ observations: many(live, 1) }));
      expect((await store.observations.ofSession(live, { limit: 1 }))[0]?.n).toBe(51);
      expect(await store.observations.ofSession(ended, { limit: 99 })).toHaveLength(2);
    });

    test("lets everything else go on while much is removed", async () => {
      const store = await place().open();
      for (let batch = 0; batch < 20; batch += 1) {
        await store.commit(
          decide({ events: Array.from({ length: 500 }, () => makeEvent({ at: 0 })) }),
        );
      }

      let over = false;
      const pruning = store.prune(keepTenDays, now).finally(() => {
        over = true;
      });
      let between = 0;
      while (!over) {
        await store.commit(decide({ events: [makeEvent({ at: now })] }));
        between += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }

      expect(await pruning).toEqual({ events: 10_000, observations: 0 });
      expect(between).toBeGreaterThan(3);
      expect(await seqs(store, 10_000)).toHaveLength(between);
    });
  });
}
