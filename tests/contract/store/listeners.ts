import { describe, expect, onTestFinished, test, vi } from "vitest";
import { decide, makeEvent } from "../../support/records.ts";
import type { StoreBackend } from "../store.ts";

const commit = (count: number) =>
  decide({ events: Array.from({ length: count }, () => makeEvent()) });

export function listenerContract({ place }: StoreBackend): void {
  describe("listeners", () => {
    test("hear each commit that brought events once, in order, before it resolves", async () => {
      const store = await place().open();
      const heard: number[][] = [];
      store.onCommit((events) => void heard.push(events.map((event) => event.seq)));

      await store.commit(commit(2));
      expect(heard).toEqual([[1, 2]]);
      await store.commit(commit(0));
      await store.commit({
        ...commit(1),
        guards: [{ noun: "turn", id: "none", expect: {} }],
      });
      await store.commit(commit(1));

      expect(heard).toEqual([[1, 2], [3]]);
    });

    test("can read what they hear of", async () => {
      const store = await place().open();
      const seen: Promise<number>[] = [];
      store.onCommit(() => void seen.push(store.events.last()));

      await store.commit(commit(3));

      expect(await Promise.all(seen)).toEqual([3]);
    });

    test("all hear in commit order even when one of them commits", async () => {
      const store = await place().open();
      const heard: string[] = [];
      let answer: Promise<unknown> | undefined;
      store.onCommit((events) => {
        heard.push(`a${events[0]?.seq}`);
        answer ??= store.commit(commit(1));
      });
      store.onCommit((events) => void heard.push(`b${events[0]?.seq}`));

      await store.commit(commit(1));
      await answer;

      expect(heard).toEqual(["a1", "b1", "a2", "b2"]);
    });

    test("that throw harm neither the commit nor each other, and are heard of", async () => {
      const store = await place().open();
      const heard: number[] = [];
      const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
      onTestFinished(() => warn.mockRestore());
      store.onCommit(() => {
        throw new Error("listener broke");
      });
      store.onCommit((events) => void heard.push(events.length));

      expect(await store.commit(commit(1))).toMatchObject({ ok: true });
      expect(await store.commit(commit(2))).toMatchObject({ ok: true });

      expect(heard).toEqual([1, 2]);
      expect(warn.mock.calls).toEqual([
        [new Error("listener broke")],
        [new Error("listener broke")],
      ]);
    });

    test("hear no more once taken away, each for itself", async () => {
      const store = await place().open();
      let count = 0;
      const listener = (): void => void (count += 1);
      const undo = store.onCommit(listener);
      store.onCommit(listener);

      await store.commit(commit(1));
      undo();
      undo();
      await store.commit(commit(1));

      expect(count).toBe(3);
    });
  });
}
