import type { Message, Receipt, Recipient } from "../../domain/message.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import type { Received } from "../../store/store.ts";
import type { Style, Z } from "../define.ts";

export interface MessageJson {
  id: string;
  n: number;
  run_id: string | null;
  thread_id: string | null;
  sender: string;
  /** A participant, `all`, or the id of a thread. */
  to: string;
  body: string;
  created_at: string;
}

export interface ReceiptJson {
  participant: string;
  state: string;
  via: string;
  delivery_id: string | null;
  delivered_at: string | null;
  acked_at: string | null;
}

/** A message as one who gets it sees it. */
export interface ReceivedJson extends MessageJson {
  state: string;
  /** It was handed out before, and not acknowledged. */
  again: boolean;
}

export function projectMessage(message: Message): MessageJson {
  return {
    id: message.id,
    n: message.n,
    run_id: message.runId,
    thread_id: message.threadId,
    sender: message.sender,
    to: nameOf(message.recipient),
    body: message.body,
    created_at: formatTime(message.createdAt),
  };
}

export function projectReceived({ message, receipt }: Received): ReceivedJson {
  return {
    ...projectMessage(message),
    state: "delivered",
    again: receipt.state === "delivered",
  };
}

export function projectReceipt(receipt: Receipt): ReceiptJson {
  return {
    participant: receipt.participant,
    state: receipt.state,
    via: receipt.via,
    delivery_id: receipt.deliveryId,
    delivered_at: formatTimeOrNull(receipt.deliveredAt),
    acked_at: formatTimeOrNull(receipt.ackedAt),
  };
}

function nameOf(recipient: Recipient): string {
  switch (recipient.to) {
    case "participant":
      return recipient.name;
    case "all":
      return "all";
    case "thread":
      return recipient.threadId;
  }
}

export function messageJson(z: Z) {
  return z.looseObject({
    id: z.string(),
    n: z.number(),
    run_id: z.string().nullable(),
    thread_id: z.string().nullable(),
    sender: z.string(),
    to: z.string(),
    body: z.string(),
    created_at: z.string(),
  });
}

export function receiptJson(z: Z) {
  return z.looseObject({
    participant: z.string(),
    state: z.string(),
    via: z.string(),
    delivery_id: z.string().nullable(),
    delivered_at: z.string().nullable(),
    acked_at: z.string().nullable(),
  });
}

export function bodyField(z: Z, description: string) {
  return z.string().min(1).describe(description);
}

/** Who has it by now, in one line each. */
export function receiptLines(receipts: readonly ReceiptJson[], style: Style): string[] {
  return receipts.map(({ participant, state, delivery_id: delivery }) => {
    const typed = delivery === null ? "" : style.dim(`  typed as ${delivery}`);
    return `  ${state.padEnd(10)}${participant}${typed}`;
  });
}

/** One message, with its text below. */
export function messageLines(message: MessageJson, style: Style): string {
  const { n, sender, to, created_at: at, body } = message;
  const head = `${style.dim(`#${n}  ${at}`)}  ${style.bold(sender)} → ${to}`;
  return `${head}\n${body.replace(/^/gm, "  ")}`;
}
