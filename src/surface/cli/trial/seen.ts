import { normalise } from "../../../domain/delivery.ts";
import { AgentpoolError } from "../../../domain/errors.ts";
import type { EventJson } from "../../../operations/projection.ts";
import type { Next } from "./agent.ts";
import type { StepReport } from "./report.ts";

/** What a step found, before it is called by its name. */
export type Seen = Omit<StepReport, "step">;

export function seen(source: string, event?: EventJson): Seen {
  return { status: "ok", source, event: event?.type ?? null, ms: null, evidence: "" };
}

export function failed(evidence: string): Seen {
  return { status: "failed", source: null, event: null, ms: null, evidence };
}

export function unseen(evidence: string): Seen {
  return { ...failed(evidence), status: "not_seen" };
}

export function notOffered(evidence: string): Seen {
  return { ...failed(evidence), status: "not_offered" };
}

export function isType<T extends EventJson["type"]>(
  type: T,
): (event: EventJson) => event is Extract<EventJson, { type: T }> {
  return (event): event is Extract<EventJson, { type: T }> => event.type === type;
}

/** How a prompt went on, in words. */
export function wordsOf(next: Next): string {
  switch (next.how) {
    case "ended": {
      const { event } = next;
      const why = "error" in event ? event.error : "because" in event ? event.because : null;
      return `the turn was ${event.type.replace("turn_", "")}${why === null ? "" : `: ${why}`}`;
    }
    case "asks":
      return `it asks: ${quoted(next.event.text)}`;
    case "refused":
      return `the prompt was not delivered: ${next.because}`;
    case "gone":
      return "its process ended";
    case "silent":
      return "nothing came of it in its time";
  }
}

export function reasonOf(thrown: unknown): string {
  const { message, why, code } = AgentpoolError.from(thrown);
  return `${message}${why === undefined ? "" : `: ${why}`} (${code})`;
}

export function quoted(text: string): string {
  return `"${normalise(text).slice(0, 60)}"`;
}
