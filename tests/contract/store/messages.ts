import { describe, expect, test } from "vitest";
import {
  decide,
  makeApproval,
  makeMessage,
  makeReceipt,
  makeThread,
} from "../../support/records.ts";
import { makeSession, t0 } from "../../support/session.ts";
import type { StoreBackend } from "../store.ts";

const ids = (found: readonly { readonly id: string }[]): string[] => found.map(({ id }) => id);

export function messageContract({ place }: StoreBackend): void {
  describe("messages", () => {
    test("a guarded number lets one of two messages through", async () => {
      const store = await place().open();
      const post = (id: string) =>
        store.commit({
          ...decide({ writes: [{ noun: "message", insert: makeMessage({ id, n: 1 }) }] }),
          guards: [{ noun: "token", of: "message", last: 0 }],
        });

      const results = await Promise.all([post("ms_1"), post("ms_2")]);

      expect(results.map(({ ok }) => ok)).toEqual([true, false]);
      expect(await store.messages.last()).toBe(1);
    });

    test("an inbox is what its owner has not acknowledged, in order; history asks for nothing of it", async () => {
      const store = await place().open();
      const said = [
        makeMessage({ id: "ms_1", n: 1 }),
        makeMessage({ id: "ms_2", n: 2, recipient: { to: "all" } }),
        makeMessage({ id: "ms_3", n: 3, recipient: { to: "participant", name: "agent:c" } }),
        makeMessage({ id: "ms_4", n: 4, runId: "rn_1", recipient: { to: "all" } }),
      ];
      const receipts = [
        makeReceipt({ id: "ms_2/agent:b", messageId: "ms_2", n: 2, state: "delivered" }),
        makeReceipt({ id: "ms_1/agent:b", messageId: "ms_1", n: 1, state: "acked" }),
        makeReceipt({ id: "ms_4/agent:b", messageId: "ms_4", n: 4, via: "pane" }),
      ];
      await store.commit(
        decide({
          writes: [
            ...said.map((insert) => ({ noun: "message", insert }) as const),
            ...receipts.map((insert) => ({ noun: "receipt", insert }) as const),
          ],
        }),
      );

      const inbox = await store.messages.inbox("agent:b", 9);
      expect(ids(inbox.map(({ message }) => message))).toEqual(["ms_2", "ms_4"]);
      expect(await store.messages.countOpen("agent:b")).toBe(2);
      expect(ids(await store.messages.openReceipts("agent:b", 3))).toEqual(["ms_2/agent:b"]);
      expect((await store.messages.toType()).map(({ receipt }) => receipt.id)).toEqual([
        "ms_4/agent:b",
      ]);
      const past = { participant: "agent:b", limit: 9 };
      expect(ids(await store.messages.history({ ...past, runId: null }))).toEqual(["ms_1", "ms_2"]);
      expect(ids(await store.messages.history({ ...past, runId: "rn_1" }))).toEqual(["ms_4"]);
    });

    test("retention keeps what somebody has not acknowledged, open threads, and the last number", async () => {
      const store = await place().open();
      const thread = (id: string, state: "open" | "resolved") => makeThread({ id, state });
      const session = makeSession({ id: "ap_000000000009", state: "completed" });
      const kept = [
        makeReceipt({ id: "ms_2/agent:b", messageId: "ms_2", n: 2 }),
        // nobody will ever read this one
        makeReceipt({ id: "ms_1/x", messageId: "ms_1", n: 1, participant: "session:ap_gone" }),
        makeReceipt({
          id: "ms_5/y",
          messageId: "ms_5",
          n: 5,
          participant: `session:${session.id}`,
        }),
      ];
      await store.commit(
        decide({
          writes: [
            { noun: "session", insert: session },
            { noun: "thread", insert: thread("th_1", "open") },
            { noun: "thread", insert: thread("th_2", "resolved") },
            ...[1, 2, 3, 4, 5, 6].map((n) => {
              const threadId = n === 3 ? "th_1" : n === 4 ? "th_2" : null;
              const insert = makeMessage({ id: `ms_${n}`, n, threadId });
              return { noun: "message", insert } as const;
            }),
            ...kept.map((insert) => ({ noun: "receipt", insert }) as const),
          ],
        }),
      );

      await store.prune({ eventsMs: 1_000, observationsPerSession: 9 }, t0 + 5_000);

      const left = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => store.messages.get(`ms_${n}`)));
      expect(left.map((one) => one?.n)).toEqual([undefined, 2, 3, undefined, 5, 6]);
      expect(await store.messages.last()).toBe(6);
    });

    test("threads are listed by priority, and then by what changed last", async () => {
      const store = await place().open();
      const made = [
        makeThread({ id: "th_1", updatedAt: t0 }),
        makeThread({ id: "th_2", updatedAt: t0 + 1 }),
        makeThread({ id: "th_3", priority: "high", updatedAt: t0 }),
        makeThread({ id: "th_4", state: "resolved", priority: "high" }),
      ];
      await store.commit(decide({ writes: made.map((insert) => ({ noun: "thread", insert })) }));

      const open = await store.threads.list({ states: ["open"], limit: 9 });
      expect(ids(open)).toEqual(["th_3", "th_2", "th_1"]);
      expect(ids(await store.threads.startingWith("th_"))).toHaveLength(4);
    });
  });

  describe("approvals", () => {
    test("a run asks under one key once, and a verdict is given once", async () => {
      const store = await place().open();
      const insert = makeApproval({ runId: "rn_1", key: "gate", sessionId: null });
      await store.commit(decide({ writes: [{ noun: "approval", insert }] }));
      const again = store.commit(
        decide({ writes: [{ noun: "approval", insert: { ...insert, id: "av_2" } }] }),
      );
      await expect(again).rejects.toMatchObject({ code: "conflict" });
      const verdict = (state: "approved" | "rejected") =>
        store.commit({
          guards: [{ noun: "approval", id: insert.id, expect: { state: "pending" } }],
          writes: [{ noun: "approval", id: insert.id, update: { state } }],
          events: [],
        });

      const results = await Promise.all([verdict("approved"), verdict("rejected")]);

      expect(results.map(({ ok }) => ok)).toEqual([true, false]);
      expect(await store.approvals.byKey("rn_1", "gate")).toMatchObject({ state: "approved" });
      expect(await store.approvals.pending()).toEqual([]);
      expect(ids(await store.approvals.ofRun("rn_1"))).toEqual(["av_1"]);
      expect(ids(await store.approvals.list({ states: ["approved"], limit: 9 }))).toEqual(["av_1"]);
    });

    test("what a session asked stays when the session is removed", async () => {
      const store = await place().open();
      const session = makeSession({ id: "ap_000000000009", state: "completed" });
      await store.commit(
        decide({
          writes: [
            { noun: "session", insert: session },
            { noun: "approval", insert: makeApproval({ sessionId: session.id }) },
          ],
        }),
      );

      expect(await store.remove(session.id)).toBe(true);
      expect(await store.approvals.get("av_1")).toBeDefined();
    });
  });
}
