import { describe, expect, test } from "vitest";
import { decide, makeWorkerGroup } from "../../support/records.ts";
import type { StoreBackend } from "../store.ts";

export function workerGroupContract({ place }: StoreBackend): void {
  describe("groups of workers", () => {
    test("are found by id and by name, the one that is not stopped before the newest that is", async () => {
      const store = await place().open();
      const groups = [
        makeWorkerGroup({ id: "wk_1", name: "a", createdAt: 1, state: "stopped", endedAt: 2 }),
        makeWorkerGroup({ id: "wk_2", name: "a", createdAt: 3 }),
        makeWorkerGroup({ id: "wk_3", name: "a", createdAt: 4, state: "stopped", endedAt: 5 }),
        makeWorkerGroup({ id: "wk_4", name: "b", createdAt: 6, state: "stopped", endedAt: 7 }),
      ];
      await store.commit(decide({ writes: groups.map((insert) => ({ noun: "workers", insert })) }));
      const idsOf = (found: readonly { id: string }[]) => found.map(({ id }) => id);
      const { workerGroups } = store;

      expect((await workerGroups.resolve("a"))?.id).toBe("wk_2");
      expect((await workerGroups.resolve("wk_3"))?.id).toBe("wk_3");
      expect((await workerGroups.resolve("b"))?.id).toBe("wk_4");
      expect(await workerGroups.resolve("c")).toBeUndefined();
      expect(idsOf(await workerGroups.open())).toEqual(["wk_2"]);
      expect(idsOf(await workerGroups.list({ all: true, limit: 2 }))).toEqual(["wk_4", "wk_3"]);
    });
  });
}
