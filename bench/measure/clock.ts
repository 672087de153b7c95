/** Nanoseconds of the clock that all processes of the machine share and that never jumps. */
export function stampNs(): number {
  return Number(process.hrtime.bigint());
}

export function sinceMs(stamp: number): number {
  return (stampNs() - stamp) / 1e6;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks until the probe gives something. @throws {Error} when it never does */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const { timeoutMs = 30_000, everyMs = 10 } = options;
  const startedAt = stampNs();
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (sinceMs(startedAt) > timeoutMs) throw new Error(`${what} did not come in ${timeoutMs} ms`);
    await pause(everyMs);
  }
}
