/**
 * Asks until the probe gives something, and gives that. The bound is for what never comes: on a
 * machine with more to do than it can, what takes a moment elsewhere takes many seconds.
 * @throws Error when nothing came within `timeoutMs` (default 30 s); `what` says what was awaited.
 */
export async function waitFor<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: { readonly timeoutMs?: number; readonly what?: string } = {},
): Promise<T> {
  const { timeoutMs = 30_000, what = "the awaited condition" } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= deadline) throw new Error(`${what} did not come within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
