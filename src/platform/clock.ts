/** The wall clock, in epoch milliseconds. Pass it on as `now`, so that tests can hold time. */
export function now(): number {
  return Date.now();
}

/** Milliseconds of a clock that never jumps; for durations only. */
export function elapsedMs(): number {
  return performance.now();
}

/**
 * Resolves after `ms`, or as soon as the signal aborts. Never rejects: the caller looks at the
 * signal. A pause does not keep the process alive unless `keepAlive` is set.
 */
export function pause(
  ms: number,
  options: { readonly signal?: AbortSignal; readonly keepAlive?: boolean } = {},
): Promise<void> {
  const { signal, keepAlive = false } = options;
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (!keepAlive) timer.unref();
    signal?.addEventListener("abort", done, { once: true });
  });
}
