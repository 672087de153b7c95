import type { Decision } from "../../src/domain/decision.ts";
import { decide, makeEvent, makeLine, makeObservation, makeTurn } from "./records.ts";
import { makeSession } from "./session.ts";

/** Two sessions that every step changes together. */
export const twins = ["ap_aaaaaaaaaaaa", "ap_bbbbbbbbbbbb"] as const;

/**
 * The n-th of a chain of decisions. Each touches every kind of thing a decision can hold, and all
 * of it tells n, so that a half-applied one shows. Step 0 creates the sessions.
 */
export function step(n: number): Decision {
  const [first, second] = twins;
  if (n === 0) {
    return decide({
      writes: twins.map((id) => ({ noun: "session", insert: makeSession({ id, version: 0 }) })),
    });
  }
  return decide({
    guards: [{ noun: "session", id: first, expect: { version: n - 1 } }],
    writes: [
      { noun: "session", id: first, update: { version: n } },
      { noun: "turn", insert: makeTurn({ id: `tn_${n}`, sessionId: first, n }) },
      { noun: "session", id: second, update: { version: n } },
    ],
    events: [makeEvent({ sessionId: first, at: n }), makeEvent({ sessionId: second, at: n })],
    observations: [makeObservation({ sessionId: first, at: n, ref: `o${n}` })],
    transcript: [makeLine({ sessionId: first, ref: `r${n}`, text: "x".repeat(n % 7_000) })],
    cursors: [{ sessionId: first, channel: "log:/a", offset: n, memory: { n } }],
  });
}
