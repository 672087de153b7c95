import { describe, expect, test } from "vitest";
import { decide, makeEvent } from "../../support/records.ts";
import type { StoreBackend } from "../store.ts";

const event = decide({ events: [makeEvent()] });
const keepNothing = { eventsMs: 0, observationsPerSession: 0 };

export function epochContract({ place }: StoreBackend): void {
  describe("epoch", () => {
    test("a store that never raised the epoch acts in the one it found", async () => {
      const here = place();
      const first = await here.open();
      await first.meta.raiseEpoch();

      const second = await here.open();

      expect(await second.meta.epoch()).toBe(1);
      expect(await second.commit(event)).toMatchObject({ ok: true });
      expect(await first.commit(event)).toMatchObject({ ok: true });
    });

    test("who raised the epoch acts; everybody who was there before is refused", async () => {
      const here = place();
      const [older, newer] = [await here.open(), await here.open()];
      await older.meta.raiseEpoch();
      await older.commit(event);

      expect(await newer.meta.raiseEpoch()).toBe(2);

      const stale = { code: "stale_epoch", details: { stored: 2, own: 1 } };
      await expect(older.commit(event)).rejects.toMatchObject(stale);
      await expect(older.commit(decide({}))).rejects.toMatchObject(stale);
      await expect(older.meta.set("tmux", "/a")).rejects.toMatchObject(stale);
      await expect(older.meta.remove("tmux")).rejects.toMatchObject(stale);
      await expect(older.prune(keepNothing, 1)).rejects.toMatchObject(stale);
      expect(await newer.commit(event)).toMatchObject({ ok: true, events: [{ seq: 2 }] });
      expect(await older.events.last()).toBe(2);
      expect(await older.meta.get("tmux")).toBeUndefined();
    });

    test("who was refused may take the role again", async () => {
      const here = place();
      const [older, newer] = [await here.open(), await here.open()];
      await newer.meta.raiseEpoch();

      expect(await older.meta.raiseEpoch()).toBe(2);

      expect(await older.commit(event)).toMatchObject({ ok: true });
      await expect(newer.commit(event)).rejects.toMatchObject({ code: "stale_epoch" });
    });

    test("small facts about the home are kept and replaced", async () => {
      const here = place();
      const store = await here.open();

      await store.meta.set("tmux_socket", "/a");
      await store.meta.set("tmux_socket", "/b\u0000é");

      expect(await (await here.open("read")).meta.get("tmux_socket")).toBe("/b\u0000é");
      expect(await store.meta.get("other")).toBeUndefined();
      await expect(store.meta.set("epoch", "9")).rejects.toMatchObject({ code: "internal" });
    });
  });
}
