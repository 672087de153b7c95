import { describe, expect, test } from "vitest";
import type { Session } from "../../../src/domain/session.ts";
import {
  decide,
  makeArtifact,
  makeDelivery,
  makeEvent,
  makeLine,
  makeObservation,
  makePrompt,
  makeTurn,
  sessionId,
} from "../../support/records.ts";
import { makeSession } from "../../support/session.ts";
import type { StoreBackend } from "../store.ts";

const insert = (sessions: readonly Session[]) =>
  decide({ writes: sessions.map((session) => ({ noun: "session", insert: session })) });

const ids = (records: readonly { readonly id: string }[]): string[] =>
  records.map((record) => record.id);

export function readingContract({ place }: StoreBackend): void {
  describe("sessions", () => {
    test("are found by id, by a long enough beginning of it, and by name", async () => {
      const store = await place().open();
      const named = { name: "worker" };
      await store.commit(
        insert([
          makeSession({ id: "ap_aaaa11110000", ...named, state: "completed", createdAt: 1 }),
          makeSession({ id: "ap_aaaa22220000", ...named, state: "failed", createdAt: 3 }),
          makeSession({ id: "ap_bbbb11110000", name: "50%", createdAt: 2 }),
          makeSession({ id: "ap_bbbb", createdAt: 0 }),
        ]),
      );
      const resolve = async (text: string) => ids(await store.sessions.resolve(text));

      expect(await resolve("ap_aaaa11110000")).toEqual(["ap_aaaa11110000"]);
      expect(await resolve("ap_aaaa1")).toEqual(["ap_aaaa11110000"]);
      expect(await resolve("ap_aaaa")).toEqual(["ap_aaaa22220000", "ap_aaaa11110000"]);
      expect(await resolve("ap_aaa")).toEqual([]);
      expect(await resolve("ap_")).toEqual([]);
      expect(await resolve("ap_%%%%")).toEqual([]);
      expect(await resolve("ap_bbbb")).toEqual(["ap_bbbb"]);
      expect(await resolve("50%")).toEqual(["ap_bbbb11110000"]);
      expect(await resolve("worker")).toEqual(["ap_aaaa22220000"]);
      expect(await resolve("Worker")).toEqual([]);
      expect(await resolve("")).toEqual([]);

      await store.commit(insert([makeSession({ id: "ap_cccc11110000", ...named, createdAt: 0 })]));
      expect(await resolve("worker")).toEqual(["ap_cccc11110000"]);
    });

    test("are listed newest first, filtered, in pages with the whole count", async () => {
      const store = await place().open();
      await store.commit(
        insert(
          Array.from({ length: 7 }, (_, n) =>
            makeSession({
              id: `ap_${n}`,
              createdAt: n === 6 ? 5 : n,
              state: n % 2 === 0 ? "idle" : "completed",
              providerId: n < 4 ? "one" : "two",
              author: n === 0 ? "session:ap_9" : "person",
            }),
          ),
        ),
      );
      const list = async (filter: object) => {
        const page = await store.sessions.list({ limit: 50, offset: 0, ...filter });
        return [page.total, ...ids(page.sessions).map((id) => Number(id.slice(3)))];
      };

      expect(await list({})).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
      expect(await list({ limit: 2, offset: 1 })).toEqual([7, 5, 4]);
      expect(await list({ limit: 2, offset: 9 })).toEqual([7]);
      expect(await list({ states: ["completed", "lost"] })).toEqual([3, 5, 3, 1]);
      expect(await list({ states: [] })).toEqual([0]);
      expect(await list({ providerId: "two", states: ["idle"] })).toEqual([2, 6, 4]);
      expect(await list({ author: "session:ap_9" })).toEqual([1, 0]);
      expect(ids(await store.sessions.live())).toEqual(["ap_6", "ap_4", "ap_2", "ap_0"]);
    });

    test("are found by the key of the request that made them", async () => {
      const store = await place().open();
      await store.commit(insert([makeSession({ idempotencyKey: "k\u0000" })]));

      expect(await store.sessions.byIdempotencyKey("k\u0000")).toMatchObject({ id: sessionId });
      expect(await store.sessions.byIdempotencyKey("k")).toBeUndefined();
    });
  });

  describe("records of a session", () => {
    test("turns come by number; `last` keeps the newest", async () => {
      const store = await place().open();
      const turns = [3, 1, 2].map((n) => makeTurn({ id: `tn_${n}`, n }));
      await store.commit(
        decide({
          writes: [...turns, makeTurn({ id: "tn_x", sessionId: "ap_2" })].map((turn) => ({
            noun: "turn",
            insert: turn,
          })),
        }),
      );

      expect(ids(await store.turns.ofSession(sessionId))).toEqual(["tn_1", "tn_2", "tn_3"]);
      expect(ids(await store.turns.ofSession(sessionId, 2))).toEqual(["tn_2", "tn_3"]);
      expect(await store.turns.get("tn_2")).toEqual(makeTurn({ id: "tn_2", n: 2 }));
      expect(await store.turns.get("tn_9")).toBeUndefined();
    });

    test("turns come as the agent took them, those it has not taken last", async () => {
      const store = await place().open();
      const times = [
        { id: "tn_1", n: 1, startedAt: 10, endedAt: 20, state: "completed" },
        { id: "tn_2", n: 2, startedAt: 50, endedAt: null, state: "running" },
        // a person was faster than the text that was sent before
        { id: "tn_3", n: 3, startedAt: 30, endedAt: 40, state: "completed" },
        { id: "tn_4", n: 4, startedAt: null, endedAt: null, state: "queued" },
        { id: "tn_5", n: 5, startedAt: null, endedAt: 45, state: "cancelled" },
      ] as const;
      await store.commit(
        decide({ writes: times.map((turn) => ({ noun: "turn", insert: makeTurn(turn) })) }),
      );

      const order = ["tn_1", "tn_3", "tn_5", "tn_2", "tn_4"];
      expect(ids(await store.turns.ofSession(sessionId))).toEqual(order);
      expect(ids(await store.turns.ofSession(sessionId, 2))).toEqual(["tn_2", "tn_4"]);
    });

    test("deliveries come by number, by state and by key", async () => {
      const store = await place().open();
      const deliveries = [
        makeDelivery({ id: "dl_2", n: 2, state: "accepted", idempotencyKey: "k2" }),
        makeDelivery({ id: "dl_1", n: 1, state: "submitted" }),
      ];
      await store.commit(
        decide({ writes: deliveries.map((delivery) => ({ noun: "delivery", insert: delivery })) }),
      );

      expect(ids(await store.deliveries.ofSession(sessionId))).toEqual(["dl_1", "dl_2"]);
      expect(ids(await store.deliveries.ofSession(sessionId, ["accepted"]))).toEqual(["dl_2"]);
      expect(await store.deliveries.ofSession(sessionId, [])).toEqual([]);
      expect(await store.deliveries.byIdempotencyKey("k2")).toEqual(deliveries[0]);
      expect(await store.deliveries.byIdempotencyKey("k1")).toBeUndefined();
      expect(await store.deliveries.get("dl_1")).toEqual(deliveries[1]);
    });

    test("open prompts are those nobody knows the end of, oldest first", async () => {
      const store = await place().open();
      const prompts = [
        makePrompt({ id: "pr_1", openedAt: 3 }),
        makePrompt({ id: "pr_2", openedAt: 2, state: "answered" }),
        makePrompt({ id: "pr_3", openedAt: 1, state: "answer_unconfirmed" }),
        makePrompt({ id: "pr_4", openedAt: 2, sessionId: "ap_2" }),
      ];
      await store.commit(
        decide({ writes: prompts.map((prompt) => ({ noun: "prompt", insert: prompt })) }),
      );

      expect(ids(await store.prompts.open(sessionId))).toEqual(["pr_3", "pr_1"]);
      expect(ids(await store.prompts.open())).toEqual(["pr_3", "pr_4", "pr_1"]);
      expect(ids(await store.prompts.ofSession(sessionId))).toEqual(["pr_3", "pr_2", "pr_1"]);
    });

    test("of each kind of artifact only the newest counts", async () => {
      const store = await place().open();
      const artifacts = [
        makeArtifact({ id: "af_1", kind: "result", collectedAt: 2 }),
        makeArtifact({ id: "af_2", kind: "diff", collectedAt: 1 }),
        makeArtifact({ id: "af_3", kind: "result", collectedAt: 1 }),
        makeArtifact({ id: "af_4", kind: "diff", collectedAt: 1 }),
      ];
      await store.commit(
        decide({ writes: artifacts.map((artifact) => ({ noun: "artifact", insert: artifact })) }),
      );

      expect(ids(await store.artifacts.ofSession(sessionId))).toEqual(["af_4", "af_1"]);
    });

    test("transcript lines are numbered without gaps, a known ref is skipped", async () => {
      const store = await place().open();
      const lines = (...refs: string[]) =>
        decide({ transcript: refs.map((ref) => makeLine({ ref, text: ref })) });

      await store.commit(lines("a", "b", "a"));
      await store.commit(lines("b", "c"));
      await store.commit(decide({ transcript: [makeLine({ ref: "a", sessionId: "ap_2" })] }));

      const read = async (after: number, limit: number) =>
        (await store.transcripts.ofSession(sessionId, after, limit)).map(({ n, ref }) => n + ref);
      expect(await read(0, 9)).toEqual(["1a", "2b", "3c"]);
      expect(await read(1, 1)).toEqual(["2b"]);
      expect(await read(3, 9)).toEqual([]);
      expect(await store.transcripts.ofSession("ap_2", 0, 9)).toMatchObject([{ n: 1, ref: "a" }]);
    });

    test("observations come up to a moment, the newest of them, and tell what was seen", async () => {
      const store = await place().open();
      const observations = [10, 20, 30].map((at) => makeObservation({ at, ref: `r${at}` }));
      await store.commit(decide({ observations: [...observations, makeObservation({ at: 40 })] }));

      const read = async (options: { until?: number; limit: number }) =>
        (await store.observations.ofSession(sessionId, options)).map(({ at }) => at);
      expect(await read({ limit: 9 })).toEqual([10, 20, 30, 40]);
      expect(await read({ limit: 2 })).toEqual([30, 40]);
      expect(await read({ until: 20, limit: 9 })).toEqual([10, 20]);
      expect(await store.observations.seen(sessionId, "hook", "r20")).toBe(true);
      expect(await store.observations.seen(sessionId, "log", "r20")).toBe(false);
      expect(await store.observations.seen("ap_2", "hook", "r20")).toBe(false);
    });

    test("reader cursors replace what they were", async () => {
      const store = await place().open();
      const cursor = { sessionId, channel: "log:/a", offset: 5, memory: { a: [1] } };
      const other = { ...cursor, channel: "hook", memory: null };
      await store.commit(decide({ cursors: [cursor, other] }));
      await store.commit(decide({ cursors: [{ ...cursor, offset: 9, memory: "x" }] }));

      expect(await store.cursors.get(sessionId, "log:/a")).toEqual({
        ...cursor,
        offset: 9,
        memory: "x",
      });
      expect(await store.cursors.ofSession(sessionId)).toMatchObject([other, { offset: 9 }]);
      expect(await store.cursors.get(sessionId, "api")).toBeUndefined();
    });

    test("events are filtered by session and by type, never beyond the limit", async () => {
      const store = await place().open();
      const bodies = [
        ["ap_1", "session_reachable"],
        ["ap_2", "limit_lifted"],
        [null, "session_reachable"],
        ["ap_1", "limit_lifted"],
        ["ap_3", "session_reachable"],
      ] as const;
      await store.commit(
        decide({
          events: bodies.map(([id, type]) =>
            makeEvent({
              sessionId: id,
              body: type === "limit_lifted" ? { type, source: "hook" } : { type },
            }),
          ),
        }),
      );
      const read = async (after: number, filter: object) =>
        (await store.events.since(after, { limit: 9, ...filter })).map(({ seq }) => seq);

      expect(await read(0, {})).toEqual([1, 2, 3, 4, 5]);
      expect(await read(3, {})).toEqual([4, 5]);
      expect(await read(0, { limit: 2 })).toEqual([1, 2]);
      expect(await read(0, { sessionIds: ["ap_1"] })).toEqual([1, 4]);
      expect(await read(1, { sessionIds: ["ap_3", "ap_1"] })).toEqual([4, 5]);
      expect(await read(0, { sessionIds: [] })).toEqual([]);
      expect(await read(0, { types: ["limit_lifted"] })).toEqual([2, 4]);
      expect(await read(0, { types: ["limit_lifted"], sessionIds: ["ap_1"] })).toEqual([4]);
      expect(await read(99, {})).toEqual([]);

      await store.commit(
        decide({ events: [null, "ap_2"].map((id) => makeEvent({ sessionId: id, runId: "rn_1" })) }),
      );
      const either = { sessionId: "ap_1", runId: "rn_1" };
      expect(await read(0, { ofEither: either })).toEqual([1, 4, 6, 7]);
      expect(await read(0, { ofEither: either, sessionIds: ["ap_2"] })).toEqual([7]);
      expect(await read(0, { ofEither: { ...either, runId: null } })).toEqual([1, 4]);
    });
  });
}
