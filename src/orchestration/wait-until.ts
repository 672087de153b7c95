import { Bell } from "../platform/bell.ts";
import { elapsedMs } from "../platform/clock.ts";
import type { Store } from "../store/store.ts";

/**
 * Waits until something is so, asking again after each commit that tells something. False when the
 * time is over, or the signal ends it, before.
 */
export async function waitUntil(
  store: Pick<Store, "onCommit">,
  isSo: () => Promise<boolean>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const bell = new Bell();
  const stop = store.onCommit(() => bell.ring());
  const until = elapsedMs() + timeoutMs;
  try {
    for (;;) {
      if (await isSo()) return true;
      const left = until - elapsedMs();
      if (left <= 0 || signal.aborted) return false;
      await bell.wait(left, signal);
    }
  } finally {
    stop();
  }
}
