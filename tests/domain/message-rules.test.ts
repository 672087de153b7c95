import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Decision } from "../../src/domain/decision.ts";
import type { Message, Receipt } from "../../src/domain/message.ts";
import {
  ackMessages,
  deliverMessages,
  joinThread,
  openThread,
  postMessage,
  resolveThread,
} from "../../src/domain/message-rules.ts";
import { makeReceipt, makeThread } from "../support/records.ts";
import { t0 } from "../support/session.ts";

const people = ["agent:a", "agent:b", "session:ap_1", "person"] as const;

/** A store of the smallest kind: a decision is applied whole, or not at all. */
class Book {
  readonly messages: Message[] = [];
  readonly receipts = new Map<string, Receipt>();

  get last(): number {
    return this.messages.at(-1)?.n ?? 0;
  }

  commit({ guards, writes }: Decision): boolean {
    const holds = guards.every((guard) => {
      if (guard.noun === "token") return guard.last === this.last;
      const expected = (guard as { expect: Partial<Receipt> }).expect;
      return this.receipts.get(guard.id)?.state === expected.state;
    });
    if (!holds) return false;
    for (const write of writes) {
      if (write.noun === "message" && "insert" in write) this.messages.push(write.insert);
      if (write.noun === "receipt" && "insert" in write) {
        this.receipts.set(write.insert.id, write.insert);
      }
      if (write.noun === "receipt" && "update" in write) {
        const before = this.receipts.get(write.id) ?? makeReceipt();
        this.receipts.set(write.id, { ...before, ...write.update });
      }
    }
    return true;
  }

  inbox(participant: string): Receipt[] {
    return [...this.receipts.values()]
      .filter((one) => one.participant === participant && one.state !== "acked")
      .toSorted((a, b) => a.n - b.n);
  }
}

test("whoever crashes when, everybody is given each message, in order, and none after it said so", () => {
  const step = fc.oneof(
    fc.record({
      what: fc.constant("post" as const),
      by: fc.constantFrom(...people),
      to: fc.subarray([...people]),
      /** Read before something else was posted. */
      stale: fc.boolean(),
    }),
    fc.record({
      what: fc.constant("read" as const),
      by: fc.constantFrom(...people),
      /** Dies between reading and saying so. */
      crashes: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const book = new Book();
      const wanted = new Map<string, number[]>(people.map((one) => [one, []]));
      const handled = new Map<string, number[]>(people.map((one) => [one, []]));
      const readThrough = (who: string, crashes: boolean): void => {
        const found = book.inbox(who);
        expect(book.commit(deliverMessages(found, { now: t0 }))).toBe(true);
        const numbers = found.map(({ n }) => n);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        if (crashes) return;
        handled.get(who)?.push(...numbers);
        expect(book.commit(ackMessages(book.inbox(who), { now: t0 }))).toBe(true);
      };
      for (const [i, one] of steps.entries()) {
        if (one.what === "read") {
          readThrough(one.by, one.crashes);
          continue;
        }
        const last = one.stale ? book.last - 1 : book.last;
        const wish = {
          runId: null,
          sender: one.by,
          recipient: { to: "all" } as const,
          audience: one.to,
          body: "x",
          sizeBytes: 1,
          via: "pane" as const,
          idempotencyKey: null,
        };
        const posted = postMessage(wish, { now: t0, id: `ms_${i}`, last });
        expect(book.commit(posted.decision)).toBe(!one.stale);
        if (one.stale) continue;
        for (const who of one.to) if (who !== one.by) wanted.get(who)?.push(posted.message.n);
      }
      for (const who of people) readThrough(who, false);

      expect(book.messages.map(({ n }) => n)).toEqual(book.messages.map((_, i) => i + 1));
      for (const who of people) expect(handled.get(who)).toEqual(wanted.get(who));
    }),
  );
});

test("what is handed over or acknowledged again changes nothing and is told once", () => {
  const receipts = [
    makeReceipt({ id: "1", messageId: "ms_1", state: "queued" }),
    makeReceipt({ id: "2", messageId: "ms_2", state: "delivered" }),
    makeReceipt({ id: "3", messageId: "ms_3", state: "acked" }),
  ];

  const delivered = deliverMessages(receipts, { now: t0 });
  expect(delivered.writes).toMatchObject([{ id: "1" }]);
  expect(delivered.events).toMatchObject([{ body: { message_ids: ["ms_1"] } }]);
  const acked = ackMessages(receipts, { now: t0 });
  expect(acked.writes).toMatchObject([{ id: "1" }, { id: "2" }]);
  expect(acked.events).toMatchObject([
    { body: { type: "message_acked", participant: "agent:b", message_ids: ["ms_1", "ms_2"] } },
  ]);
  expect(ackMessages([], { now: t0 }).events).toEqual([]);
});

test("only a session's copy is typed, and nobody gets one twice", () => {
  const { receipts } = postMessage(
    {
      runId: null,
      sender: "agent:a",
      recipient: { to: "all" },
      audience: ["agent:b", "session:ap_1", "agent:b", "agent:a"],
      body: "x",
      sizeBytes: 1,
      via: "pane",
      idempotencyKey: null,
    },
    { now: t0, id: "ms_1", last: 6 },
  );

  expect(receipts).toMatchObject([
    { participant: "agent:b", via: "inbox", n: 7 },
    { participant: "session:ap_1", via: "pane", n: 7 },
  ]);
});

test("who writes to a thread takes part; a resolved one stays so", () => {
  const wish = { runId: null, title: "t", priority: "low", author: "agent:a" } as const;
  const { thread } = openThread(
    { ...wish, invited: ["agent:b", "agent:a"] },
    { now: t0, id: "th_1" },
  );
  expect(thread.participants).toEqual(["agent:a", "agent:b"]);

  const joined = joinThread(thread, { by: "person", now: t0 + 1 });
  expect(joined.thread.participants).toEqual(["agent:a", "agent:b", "person"]);
  expect(joined.decision.guards).toMatchObject([
    { expect: { state: "open", participants: thread.participants } },
  ]);
  expect(joined.decision.events).toEqual([]);
  const waiting = joinThread(thread, { by: "person", now: t0 + 1, state: "waiting" });
  expect(waiting.decision.events).toMatchObject([
    { body: { type: "thread_changed", state: "waiting", by: "person" } },
  ]);
  const over = resolveThread(joined.thread, { by: "person", now: t0 + 2 });
  expect(over.decision.events).toMatchObject([{ body: { type: "thread_resolved" } }]);
  expect(resolveThread(over.thread, { by: "person", now: t0 + 3 }).decision.events).toEqual([]);
  expect(
    resolveThread(makeThread({ state: "resolved" }), { by: "x", now: t0 }).decision.writes,
  ).toEqual([]);
});
