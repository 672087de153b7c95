export const threadStates = ["open", "waiting", "resolved"] as const;
export type ThreadState = (typeof threadStates)[number];

/** A topic that participants write to. */
export interface Thread {
  readonly id: string;
  readonly runId: string | null;
  readonly title: string;
  readonly state: ThreadState;
  readonly priority: "high" | "normal" | "low";
  readonly author: string;
  /** Who opened it, was invited or wrote to it; each gets what is written from then on. */
  readonly participants: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type Recipient =
  /** A participant: `session:ap_…`, `agent:<name>`, `person`. */
  | { readonly to: "participant"; readonly name: string }
  /** Everybody in the run (or on the board, without one) at this moment, but the sender. */
  | { readonly to: "all" }
  /** Whoever takes part in a thread. */
  | { readonly to: "thread"; readonly threadId: string };

/** A text between participants; order is that of `n`. */
export interface Message {
  readonly id: string;
  /** Rises by one in commit order, over all messages. */
  readonly n: number;
  readonly runId: string | null;
  readonly threadId: string | null;
  readonly sender: string;
  readonly recipient: Recipient;
  readonly body: string;
  readonly idempotencyKey: string | null;
  readonly createdAt: number;
}

export type ReceiptState = "queued" | "delivered" | "acked";

/** One message on its way to one participant: handed out again until it is acknowledged. */
export interface Receipt {
  /** `<message id>/<participant>` */
  readonly id: string;
  readonly messageId: string;
  /** The message's. */
  readonly n: number;
  readonly participant: string;
  readonly state: ReceiptState;
  /** `pane`: it is typed into the participant's session, too, as soon as that can take it. */
  readonly via: "inbox" | "pane";
  /** The delivery that types it into the participant's pane, where that was asked for. */
  readonly deliveryId: string | null;
  readonly deliveredAt: number | null;
  readonly ackedAt: number | null;
}

/** A message may have this many bytes. */
export const longestMessageBytes = 262_144;
