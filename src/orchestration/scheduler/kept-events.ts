import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import type { EventFilter, EventReader } from "../../store/store.ts";

/**
 * The events after a number, or what retention left of them. Nobody has to know where it cut: in a
 * home that is older than its retention, even the beginning of all is no number to start from.
 */
export async function keptEvents(
  events: Pick<EventReader, "since">,
  after: number,
  filter: EventFilter,
): Promise<readonly Event[]> {
  try {
    return await events.since(after, filter);
  } catch (thrown) {
    const { code, details } = AgentpoolError.from(thrown);
    const oldest = details?.["oldest_cursor"];
    if (code !== "cursor_expired" || typeof oldest !== "number" || oldest <= after) throw thrown;
    return keptEvents(events, oldest, filter);
  }
}
