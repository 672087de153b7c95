import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Noun, Write } from "../../../src/domain/decision.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  decide,
  makeApproval,
  makeArtifact,
  makeDelivery,
  makeEvent,
  makeLease,
  makeLine,
  makeMessage,
  makeObservation,
  makeParticipant,
  makePrompt,
  makeRun,
  makeReceipt,
  makeSnapshot,
  makeTask,
  makeThread,
  makeTurn,
  makeWorkerGroup,
} from "../../support/records.ts";
import { makeSession } from "../../support/session.ts";
import type { StoreBackend } from "../store.ts";

type Fields = Readonly<Record<string, unknown>>;

/** How a field of this name looks when it is not null. */
const samples: Readonly<Record<Noun, Fields>> = {
  session: {
    ...makeSession(),
    ...each("", "name", "providerVersion", "model", "reasoningEffort", "serviceTier"),
    ...each(
      "",
      "agentSessionId",
      "accountId",
      "idempotencyKey",
      "exitSignal",
      "currentTurnId",
      "interrupting",
    ),
    ...each("", "accountFolder", "toolset", "runId"),
    ...each(0, "exitCode", "endedAt", "maxTurns", "maxRuntimeMs", "timedOutAt"),
    ...each({}, "limit", "closing", "allowedFiles", "tokenHashes"),
  },
  turn: { ...makeTurn(), ...each("", "result", "error", "agentTurn"), endedAt: 0, tokens: {} },
  delivery: {
    ...makeDelivery(),
    ...each("", "promptId", "idempotencyKey", "acceptedBy", "because"),
    ...each(0, "pastedAt", "submittedAt", "acceptedAt", "endedAt"),
  },
  prompt: { ...makePrompt(), ...each(0, "answeredAt", "endedAt"), answer: {}, because: "" },
  artifact: { ...makeArtifact() },
  account: { id: "fake:/home", providerId: "fake", limit: {} },
  usage: { ...makeSnapshot(), plan: "" },
  lease: {
    ...makeLease(),
    ...each("", "intent", "because"),
    ...each(0, "waitsUntil", "grantedAt", "renewedAt", "endedAt"),
  },
  run: {
    ...makeRun(),
    ...each("", "name", "because", "onEvent", "output", "idempotencyKey"),
    ...each(0, "startedAt", "endedAt"),
    spec: {},
  },
  approval: {
    ...makeApproval(),
    ...each("", "runId", "key", "taskId", "decidedBy", "comment", "idempotencyKey"),
    decidedAt: 0,
  },
  message: { ...makeMessage(), ...each("", "runId", "threadId", "idempotencyKey") },
  thread: { ...makeThread(), runId: "" },
  receipt: { ...makeReceipt(), deliveryId: "", ...each(0, "deliveredAt", "ackedAt") },
  participant: { ...makeParticipant(), ...each("", "runId", "role", "note"), leftAt: 0 },
  logged: {
    id: "dc_1",
    ...each("", "by", "runId", "taskId", "kind", "decision", "context", "reason"),
    sessionId: "",
    at: 0,
    idempotencyKey: "",
  },
  task: {
    ...makeTask(),
    ...each("", "runId", "key", "because", "result", "error", "idempotencyKey"),
    ...each({}, "execution", "claim", "pastClaim"),
    ...each(0, "notBefore", "endedAt"),
  },
  workers: {
    ...makeWorkerGroup(),
    ...each("", "because", "model", "effort", "profile", "instructions", "runId"),
    ...each({}, "hold", "decided"),
    ...each(0, "lastStartAt", "endedAt"),
    idempotencyKey: "",
  },
  note: { id: "nt_1", taskId: "", author: "", text: "", at: 0 },
};

function each(sample: unknown, ...fields: readonly string[]): Fields {
  return Object.fromEntries(fields.map((field) => [field, sample]));
}

/** Fields that name a record among others; they keep a value of their own. */
const keys: ReadonlySet<string> = new Set([
  "id",
  "sessionId",
  "n",
  "idempotencyKey",
  "kind",
  "accountId",
  "source",
  "token",
  "task.key",
  "approval.key",
  "note.taskId",
]);

function isFree(noun: Noun, field: string): boolean {
  return !keys.has(field) && !keys.has(`${noun}.${field}`);
}

const nasty = [
  "",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "x\udc00y",
  "\u0001\u0001",
  "null",
  "'\"; --",
  "漢字 😀 ñ",
];
const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...nasty));
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
);
// what JSON itself does not carry is not asked of the store
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

function valueLike(sample: unknown): fc.Arbitrary<unknown> {
  if (typeof sample === "string") return text;
  if (typeof sample === "number") return number.map((value) => value + 0);
  if (typeof sample === "boolean") return fc.boolean();
  return json;
}

/** Some fields of a noun with values of their kind, null among them. */
function changes(noun: Noun): fc.Arbitrary<Fields> {
  const free = Object.entries(samples[noun]).filter(([field]) => isFree(noun, field));
  return fc.record(
    Object.fromEntries(free.map(([field, sample]) => [field, fc.option(valueLike(sample))])),
    { requiredKeys: [] },
  ) as fc.Arbitrary<Fields>;
}

const read: Readonly<Record<Noun, (store: Store, id: string) => Promise<unknown>>> = {
  session: (store, id) => store.sessions.get(id),
  turn: (store, id) => store.turns.get(id),
  delivery: (store, id) => store.deliveries.get(id),
  prompt: (store, id) => store.prompts.get(id),
  artifact: async (store, id) => (await store.artifacts.ofSession(id))[0],
  account: (store, id) => store.accounts.get(id),
  usage: async (store, id) => (await store.usage.latest(id))[0],
  lease: (store, id) => store.leases.get(id),
  run: (store, id) => store.runs.get(id),
  approval: (store, id) => store.approvals.get(id),
  message: (store, id) => store.messages.get(id),
  thread: (store, id) => store.threads.get(id),
  receipt: (store, id) => store.messages.receipt(id),
  participant: (store, id) => store.participants.get(id),
  logged: (store, id) => store.decisions.get(id),
  task: (store, id) => store.tasks.get(id),
  note: async (store, id) => (await store.tasks.notes(id, 1))[0],
  workers: (store, id) => store.workerGroups.get(id),
};

let made = 0;

/** A record that clashes with no other. */
function fresh(noun: Noun, fields: Fields = {}): Fields & { readonly id: string } {
  made += 1;
  const id = `${noun}_${made}`;
  const own = "sessionId" in samples[noun] ? { id, sessionId: id } : { id };
  const account = noun === "usage" ? { accountId: id } : {};
  const key = "idempotencyKey" in samples[noun] ? { idempotencyKey: `key${made}` } : {};
  const token = noun === "lease" ? { token: made } : {};
  const n = noun === "message" ? { n: made } : {};
  const ofRun = noun === "task" || noun === "approval" ? { key: `key${made}` } : {};
  const note = noun === "note" ? { taskId: id } : {};
  return {
    ...samples[noun],
    ...fields,
    ...own,
    ...account,
    ...key,
    ...token,
    ...ofRun,
    ...note,
    ...n,
  };
}

export function roundTripContract({ place }: StoreBackend): void {
  describe("round trip", () => {
    test.each(Object.keys(samples) as Noun[])("every field of a %s comes back", async (noun) => {
      const store = await place().open();

      await fc.assert(
        fc.asyncProperty(changes(noun), changes(noun), async (inserted, updated) => {
          const record = fresh(noun, inserted);
          await store.commit(decide({ writes: [{ noun, insert: record } as unknown as Write] }));
          expect(await read[noun](store, record.id)).toStrictEqual(record);

          const { id } = record;
          await store.commit(
            decide({ writes: [{ noun, put: { ...record, ...updated } } as unknown as Write] }),
          );
          await store.commit(decide({ writes: [{ noun, put: record } as unknown as Write] }));
          expect(await read[noun](store, id)).toStrictEqual(record);

          await store.commit(decide({ writes: [{ noun, id, update: updated } as Write] }));
          expect(await read[noun](store, id)).toStrictEqual({ ...record, ...updated });
          expect(
            await store.commit(decide({ guards: [{ noun, id, expect: updated }] })),
          ).toMatchObject({ ok: true });
        }),
        { numRuns: 100 },
      );
    });

    test.each(Object.keys(samples) as Noun[])(
      "a %s holds a megabyte in each text",
      async (noun) => {
        const store = await place().open();
        const large = "é\n".repeat(350_000);
        const fields = Object.entries(samples[noun])
          .filter(([field, sample]) => typeof sample === "string" && isFree(noun, field))
          .map(([field]) => field);
        const record = fresh(noun, Object.fromEntries(fields.map((field) => [field, large])));

        await store.commit(decide({ writes: [{ noun, insert: record } as unknown as Write] }));

        const stored = (await read[noun](store, record.id)) as Fields;
        // a failing comparison of the texts themselves would print them
        expect(fields.filter((field) => stored[field] !== large)).toEqual([]);
      },
    );

    test("events, observations, transcript lines and cursors come back", async () => {
      const store = await place().open();
      let channel = 0;

      await fc.assert(
        fc.asyncProperty(text, number, json, fc.boolean(), async (word, count, value, flag) => {
          channel += 1;
          const at = count + 0;
          const sessionId = `ap_${channel}${word}`;
          const claim = value as never;
          const runId = flag ? word : null;
          const event = makeEvent({ sessionId, runId, at, body: { type: word, value } as never });
          const observation = makeObservation({ sessionId, at, ref: word, foreign: flag, claim });
          const line = makeLine({ sessionId, at, ref: word, text: word, turnId: word });
          const cursor = { sessionId, channel: word, offset: at, memory: value };

          const before = await store.events.last();
          await store.commit({
            guards: [],
            writes: [],
            events: [event],
            observations: [observation],
            transcript: [line],
            cursors: [cursor],
          });

          const seq = before + 1;
          const only = { sessionIds: [sessionId], limit: 9 };
          expect(await store.events.since(0, only)).toStrictEqual([{ seq, ...event }]);
          expect(await store.events.since(before, { limit: 9 })).toStrictEqual([{ seq, ...event }]);
          expect(await store.observations.ofSession(sessionId, { limit: 9 })).toStrictEqual([
            { ...observation, n: 1, seq },
          ]);
          expect(await store.observations.seen(sessionId, "hook", word)).toBe(true);
          expect(await store.transcripts.ofSession(sessionId, 0, 9)).toStrictEqual([
            { ...line, n: 1 },
          ]);
          expect(await store.cursors.get(sessionId, word)).toStrictEqual(cursor);
        }),
        { numRuns: 100 },
      );
    });
  });
}
