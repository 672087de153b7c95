import { isEndState, type Session } from "./session.ts";
import { isPresent, type Participant } from "./participant.ts";

/**
 * `dead`: gone, and nobody had wanted that. `stuck`: there, at work by its own account, and without a
 * sign of progress for too long. `stopped`: gone as it should be. `unknown`: it cannot be asked.
 */
export type Health = "healthy" | "stuck" | "dead" | "stopped" | "unknown";

export interface Judged {
  readonly health: Health;
  readonly because: string;
}

/** The last sign that something moved, and what it was. */
export interface Progress {
  readonly at: number;
  readonly what: string;
}

export const defaultStuckMs = 300_000;

/** A session, by its state and the last thing that its screen or its agent's channels showed. */
export function judgeSession(
  session: Pick<Session, "state" | "stateBecause" | "closing" | "timedOutAt" | "reachable">,
  progress: Progress,
  { now, thresholdMs }: { readonly now: number; readonly thresholdMs: number },
): Judged {
  const { state, stateBecause, closing, timedOutAt } = session;
  if (isEndState(state)) {
    const wanted =
      state === "completed" ||
      state === "cancelled" ||
      timedOutAt !== null ||
      (closing !== null && closing.value !== "failed");
    return { health: wanted ? "stopped" : "dead", because: stateBecause };
  }
  if (state === "unreachable") return { health: "unknown", because: stateBecause };
  const stillMs = now - progress.at;
  if (state === "running" && stillMs > thresholdMs) {
    const because = `it is running, and since ${progress.what} ${seconds(stillMs)} ago nothing moved`;
    return { health: "stuck", because };
  }
  return { health: "healthy", because: `${progress.what} ${seconds(stillMs)} ago` };
}

/** Somebody outside, by what they tell of themselves. */
export function judgeParticipant(
  participant: Participant,
  { now, thresholdMs }: { readonly now: number; readonly thresholdMs: number },
): Judged {
  const { leftAt, seenAt, progressAt, activity } = participant;
  if (leftAt !== null) return { health: "stopped", because: "it said goodbye" };
  if (!isPresent(participant, now)) {
    return { health: "dead", because: `its last sign of life was ${seconds(now - seenAt)} ago` };
  }
  const stillMs = now - progressAt;
  if (activity === "working" && stillMs > thresholdMs) {
    const because = `it is working, and has told the same for ${seconds(stillMs)}`;
    return { health: "stuck", because };
  }
  return { health: "healthy", because: `its last sign of life was ${seconds(now - seenAt)} ago` };
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.floor(ms / 1000))} s`;
}
