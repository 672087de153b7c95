import { projectEvent, type EventJson } from "../operations/projection.ts";
import type { Store } from "../store/store.ts";

/** Events read from the store at once; what a slow reader makes us hold is never more. */
const pageSize = 256;

export interface Step {
  /** Everything up to this number has been handed over, or does not concern the reader. */
  readonly cursor: number;
  readonly events: readonly EventJson[];
}

/**
 * Events after a cursor, then those to come, without gaps, until the signal ends it. Reads the
 * store page by page whenever the reader asks for more: a reader that stops makes nobody wait and
 * nothing pile up. A commit only wakes it; the store is what is read.
 * @throws cursor_expired
 */
export async function* followEvents(
  store: Store,
  request: { readonly after?: number; readonly sessions?: readonly string[] },
  signal: AbortSignal,
): AsyncGenerator<Step> {
  const sessionIds = request.sessions?.length ? request.sessions : undefined;
  let committed = true;
  let wake: () => void = () => undefined;
  const unsubscribe = store.onCommit((events) => {
    if (sessionIds && !events.some((one) => one.sessionId && sessionIds.includes(one.sessionId))) {
      return;
    }
    committed = true;
    wake();
  });
  const abort = (): void => wake();
  signal.addEventListener("abort", abort, { once: true });
  try {
    let cursor = request.after ?? (await store.events.last());
    yield { cursor, events: [] };
    while (!signal.aborted) {
      if (!committed) await new Promise<void>((resolve) => (wake = resolve));
      if (signal.aborted) return;
      committed = false;
      // asked before the page: what is committed in between comes with the next page
      const last = await store.events.last();
      const events = await store.events.since(cursor, {
        ...(sessionIds ? { sessionIds } : {}),
        limit: pageSize,
      });
      const newest = events.at(-1)?.seq ?? cursor;
      const full = events.length === pageSize;
      if (full) committed = true;
      cursor = full ? newest : Math.max(newest, last);
      yield { cursor, events: events.map(projectEvent) };
    }
  } finally {
    unsubscribe();
    signal.removeEventListener("abort", abort);
  }
}
