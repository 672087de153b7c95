import type { LiveSession } from "../live-session.ts";
import type { SessionParts } from "../parts.ts";

/** Something that listens to one session and hands in what it hears. */
export interface SessionSource {
  /** Looks now, instead of waiting to be told; resolves when all that was there is handed in. */
  drain(): Promise<void>;
  close(): void;
}

export interface SourceContext {
  readonly live: LiveSession;
  readonly parts: SessionParts;
  /** Paths the launch plan left for readers. */
  readonly facts: Readonly<Record<string, string>>;
  /** Environment of the agent. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs one job at a time: calls that come while it runs lead to exactly one more run, so that
 * nothing that happened before a call is ever overlooked.
 */
export function oneAtATime(job: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again: Promise<void> | undefined;
  return () => {
    if (!running) {
      running = job().finally(() => (running = undefined));
      return running;
    }
    again ??= running
      .catch(() => undefined)
      .then(() => {
        again = undefined;
        running = job().finally(() => (running = undefined));
        return running;
      });
    return again;
  };
}

/** What could not be taken in (a full disk, a store somebody holds) is looked at again so soon. */
export const againAfterMs = 1_000;

const lookEveryMs = 10_000;
/** An agent that waits for a prompt says nothing: looking then is for the case that it was not heard. */
const looksSkippedIdle = 5;

/**
 * Looks without being told, for the rare change notice that the system drops. Returns the end of it.
 */
export function lookNowAndThen(live: LiveSession, look: () => void): () => void {
  let skipped = 0;
  const timer = setInterval(() => {
    const isStill = live.session.state === "idle" && skipped < looksSkippedIdle;
    skipped = isStill ? skipped + 1 : 0;
    if (!isStill) look();
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Whether a piece of a channel belongs to another conversation than the session's. */
export function isForeign(live: LiveSession, conversation: string | null | undefined): boolean {
  const own = live.session.agentSessionId;
  return conversation != null && own !== null && conversation !== own;
}
