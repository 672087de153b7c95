import type { Principal } from "./principal.ts";
import { formatPrincipal } from "./principal.ts";
import { agentHolder } from "./hold.ts";

/**
 * Somebody outside of agentpool who takes part: a script, an agent that nobody of ours started, a
 * program that starts workers. A session takes part by being there; it has a record only when it told
 * what it does.
 */
export interface Participant {
  /** `agent:<name>`, `coordinator:…` or `session:ap_…`. */
  readonly id: string;
  /** Null for one that takes part in what belongs to no run. */
  readonly runId: string | null;
  readonly role: string | null;
  /** What it said last of its work. */
  readonly note: string | null;
  readonly activity: "working" | "idle";
  /** Without a sign of life for so long it is gone. */
  readonly ttlMs: number;
  readonly registeredAt: number;
  readonly seenAt: number;
  /** When its note or activity changed last. */
  readonly progressAt: number;
  /** When it said goodbye. */
  readonly leftAt: number | null;
}

export const defaultParticipantMs = 300_000;

/** Whether it may be taken for present. */
export function isPresent({ seenAt, ttlMs, leftAt }: Participant, now: number): boolean {
  return leftAt === null && now - seenAt <= ttlMs;
}

/** Who acts, in the words of messages and approvals; a person's shell may act for an agent outside. */
export function participantOf(principal: Principal, agent: string | null): string {
  return agent === null || principal.kind === "session"
    ? formatPrincipal(principal)
    : agentHolder(agent);
}
