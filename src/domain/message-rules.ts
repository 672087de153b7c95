import { nothing, type Decision } from "./decision.ts";
import type { EventBody } from "./event.ts";
import type { Message, Receipt, Recipient, Thread, ThreadState } from "./message.ts";

export interface MessageWish {
  readonly runId: string | null;
  readonly sender: string;
  readonly recipient: Recipient;
  /** Whom it reaches, at this moment; the sender is left out, and nobody gets it twice. */
  readonly audience: readonly string[];
  readonly body: string;
  readonly sizeBytes: number;
  readonly via: "inbox" | "pane";
  readonly idempotencyKey: string | null;
}

export interface Posting {
  readonly now: number;
  readonly id: string;
  /** The highest number given so far. */
  readonly last: number;
}

export interface Posted {
  readonly message: Message;
  readonly receipts: readonly Receipt[];
  readonly decision: Decision;
}

/** A message and a receipt for each whom it reaches. */
export function postMessage(wish: MessageWish, { now, id, last }: Posting): Posted {
  const { audience, sizeBytes, via, ...said } = wish;
  const threadId = wish.recipient.to === "thread" ? wish.recipient.threadId : null;
  const message: Message = { ...said, id, n: last + 1, threadId, createdAt: now };
  const receipts = [...new Set(audience)]
    .filter((participant) => participant !== wish.sender)
    .map((participant) => newReceipt(message, participant, via));
  const to =
    wish.recipient.to === "participant" ? wish.recipient.name : (threadId ?? wish.recipient.to);
  return {
    message,
    receipts,
    decision: {
      guards: [{ noun: "token", of: "message", last }],
      writes: [
        { noun: "message", insert: message },
        ...receipts.map((insert) => ({ noun: "receipt", insert }) as const),
      ],
      events: [
        event(message, now, {
          type: "message_sent",
          message_id: id,
          n: message.n,
          thread_id: threadId,
          sender: message.sender,
          to,
          recipients: receipts.length,
          size_bytes: sizeBytes,
        }),
      ],
    },
  };
}

/** They were handed to the participant; they come again until they are acknowledged. */
export function deliverMessages(
  receipts: readonly Receipt[],
  { now, runId = null }: { readonly now: number; readonly runId?: string | null },
): Decision {
  const fresh = receipts.filter(({ state }) => state === "queued");
  return changeReceipts(fresh, { state: "delivered", deliveredAt: now }, now, runId);
}

/** The participant has them, and is not given them again. */
export function ackMessages(
  receipts: readonly Receipt[],
  { now, runId = null }: { readonly now: number; readonly runId?: string | null },
): Decision {
  const open = receipts.filter(({ state }) => state !== "acked");
  return changeReceipts(open, { state: "acked", ackedAt: now }, now, runId);
}

export interface ThreadWish {
  readonly runId: string | null;
  readonly title: string;
  readonly priority: Thread["priority"];
  readonly author: string;
  readonly invited: readonly string[];
}

export function openThread(
  wish: ThreadWish,
  { now, id }: { readonly now: number; readonly id: string },
): { readonly thread: Thread; readonly decision: Decision } {
  const { invited, ...rest } = wish;
  const thread: Thread = {
    ...rest,
    id,
    state: "open",
    participants: [...new Set([wish.author, ...invited])],
    createdAt: now,
    updatedAt: now,
  };
  const { title, author, participants } = thread;
  return {
    thread,
    decision: {
      guards: [],
      writes: [{ noun: "thread", insert: thread }],
      events: [
        event(thread, now, {
          type: "thread_opened",
          thread_id: id,
          title,
          author,
          participants,
        }),
      ],
    },
  };
}

/** Whoever writes to a thread takes part in it from then on. */
export function joinThread(
  thread: Thread,
  {
    by,
    now,
    state = "open",
  }: { readonly by: string; readonly now: number; readonly state?: ThreadState },
): { readonly thread: Thread; readonly decision: Decision } {
  const isIn = thread.participants.includes(by);
  const participants = isIn ? thread.participants : [...thread.participants, by];
  const update = { participants, state, updatedAt: now };
  const decision = changeThread(thread, update);
  const body = { type: "thread_changed", thread_id: thread.id, state, by } as const;
  const events =
    state === thread.state ? [] : [event({ runId: thread.runId, sender: by }, now, body)];
  return { thread: { ...thread, ...update }, decision: { ...decision, events } };
}

/** Nothing where it is resolved already. */
export function resolveThread(
  thread: Thread,
  { by, now }: { readonly by: string; readonly now: number },
): { readonly thread: Thread; readonly decision: Decision } {
  if (thread.state === "resolved") return { thread, decision: nothing };
  const update = { state: "resolved", updatedAt: now } as const;
  const decision = changeThread(thread, update);
  const body = { type: "thread_resolved", thread_id: thread.id, state: "resolved", by } as const;
  return {
    thread: { ...thread, ...update },
    decision: { ...decision, events: [event({ runId: thread.runId, sender: by }, now, body)] },
  };
}

/** Several decisions as one: all or nothing. */
export function together(...decisions: readonly Decision[]): Decision {
  return {
    guards: decisions.flatMap(({ guards }) => guards),
    writes: decisions.flatMap(({ writes }) => writes),
    events: decisions.flatMap(({ events }) => events),
  };
}

function newReceipt({ id, n }: Message, participant: string, via: Receipt["via"]): Receipt {
  return {
    id: `${id}/${participant}`,
    messageId: id,
    n,
    participant,
    state: "queued",
    // nobody has a pane but a session
    via: participant.startsWith("session:") ? via : "inbox",
    deliveryId: null,
    deliveredAt: null,
    ackedAt: null,
  };
}

/** One event tells of all that one participant was given, or said it has. */
function changeReceipts(
  receipts: readonly Receipt[],
  update: Partial<Receipt> & { readonly state: "delivered" | "acked" },
  now: number,
  runId: string | null,
): Decision {
  const participants = [...new Set(receipts.map(({ participant }) => participant))];
  return {
    guards: receipts.map(({ id, state }) => ({ noun: "receipt", id, expect: { state } })),
    writes: receipts.map(({ id }) => ({ noun: "receipt", id, update })),
    events: participants.map((participant) => ({
      sessionId: sessionOf(participant),
      runId,
      at: now,
      body: {
        type: `message_${update.state}`,
        participant,
        message_ids: receipts
          .filter((one) => one.participant === participant)
          .map(({ messageId }) => messageId),
      },
    })),
  };
}

function changeThread(thread: Thread, update: Partial<Thread>): Decision {
  const { id, state, participants } = thread;
  return {
    guards: [{ noun: "thread", id, expect: { state, participants } }],
    writes: [{ noun: "thread", id, update }],
    events: [],
  };
}

function event(
  of: { readonly runId: string | null; readonly sender?: string; readonly author?: string },
  at: number,
  body: EventBody,
) {
  return { sessionId: sessionOf(of.sender ?? of.author ?? ""), runId: of.runId, at, body };
}

function sessionOf(participant: string): string | null {
  return participant.startsWith("session:") ? participant.slice("session:".length) : null;
}
