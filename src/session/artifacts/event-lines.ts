import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { formatTime } from "../../domain/time.ts";
import type { EventReader } from "../../store/store.ts";

const pageEvents = 500;

/**
 * Every event of a session that is still kept, in order, save those of collecting itself, with
 * which no two collections would ever be alike. Retention removes events of other
 * sessions too, and a cursor before those counts as expired, so the first usable one is searched.
 */
export async function* eventsOf(
  events: EventReader,
  sessionId: string,
): AsyncGenerator<Event, void, undefined> {
  const options = { sessionIds: [sessionId], limit: pageEvents };
  let after = await firstCursor(events, sessionId);
  for (;;) {
    const page = await events.since(after, options);
    yield* page.filter((event) => event.body.type !== "artifacts_collected");
    const last = page.at(-1);
    if (!last || page.length < pageEvents) return;
    after = last.seq;
  }
}

async function firstCursor(events: EventReader, sessionId: string): Promise<number> {
  const isKept = async (cursor: number): Promise<boolean> => {
    try {
      await events.since(cursor, { sessionIds: [sessionId], limit: 1 });
      return true;
    } catch (thrown) {
      if (AgentpoolError.from(thrown).code === "cursor_expired") return false;
      throw thrown;
    }
  };
  if (await isKept(0)) return 0;
  let expired = 0;
  let kept = await events.last();
  while (kept - expired > 1) {
    const middle = Math.floor((kept + expired) / 2);
    if (await isKept(middle)) kept = middle;
    else expired = middle;
  }
  return kept;
}

/** One line of events.jsonl. */
export function eventLine(event: Event): Record<string, unknown> {
  return {
    seq: event.seq,
    at: formatTime(event.at),
    session_id: event.sessionId,
    ...event.body,
  };
}
