import { describe, expect, test } from "vitest";
import { decide, makeRun } from "../../support/records.ts";
import type { StoreBackend } from "../store.ts";

export function runContract({ place }: StoreBackend): void {
  describe("runs", () => {
    test("are found by id, its beginning, name and as the newest, open ones before ended", async () => {
      const store = await place().open();
      const runs = [
        makeRun({ id: "rn_aaaa1", name: "nightly", createdAt: 1, state: "completed", endedAt: 2 }),
        makeRun({ id: "rn_aaaa2", name: "nightly", createdAt: 3 }),
        makeRun({ id: "rn_aabb3", createdAt: 4, state: "failed", endedAt: 5, idempotencyKey: "k" }),
      ];
      await store.commit(decide({ writes: runs.map((insert) => ({ noun: "run", insert })) }));
      const resolve = async (text: string) => (await store.runs.resolve(text)).map(({ id }) => id);

      expect(await resolve("rn_aaaa1")).toEqual(["rn_aaaa1"]);
      expect(await resolve("rn_aabb")).toEqual(["rn_aabb3"]);
      expect(await resolve("rn_aaaa")).toEqual(["rn_aaaa2", "rn_aaaa1"]);
      expect(await resolve("rn_")).toEqual([]);
      expect(await resolve("nightly")).toEqual(["rn_aaaa2"]);
      expect(await resolve("@last")).toEqual(["rn_aabb3"]);
      expect((await store.runs.byIdempotencyKey("k"))?.id).toBe("rn_aabb3");
    });

    test("are listed newest first, and those that are not over oldest first", async () => {
      const store = await place().open();
      const runs = [
        makeRun({ id: "rn_1", createdAt: 1, state: "paused" }),
        makeRun({ id: "rn_2", createdAt: 2, state: "cancelled", endedAt: 3 }),
        makeRun({ id: "rn_3", createdAt: 3, kind: "team", state: "awaiting_approval" }),
      ];
      await store.commit(decide({ writes: runs.map((insert) => ({ noun: "run", insert })) }));
      const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

      expect(ids(await store.runs.open())).toEqual(["rn_1", "rn_3"]);
      expect(ids(await store.runs.list({ all: true, limit: 2 }))).toEqual(["rn_3", "rn_2"]);
      expect(ids(await store.runs.list({ all: false, limit: 9 }))).toEqual(["rn_3", "rn_1"]);
      expect(ids(await store.runs.list({ all: true, kind: "team", limit: 9 }))).toEqual(["rn_3"]);
    });

    test("a change is guarded by the moment of the last one", async () => {
      const store = await place().open();
      await store.commit(decide({ writes: [{ noun: "run", insert: makeRun({ id: "rn_1" }) }] }));
      const { updatedAt } = makeRun();
      const pause = decide({
        guards: [{ noun: "run", id: "rn_1", expect: { state: "running", updatedAt } }],
        writes: [
          { noun: "run", id: "rn_1", update: { state: "paused", updatedAt: updatedAt + 1 } },
        ],
      });

      expect(await store.commit(pause)).toMatchObject({ ok: true });
      expect(await store.commit(pause)).toMatchObject({ ok: false, guard: { noun: "run" } });
    });
  });
}
