import { describe, expect, test } from "vitest";
import { decide, makeLease } from "../../support/records.ts";
import { t0 } from "../../support/session.ts";
import type { StoreBackend } from "../store.ts";

export function leaseContract({ place }: StoreBackend): void {
  describe("leases", () => {
    test("a guarded token lets one of two decisions through", async () => {
      const store = await place().open();
      const give = (id: string) =>
        store.commit({
          ...decide({ writes: [{ noun: "lease", insert: makeLease({ id, token: 1 }) }] }),
          guards: [{ noun: "token", of: "lease", last: 0 }],
        });

      const results = await Promise.all([give("ls_1"), give("ls_2")]);

      expect(results.map(({ ok }) => ok)).toEqual([true, false]);
      expect(await store.leases.book()).toMatchObject({ leases: [{ id: "ls_1" }], lastToken: 1 });
    });

    test("the book holds what is active or waited for; lists are newest first", async () => {
      const store = await place().open();
      const made = [
        makeLease({ id: "ls_1", token: 1, state: "released", createdAt: t0 }),
        makeLease({ id: "ls_2", token: 2, state: "waiting", createdAt: t0 + 1 }),
        makeLease({ id: "ls_3", token: 3, holder: "agent:you", createdAt: t0 + 2 }),
      ];
      await store.commit(decide({ writes: made.map((insert) => ({ noun: "lease", insert })) }));
      const ids = (found: readonly { id: string }[]) => found.map(({ id }) => id);

      expect(ids((await store.leases.book()).leases)).toEqual(["ls_2", "ls_3"]);
      expect(ids(await store.leases.list({ all: true, limit: 9 }))).toEqual([
        "ls_3",
        "ls_2",
        "ls_1",
      ]);
      expect(ids(await store.leases.list({ all: false, holder: "agent:me", limit: 9 }))).toEqual([
        "ls_2",
      ]);
      expect(ids(await store.leases.byRequest("request"))).toEqual(["ls_1", "ls_2", "ls_3"]);
    });

    test("retention removes what ended long ago, and the highest token stays known", async () => {
      const store = await place().open();
      const ended = { state: "released", endedAt: t0 } as const;
      const made = [
        makeLease({ id: "ls_1", token: 1, ...ended }),
        makeLease({ id: "ls_2", token: 2 }),
        makeLease({ id: "ls_3", token: 3, ...ended }),
      ];
      await store.commit(decide({ writes: made.map((insert) => ({ noun: "lease", insert })) }));

      await store.prune({ eventsMs: 1_000, observationsPerSession: 9 }, t0 + 5_000);

      const left = await store.leases.list({ all: true, limit: 9 });
      expect(left.map(({ id }) => id).toSorted()).toEqual(["ls_2", "ls_3"]);
      expect((await store.leases.book()).lastToken).toBe(3);
    });
  });
}
