import { elapsedMs, pause } from "../../platform/clock.ts";
import { isBusy, locked } from "./failures.ts";

/** How long a lock of another process is waited for, in ms, unless the opener says otherwise. */
export const defaultLockWaitMs = 2_000;

/**
 * Repeats an attempt while another process holds the lock it needs, asleep in between so that the
 * event loop stays free. SQLite's own busy handler would block the loop, and it starves some
 * waiters under contention; short random pauses do neither.
 * @param deadline moment of `elapsedMs()` after which a failed attempt is the last
 * @throws store_locked when the lock was never free
 */
export async function whileBusy<T>(attempt: () => T, deadline: number, file: string): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return attempt();
    } catch (thrown) {
      if (!isBusy(thrown)) throw thrown;
      if (elapsedMs() >= deadline) throw locked(file, thrown);
    }
    // timers count in whole milliseconds, so smaller pauses would all be alike
    await pause(1 + Math.floor(Math.random() * (tries < 20 ? 3 : 20)), { keepAlive: true });
  }
}
