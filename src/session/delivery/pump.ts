import { isDelivered, type Delivery } from "../../domain/delivery.ts";
import { moveDelivery } from "../../domain/delivery-rules.ts";
import { AgentpoolError, messageWithWhy } from "../../domain/errors.ts";
import type { LiveSession } from "../live-session.ts";
import type { SessionParts } from "../parts.ts";
import { confirm } from "./confirm.ts";
import { handOver } from "./hand-over.ts";
import { lookAgainMs, type Lane } from "./lane.ts";
import { paste } from "./paste.ts";
import { submit } from "./submit.ts";

export interface DeliveryPump {
  /** Something changed that may let the next text go on. */
  kick(): void;
  close(): void;
}

/** What the pump of a session needs besides the session itself. */
export type LaneParts = Pick<Lane, "screen" | "outbox" | "way" | "interrupt" | "holdsUp" | "drain">;

/**
 * Brings the texts of one session to its agent, one at a time, in order: pasted, submitted, confirmed.
 * Each stage is one guarded step in the terminal that leaves its mark on the pane, and only then a
 * row: whatever is killed in between, the mark tells how far the text came. Nothing is ever typed
 * over a dialog, a draft of a person or copy mode, and a text is never sent twice on a guess. Where
 * the agent has a channel of its own for texts, they go through that, and what stands in the pane
 * does not matter.
 */
export function pumpDeliveries(
  live: LiveSession,
  parts: SessionParts,
  lent: LaneParts,
): DeliveryPump {
  let busy = false;
  let kicked = false;
  let timer: NodeJS.Timeout | undefined;
  let timerDueAt = 0;
  let closed = false;

  const lane: Lane = {
    ...lent,
    live,
    parts,
    pickedUpAt: parts.now(),
    vanished: false,
    fresh: ({ id }) => live.view.deliveries.find((candidate) => candidate.id === id),
    again: () => {
      kicked = true;
    },
    later,
    wait: async (delivery, because, againMs = lookAgainMs) => {
      if (delivery.because !== because) {
        await live.change((draft) => draft.setDelivery(delivery.id, { because }));
      }
      later(againMs);
    },
    move,
    refuse: async (delivery, because) => {
      await move(delivery, "refused", because);
      await lent.outbox.remove(delivery.id);
    },
  };

  function kick(): void {
    if (closed) return;
    kicked = true;
    if (busy) return;
    busy = true;
    run()
      .catch((thrown: unknown) => {
        parts.log("error", "a delivery failed", { session: live.id, error: String(thrown) });
        return sayWhy(AgentpoolError.from(thrown));
      })
      .finally(() => {
        busy = false;
        if (kicked) kick();
      });
  }

  async function run(): Promise<void> {
    while (kicked && !closed && live.isLive) {
      kicked = false;
      await expire();
      const next = nextToSend();
      if (next) await step(next);
      const waiting = live.view.deliveries.filter(waitsForAgent);
      for (const one of waiting) await confirm(lane, one);
    }
  }

  async function step(delivery: Delivery): Promise<void> {
    if (delivery.state === "queued") return paste(lane, delivery);
    if (delivery.state !== "pasted") return;
    await (delivery.via === "api" ? handOver(lane, delivery) : submit(lane, delivery));
  }

  function nextToSend(): Delivery | undefined {
    return live.view.deliveries.find((one) => !isDelivered(one) && !waitsForAgent(one));
  }

  /** Also those that wait behind another. */
  async function expire(): Promise<void> {
    const due = live.view.deliveries.filter(
      ({ state, expiresAt }) => state === "queued" && expiresAt <= parts.now(),
    );
    for (const delivery of due) {
      await move(delivery, "expired", delivery.because ?? "it could not be typed in time");
      await lent.outbox.remove(delivery.id);
    }
    const next = live.view.deliveries.filter(({ state }) => state === "queued");
    if (next.length > 0) later(Math.min(...next.map((one) => one.expiresAt)) - parts.now());
  }

  /** Whoever waits for a text reads why it does not go on. It is tried again either way. */
  async function sayWhy(failure: AgentpoolError): Promise<void> {
    later(lookAgainMs);
    const next = nextToSend();
    const because = messageWithWhy(failure);
    // a full disk takes no reason either; the log has it
    if (next) await lane.wait(next, because).catch(() => undefined);
  }

  async function move(...[delivery, to, because]: Parameters<Lane["move"]>): Promise<void> {
    await live.change((draft, ctx) => moveDelivery(draft, ctx, delivery.id, to, because));
  }

  function later(ms: number): void {
    const dueAt = parts.now() + ms;
    if (timer !== undefined && timerDueAt <= dueAt) return;
    clearTimeout(timer);
    timerDueAt = dueAt;
    timer = setTimeout(
      () => {
        timer = undefined;
        kick();
      },
      Math.min(ms, 3_600_000),
    );
    timer.unref();
  }

  const stop = live.onChange(kick);
  kick();
  return {
    kick,
    close: () => {
      closed = true;
      stop();
      clearTimeout(timer);
    },
  };
}

/** It is in the agent's hands; what is left is to see that it was taken. */
function waitsForAgent({ state }: Delivery): boolean {
  return state === "submitted" || state === "queued_by_agent" || state === "unconfirmed";
}
