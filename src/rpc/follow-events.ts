import type { Event } from "../domain/event.ts";
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
 * nothing pile up. A commit wakes it; one who waits for just that is handed its events as they are,
 * whoever is behind reads the store.
 * @throws cursor_expired
 */
export async function* followEvents(
  store: Store,
  request: {
    readonly after?: number | undefined;
    readonly sessions?: readonly string[] | undefined;
  },
  signal: AbortSignal,
): AsyncGenerator<Step> {
  const sessionIds = request.sessions?.length ? request.sessions : undefined;
  const concerns = ({ sessionId }: Event): boolean =>
    sessionIds === undefined || (sessionId !== null && sessionIds.includes(sessionId));
  let committed = true;
  /** All events there were when the reader began to wait; undefined while it does not. */
  let waitsAfter: number | undefined;
  /** What came next while it waited. */
  let handed: readonly Event[] | undefined;
  let wake: () => void = () => undefined;
  const unsubscribe = store.onCommit((events) => {
    if (!events.some(concerns)) return;
    const isNext = waitsAfter !== undefined && events[0]?.seq === waitsAfter + 1;
    if (isNext && events.length <= pageSize) handed = events;
    else committed = true;
    waitsAfter = undefined;
    wake();
  });
  const abort = (): void => wake();
  signal.addEventListener("abort", abort, { once: true });
  try {
    let cursor = request.after ?? (await store.events.last());
    yield { cursor, events: [] };
    while (!signal.aborted) {
      if (!committed) {
        waitsAfter = cursor;
        await new Promise<void>((resolve) => (wake = resolve));
        waitsAfter = undefined;
      }
      if (signal.aborted) return;
      if (handed) {
        // what was committed since stays to be read
        const events = handed.filter(concerns);
        cursor = handed.at(-1)?.seq ?? cursor;
        handed = undefined;
        yield { cursor, events: events.map(projectEvent) };
        continue;
      }
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
