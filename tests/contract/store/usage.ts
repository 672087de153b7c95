import { describe, expect, test } from "vitest";
import type { Store } from "../../../src/store/store.ts";
import { decide, makeSnapshot } from "../../support/records.ts";
import type { StoreBackend } from "../store.ts";

async function keep(
  store: Store,
  ...told: readonly (readonly [account: string, source: string, at: number])[]
): Promise<void> {
  const writes = told.map(([accountId, source, at]) => ({
    noun: "usage" as const,
    insert: makeSnapshot({ id: `${accountId}-${source}-${at}`, accountId, source, at }),
  }));
  await store.commit(decide({ writes }));
}

async function ids(store: Store, accountId?: string): Promise<string[]> {
  return (await store.usage.latest(accountId)).map(({ id }) => id);
}

export function usageContract({ place }: StoreBackend): void {
  describe("usage", () => {
    test("gives the newest snapshot of each account and source, newest first", async () => {
      const store = await place().open();
      expect(await ids(store)).toEqual([]);

      await keep(
        store,
        ["a", "probe", 5],
        ["a", "probe", 9],
        ["a", "session", 7],
        ["b", "probe", 8],
      );
      // told later about an earlier moment
      await keep(store, ["a", "session", 6]);

      expect(await ids(store)).toEqual(["a-probe-9", "b-probe-8", "a-session-7"]);
      expect(await ids(store, "a")).toEqual(["a-probe-9", "a-session-7"]);
      expect(await ids(store, "nobody")).toEqual([]);
    });

    test("prune keeps so many of each account and source, the newest always", async () => {
      const { open } = place();
      const store = await open();
      const many = Array.from({ length: 50 }, (_, at) => ["a", "probe", at] as const);
      await keep(store, ...many, ["b", "session", 1], ["b", "session", 2]);

      const keepOne = { eventsMs: 0, observationsPerSession: 1, snapshotsPerSource: 0 };
      await store.prune({ ...keepOne, snapshotsPerSource: 2 }, 0);
      expect(await ids(store)).toEqual(["a-probe-49", "b-session-2"]);
      // ids are free again only where a snapshot went
      await keep(store, ["a", "probe", 47]);
      await expect(keep(store, ["a", "probe", 48])).rejects.toMatchObject({ code: "conflict" });

      await store.prune(keepOne, 0);
      await keep(store, ["a", "probe", 48], ["b", "session", 1]);
      expect(await ids(store)).toEqual(["a-probe-49", "b-session-2"]);
    });
  });
}
