import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/domain/event.ts";
import { decide, makeEvent, makeTurn } from "../../support/records.ts";
import type { StoreBackend } from "../store.ts";

/** What one caller does: commits some events, runs into a guard, or fails half way. */
const action = fc.record({
  store: fc.integer({ min: 0, max: 1 }),
  kind: fc.constantFrom("commit", "guarded", "fails"),
  events: fc.integer({ min: 0, max: 3 }),
});

export function numberContract({ place }: StoreBackend): void {
  describe("event numbers", () => {
    test("have no gap and no double however commits and failures of two stores mix", async () => {
      const here = place();
      const stores = [await here.open(), await here.open()] as const;
      const kept: Event[] = [];

      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (actions) => {
          const results = await Promise.allSettled(
            actions.map(({ store, kind, events }) =>
              stores[store === 0 ? 0 : 1].commit({
                guards: kind === "guarded" ? [{ noun: "turn", id: "none", expect: { n: 1 } }] : [],
                writes:
                  kind === "fails"
                    ? [{ noun: "turn", id: "none", update: { result: "half" } }]
                    : [],
                events: Array.from({ length: events }, () => makeEvent()),
              }),
            ),
          );

          for (const result of results) {
            if (result.status === "fulfilled" && result.value.ok) kept.push(...result.value.events);
          }
          expect(kept.map((event) => event.seq).sort((a, b) => a - b)).toEqual(
            kept.map((_, index) => index + 1),
          );
          expect(await stores[0].events.last()).toBe(kept.length);
          expect(results.map((result) => result.status === "rejected")).toEqual(
            actions.map(({ kind }) => kind === "fails"),
          );
        }),
        { numRuns: 40 },
      );
      const stored = await stores[1].events.since(0, { limit: kept.length + 1 });
      expect(stored).toEqual(kept.sort((a, b) => a.seq - b.seq));
    });

    test("follow the order in which commits were asked for", async () => {
      const store = await place().open();

      const results = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          store.commit(decide({ events: [makeEvent({ at })] })),
        ),
      );

      expect(results.map((result) => result.ok && result.events[0]?.seq)).toEqual(
        Array.from({ length: 50 }, (_, at) => at + 1),
      );
      expect((await store.events.since(0, { limit: 99 })).map(({ at }) => at)).toEqual(
        Array.from({ length: 50 }, (_, at) => at),
      );
    });

    test("observations carry the number of the newest event of their decision", async () => {
      const store = await place().open();
      const observation = { sessionId: "ap_1", source: "hook", ref: null, foreign: false } as const;
      const seen = { ...observation, at: 1, claim: { kind: "tick" }, outcome: "" } as const;
      const observations = [seen, seen];

      await store.commit(decide({ events: [makeEvent(), makeEvent()], observations }));
      await store.commit(decide({ observations }));
      await store.commit(decide({ writes: [{ noun: "turn", insert: makeTurn() }] }));

      const stored = await store.observations.ofSession("ap_1", { limit: 9 });
      expect(stored.map(({ n, seq }) => [n, seq])).toEqual([
        [1, 2],
        [2, 2],
        [3, 2],
        [4, 2],
      ]);
    });
  });
}
