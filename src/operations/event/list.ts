import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { nearest } from "../../domain/nearest.ts";
import { eventTypes } from "../../domain/event-types.ts";
import type { EventReader } from "../../store/store.ts";
import { defineOperation, type Style } from "../define.ts";
import { projectEvent, type EventJson } from "../projection.ts";
import { eventJson, sessionId } from "../schemas.ts";
import { parseSince, type Since } from "../since.ts";

interface Input {
  session_ids: string[];
  since?: string;
  types: string[];
  limit: number;
}

export interface Output {
  events: EventJson[];
  /** Hand it back as `since` to get what comes next, gap-free. */
  cursor: number;
  has_more: boolean;
}

export const list = defineOperation<Input, Output>()({
  name: "event.list",
  toolset: "sessions",
  summary: "Show what happened, event by event",
  about:
    "Without --since the newest events. With the number of an event those that came after it, " +
    "gap-free: where retention has removed some of them, that is the error cursor_expired, whose " +
    "oldest_cursor is one that works. With a time or a duration those kept from then on.",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      session_ids: z.array(sessionId(z)).max(100).default([]).describe("Only these sessions"),
      since: z
        .string()
        .min(1)
        .optional()
        .describe("Number of an event, a duration back (10m), or a time"),
      types: z
        .array(z.string())
        .default([])
        .describe("Only these types; a trailing * fits several"),
      limit: z.number().int().min(1).max(1_000).default(100).describe("Events at most"),
    }),
    output: z.looseObject({
      events: z.array(eventJson(z)),
      cursor: z.number(),
      has_more: z.boolean(),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id", "cursor_expired", "invalid_input"],
  cli: {
    command: "events",
    group: "Inspect",
    ids: "events.session_id",
    positionals: ["session_ids..."],
    flags: { types: ["type"] },
    short: { limit: "n" },
    examples: [
      "agentpool events @last",
      "agentpool events --since 10m --type 'prompt_*,turn_*' --json",
      "agentpool events -f",
    ],
    render: (output, style) =>
      output.events.map((event) => renderEvent(event, style)).join("\n") ||
      (style.columns === undefined ? "" : style.dim("No events.")),
  },
  run: async (ctx, input) => {
    const { store, now } = ctx.app;
    const sessions = await Promise.all(
      input.session_ids.map((session) => ctx.app.sessions.resolve(session)),
    );
    const sessionIds = sessions.map(({ id }) => id);
    const types = parseTypes(input.types);
    const filter = {
      ...(sessionIds.length > 0 ? { sessionIds } : {}),
      ...(types.length > 0 ? { types } : {}),
      limit: input.limit,
    };
    const { events: reader } = store;
    const since = input.since === undefined ? undefined : parseSince(input.since, now());
    const last = await reader.last();
    const events = since
      ? await reader.since(await cursorOf(reader, since, last), filter)
      : await newest(reader, filter, last);
    const full = since !== undefined && events.length === input.limit;
    return {
      events: events.map(projectEvent),
      cursor: full ? (events.at(-1)?.seq ?? last) : last,
      has_more: full,
    };
  },
});

/** One event on one line: when, who, what, and its facts. Tab-separated for programs. */
export function renderEvent(event: EventJson, style: Style): string {
  const { seq, at, session_id: session, type, ...facts } = event;
  const told = Object.entries(facts)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return `${name}=${text.replace(/\s+/g, " ")}`;
    });
  if (style.columns === undefined) {
    return [seq, at, session ?? "-", type, told.join(" ")].join("\t");
  }
  return [style.dim(`${seq} ${at.slice(11, 19)}`), session ?? "-", style.bold(type), ...told].join(
    "  ",
  );
}

/** The number after which to read. */
export async function cursorOf(reader: EventReader, since: Since, last: number): Promise<number> {
  return "seq" in since ? since.seq : beforeMoment(reader, since.at, last);
}

/** Numbers rise with time: the last one before a moment is found by halving. */
async function beforeMoment(reader: EventReader, at: number, last: number): Promise<number> {
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const next = await nextAfter(reader, middle);
    if ("kept" in next) low = Math.max(next.kept, middle + 1);
    else if (next.event === undefined || next.event.at >= at) high = middle;
    else low = Math.max(middle + 1, next.event.seq);
  }
  return Math.min(low, last);
}

async function nextAfter(
  reader: EventReader,
  seq: number,
): Promise<{ readonly event: Event | undefined } | { readonly kept: number }> {
  try {
    const [event] = await reader.since(seq, { limit: 1 });
    return { event };
  } catch (thrown) {
    const oldest = oldestCursor(thrown);
    if (oldest === undefined) throw thrown;
    return { kept: oldest };
  }
}

function oldestCursor(thrown: unknown): number | undefined {
  if (!(thrown instanceof AgentpoolError) || thrown.code !== "cursor_expired") return undefined;
  const oldest = thrown.details?.["oldest_cursor"];
  return typeof oldest === "number" ? oldest : undefined;
}

/** The newest events that fit, found by looking back further and further. */
async function newest(
  reader: EventReader,
  filter: Parameters<EventReader["since"]>[1],
  last: number,
): Promise<Event[]> {
  let floor = 0;
  for (let span = filter.limit * 4; ; span *= 8) {
    const after = Math.max(floor, last - span);
    const found: Event[] = [];
    try {
      for (let from = after; ;) {
        const page = await reader.since(from, { ...filter, limit: pageSize });
        found.push(...page);
        if (page.length < pageSize) break;
        from = page.at(-1)?.seq ?? last;
      }
    } catch (thrown) {
      const oldest = oldestCursor(thrown);
      if (oldest === undefined || oldest <= after) throw thrown;
      floor = oldest;
      span = last;
      continue;
    }
    if (found.length >= filter.limit || after <= floor) return found.slice(-filter.limit);
  }
}

const pageSize = 1_000;

/** @throws invalid_input for a type that does not exist */
export function parseTypes(words: readonly string[]): string[] {
  return words
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .flatMap((word) => {
      const fits = eventTypes.filter((type) =>
        word.endsWith("*") ? type.startsWith(word.slice(0, -1)) : type === word,
      );
      if (fits.length > 0) return fits;
      const near = nearest(word, eventTypes);
      throw new AgentpoolError("invalid_input", `No event has the type "${word}"`, {
        why: `Types: ${eventTypes.join(", ")}.`,
        ...(near ? { hint: `Did you mean ${near}?` } : {}),
        details: { fields: ["types"] },
      });
    });
}
