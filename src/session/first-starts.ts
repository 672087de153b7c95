import { isLive, type SessionState } from "../domain/session.ts";
import type { LiveSession } from "./live-session.ts";

/** As much of an agent as tells whether it is up. */
type Starting = Pick<LiveSession, "session" | "onChange">;

/** An agent that is not up after so long holds up no other one. */
const patienceMs = 30_000;
const notUpYet: readonly SessionState[] = ["starting", "unknown", "unreachable"];

/**
 * Lets agents that prepare something in common at their first start be started one after the
 * other, until one of them is up; from then on all at once. What they prepare is the provider's to
 * name.
 */
export class FirstStarts {
  readonly #prepared = new Set<string>();
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #patienceMs: number;

  constructor(options: { readonly patienceMs?: number } = {}) {
    this.#patienceMs = options.patienceMs ?? patienceMs;
  }

  /**
   * Calls `open`, which starts the agent, as soon as nobody else prepares the same. Others wait
   * until this one is up, has ended, or has had its time.
   * @param prepares what it prepares; one that prepares nothing waits for nobody
   * @param options `signal` ends the wait, and `open` is called at once
   */
  async run<T>(
    prepares: string | undefined,
    open: () => Promise<T>,
    options: { readonly live: Starting; readonly signal: AbortSignal },
  ): Promise<T> {
    if (prepares === undefined) return open();
    while (!this.#prepared.has(prepares) && !options.signal.aborted) {
      const other = this.#underWay.get(prepares);
      if (!other) return this.#alone(prepares, open, options.live);
      await endOrAbort(other, options.signal);
    }
    return open();
  }

  #alone<T>(prepares: string, open: () => Promise<T>, live: Starting): Promise<T> {
    const opened = open();
    const over = opened.then(
      () => this.#comesUp(live),
      () => false,
    );
    this.#underWay.set(
      prepares,
      over.then((isUp) => {
        if (isUp) this.#prepared.add(prepares);
        this.#underWay.delete(prepares);
      }),
    );
    return opened;
  }

  /** False when it ended before, or needs too long. */
  #comesUp(live: Starting): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isUp: boolean): void => {
        stopListening();
        clearTimeout(timer);
        resolve(isUp);
      };
      const look = (): void => {
        if (!notUpYet.includes(live.session.state)) end(isLive(live.session));
      };
      const timer = setTimeout(() => end(false), this.#patienceMs).unref();
      const stopListening = live.onChange(look);
      look();
    });
  }
}

/** @param work does not fail */
async function endOrAbort(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const settled = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true, signal: settled.signal });
  });
  await Promise.race([work, aborted]);
  settled.abort();
}
