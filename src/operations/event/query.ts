import { runIdOf } from "../../orchestration/scheduler/run-error.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import type { EventFilter, EventReader } from "../../store/store.ts";
import { defineOperation, type OperationContext } from "../define.ts";
import { projectEvent, type EventJson } from "../projection.ts";
import { eventJson, sessionId } from "../schemas.ts";
import { parseSince } from "../since.ts";
import { observationText, observationValues } from "../session/observe.ts";
import { cursorOf, parseTypes, renderEvent } from "./list.ts";

interface Input {
  types: string[];
  run_id?: string;
  session_id?: string;
  since?: string;
  until?: string;
  grep?: string;
  after?: number;
  limit: number;
}

export interface Output {
  events: EventJson[];
  /** Hand it back as after to read on, without gaps. */
  cursor: number;
  has_more: boolean;
  /** Events up to this one were removed by retention; 0 when all are there. */
  removed_through: number;
}

/** What one call looks through before it hands over; the rest comes with the next one. */
const pageSize = 500;
const mostPages = 1_000;

export const query = defineOperation<Input, Output>()({
  name: "event.query",
  toolset: "worker",
  summary: "Look through everything that happened, oldest first",
  about:
    "All that is given must fit. With --after, the cursor of the answer before, it reads on without " +
    "gaps or doubles. An agent with a toolset is told of itself and of its run, and of a session of " +
    "that run which it names.",
  effect: "read",
  fromStore: true,
  tellsOfRuns: true,
  schemas: (z) => ({
    input: z.strictObject({
      types: z
        .array(z.string())
        .default([])
        .describe("Only these types; a trailing * fits several"),
      run_id: z.string().min(1).max(64).optional().describe("Only of this run"),
      session_id: sessionId(z).optional().describe("Only of this session"),
      since: z
        .string()
        .min(1)
        .optional()
        .describe("From then on: a duration back (10m), a time, or after an event's number"),
      until: z
        .string()
        .min(1)
        .optional()
        .describe("Before then: a duration back, a time, or up to an event's number"),
      grep: z
        .string()
        .min(1)
        .max(500)
        .optional()
        .describe("Only those whose facts hold this text, in upper or lower case"),
      after: z.number().int().min(0).optional().describe("Cursor of the answer before"),
      limit: z.number().int().min(1).max(5_000).default(200).describe("Events at most"),
    }),
    output: z.looseObject({
      events: z.array(eventJson(z)),
      cursor: z.number(),
      has_more: z.boolean(),
      removed_through: z.number(),
    }),
  }),
  errors: ["run_not_found", "session_not_found", "ambiguous_id", "cursor_expired", "invalid_input"],
  cli: {
    command: "events query",
    group: "Inspect",
    ids: "events.session_id",
    flags: { types: ["type"], run_id: ["run"], session_id: ["session"] },
    short: { limit: "n" },
    examples: [
      "agentpool events query --type 'approval_*' --since 1d",
      "agentpool events query --grep README --json",
    ],
    render: ({ events, has_more: more, cursor }, style) =>
      [
        ...events.map((event) => renderEvent(event, style)),
        ...(more && style.columns !== undefined ? [style.dim(`more: --after ${cursor}`)] : []),
      ].join("\n") || (style.columns === undefined ? "" : style.dim("No events.")),
  },
  mcp: {
    tool: "get_events",
    title: "Look through events",
    description:
      "Look through what happened, by type, run, session, time or text; cursor as after reads on.",
    idempotent: true,
    openWorld: false,
    workerText: observationText.filter((path) => path.startsWith("events[]")),
    workerValues: observationValues.filter((path) => path.startsWith("events[]")),
  },
  run: async (ctx, input) => {
    const reader = ctx.app.store.events;
    const session =
      input.session_id === undefined ? null : await ctx.app.sessions.resolve(input.session_id);
    const within = session === null ? await reachOf(ctx) : undefined;
    const runId = await keptRun(ctx, input.run_id);
    const filter = {
      ...(within === undefined ? {} : { ofEither: within }),
      ...(session === null ? {} : { sessionIds: [session.id] }),
      ...(runId === undefined ? {} : { runId }),
    };
    const last = await reader.last();
    const begin = await beginning(ctx.app.now(), reader, { input, filter, last });
    const fits = judge(input, ctx.app.now());
    const events: Event[] = [];
    let cursor = begin.after;
    for (let page = 0; page < mostPages; page++) {
      const found = await reader.since(cursor, { ...filter, limit: pageSize });
      for (const event of found) {
        cursor = event.seq;
        if (fits(event)) events.push(event);
        if (events.length === input.limit) break;
      }
      const isFull = events.length === input.limit;
      if (!isFull && found.length < pageSize) cursor = Math.max(cursor, last);
      if (isFull || found.length < pageSize) break;
      // others are asked for meanwhile
      await new Promise((resolve) => setImmediate(resolve));
    }
    return {
      events: events.map(projectEvent),
      cursor,
      has_more: cursor < last,
      removed_through: begin.removedThrough,
    };
  },
});

/** Events may outlive their run: a whole id needs none. @throws run_not_found, ambiguous_id */
async function keptRun({ app }: OperationContext, named?: string): Promise<string | undefined> {
  return named?.match(/^rn_\w{17}$/) ? named : runIdOf(app.store, named);
}

/** Whom a session with a toolset is told of that names no session; undefined for everybody else. */
async function reachOf({ app, principal }: OperationContext): Promise<EventFilter["ofEither"]> {
  if (principal.kind !== "session") return undefined;
  const asker = await app.store.sessions.get(principal.sessionId);
  if (!asker || asker.toolset === null) return undefined;
  return { sessionId: asker.id, runId: asker.runId };
}

/** Where to begin, and what of the wanted is not there any more. @throws cursor_expired */
async function beginning(
  now: number,
  reader: EventReader,
  of: {
    readonly input: Input;
    readonly filter: Omit<EventFilter, "limit">;
    readonly last: number;
  },
): Promise<{ readonly after: number; readonly removedThrough: number }> {
  const { input, filter, last } = of;
  if (input.after !== undefined) return { after: input.after, removedThrough: 0 };
  const after =
    input.since === undefined ? 0 : await cursorOf(reader, parseSince(input.since, now), last);
  try {
    await reader.since(after, { ...filter, limit: 1 });
    return { after, removedThrough: 0 };
  } catch (thrown) {
    const oldest = AgentpoolError.from(thrown).details?.["oldest_cursor"];
    if (typeof oldest !== "number") throw thrown;
    return { after: oldest, removedThrough: oldest };
  }
}

function judge(input: Input, now: number): (event: Event) => boolean {
  const types = new Set(parseTypes(input.types));
  const until = input.until === undefined ? undefined : parseSince(input.until, now);
  const text = input.grep?.toLowerCase();
  return (event) => {
    if (types.size > 0 && !types.has(event.body.type)) return false;
    if (until && ("seq" in until ? event.seq > until.seq : event.at >= until.at)) return false;
    return text === undefined || JSON.stringify(event.body).toLowerCase().includes(text);
  };
}
