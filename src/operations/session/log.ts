import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { isEndState, type Session } from "../../domain/session.ts";
import { formatTime } from "../../domain/time.ts";
import type { TranscriptEntry } from "../../domain/transcript.ts";
import { plainText } from "../../domain/plain-text.ts";
import { defineOperation, type OperationContext } from "../define.ts";
import { cursorOf } from "../event/list.ts";
import { sessionId } from "../schemas.ts";
import { parseSince } from "../since.ts";
import { eventText } from "./event-text.ts";

interface Input {
  session_ids: string[];
  since?: string;
  tail?: number;
  raw: boolean;
  cursor?: string;
}

export interface LogLine {
  session_id: string;
  name: string | null;
  /** Null where only the terminal says it. */
  at: string | null;
  kind: "user" | "assistant" | "tool" | "event" | "terminal";
  text: string;
}

export interface Output {
  lines: LogLine[];
  /** Hand it back to get what comes next. */
  cursor: string;
  /** All of these sessions are over, and everything they left is here. */
  ended: boolean;
}

export const log = defineOperation<Input, Output>()({
  name: "session.log",
  toolset: "sessions",
  summary: "Show the conversation and events of sessions, live with -f",
  about:
    "Several sessions are shown together in the order of time, each line with the name of its " +
    "session. --raw shows what their terminals showed. -f goes on until the sessions end or " +
    "Ctrl-C, which leaves them running.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      session_ids: z.array(sessionId(z)).min(1).max(50).describe("Sessions to show"),
      since: z
        .string()
        .min(1)
        .optional()
        .describe("Only from then on: a duration back (10m), a time, or an event's number"),
      tail: z.number().int().min(0).max(10_000).optional().describe("Only so many last lines each"),
      raw: z.boolean().default(false).describe("What the terminal showed"),
      cursor: z.string().optional().describe("Cursor of an earlier answer"),
    }),
    output: z.looseObject({
      lines: z.array(
        z.looseObject({
          session_id: z.string(),
          at: z.string().nullable(),
          kind: z.string(),
          text: z.string(),
        }),
      ),
      cursor: z.string(),
      ended: z.boolean(),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id", "invalid_input", "cursor_expired"],
  cli: {
    command: "logs",
    group: "Inspect",
    positionals: ["session_ids..."],
    omit: ["cursor"],
    short: { tail: "n" },
    examples: [
      "agentpool logs @last --tail 20",
      "agentpool logs -f @last",
      "agentpool logs --since 10m --raw @last",
    ],
    render: (output) => output.lines.map((line) => line.text).join("\n"),
  },
  run: async (ctx, input) => {
    const sessions = await Promise.all(
      input.session_ids.map((session) => ctx.app.sessions.resolve(session)),
    );
    const distinct = [...new Map(sessions.map((one) => [one.id, one])).values()];
    const places = readCursor(input.cursor);
    const from = await startOf(ctx, input);
    const read = await Promise.all(
      distinct.map((session) =>
        input.raw
          ? readRaw(ctx, session, places[session.id], input)
          : readStory(ctx, session, places[session.id] ?? from.place, { ...input, at: from.at }),
      ),
    );
    return {
      lines: inOrder(read.map(({ lines }) => lines)),
      cursor: JSON.stringify(
        Object.fromEntries(read.map(({ place }, i) => [distinct[i]?.id ?? "", place])),
      ),
      ended: distinct.every((session) => isEndState(session.state)),
    };
  },
});

/** How far a session was read: entries of its conversation, events, and bytes of its terminal. */
type Place = readonly [entry: number, event: number, byte: number];

const maxEntries = 5_000;
const pageSize = 500;
const maxRawBytes = 200_000;
const beyondAnyEnd = Number.MAX_SAFE_INTEGER;

async function startOf(
  ctx: OperationContext,
  { since }: Input,
): Promise<{ readonly place: Place; readonly at: number }> {
  if (since === undefined) return { place: [0, 0, 0], at: 0 };
  const parsed = parseSince(since, ctx.app.now());
  const { events } = ctx.app.store;
  const seq = await cursorOf(events, parsed, await events.last());
  if ("at" in parsed) return { place: [0, seq, 0], at: parsed.at };
  const [first] = await events.since(seq, { limit: 1 });
  return { place: [0, seq, 0], at: first?.at ?? ctx.app.now() };
}

interface Read {
  readonly lines: readonly LogLine[];
  readonly place: Place;
}

async function readStory(
  ctx: OperationContext,
  session: Session,
  [entry, event, byte]: Place,
  { tail, at }: { readonly tail?: number; readonly at: number },
): Promise<Read> {
  const { store } = ctx.app;
  const entries: TranscriptEntry[] = [];
  let lastEntry = entry;
  for (let page = pageSize; page === pageSize;) {
    const found = await store.transcripts.ofSession(session.id, lastEntry, pageSize);
    page = found.length;
    lastEntry = found.at(-1)?.n ?? lastEntry;
    entries.push(...found.filter((one) => one.at >= at));
    if (entries.length > maxEntries) entries.splice(0, entries.length - maxEntries);
  }
  const events: Event[] = [];
  let lastEvent = await keptFrom(ctx, session, event);
  for (let page = pageSize; page === pageSize;) {
    const found = await store.events.since(lastEvent, {
      sessionIds: [session.id],
      limit: pageSize,
    });
    page = found.length;
    lastEvent = found.at(-1)?.seq ?? lastEvent;
    events.push(...found.filter((one) => one.at >= at));
    if (events.length > maxEntries) events.splice(0, events.length - maxEntries);
  }
  const about = { session_id: session.id, name: session.name };
  const told: LogLine[] = inOrder([
    entries.map((one) => ({
      ...about,
      at: formatTime(one.at),
      kind: one.role,
      text: plainText(one.text).replace(/\s+$/, ""),
    })),
    events.flatMap((one) => {
      const text = eventText(one.body);
      const line = { ...about, at: formatTime(one.at), kind: "event" as const };
      return text === undefined ? [] : [{ ...line, text: plainText(text) }];
    }),
  ]);
  return { lines: lastOf(told, tail), place: [lastEntry, lastEvent, byte] };
}

/** A session is shown as far as it is kept: what retention removed of its events is long over. */
async function keptFrom(ctx: OperationContext, session: Session, event: number): Promise<number> {
  try {
    await ctx.app.store.events.since(event, { sessionIds: [session.id], limit: 1 });
    return event;
  } catch (thrown) {
    const oldest =
      thrown instanceof AgentpoolError && thrown.code === "cursor_expired"
        ? thrown.details?.["oldest_cursor"]
        : undefined;
    if (typeof oldest !== "number") throw thrown;
    return oldest;
  }
}

/** What the terminal wrote; at the first look also what stands on its screen and may change. */
async function readRaw(
  ctx: OperationContext,
  session: Session,
  place: Place | undefined,
  { tail, cursor }: { readonly tail?: number; readonly cursor?: string },
): Promise<Read> {
  const read = async (offset: number) =>
    ctx.app.sessions.transcript(session, {
      offset,
      limit: maxRawBytes,
      tailLines: null,
      source: "terminal",
    });
  const end = await read(beyondAnyEnd);
  const final = end.provisionalFrom ?? end.sizeBytes;
  const offset = place?.[2] ?? Math.max(0, final - maxRawBytes);
  const text = offset < end.sizeBytes ? (await read(offset)).text : "";
  const bytes = Buffer.from(text, "utf8");
  // whoever looks once sees the present screen too; whoever reads on gets it once it is final
  const looksOnce = cursor === undefined;
  const shown = looksOnce ? bytes : bytes.subarray(0, Math.max(0, final - offset));
  const isWhole = looksOnce || isEndState(session.state);
  const taken = isWhole ? shown : shown.subarray(0, shown.lastIndexOf("\n") + 1);
  const lines = taken
    .toString("utf8")
    .replace(offset === 0 ? heading : "", "")
    .trimEnd()
    .split("\n");
  const about = { session_id: session.id, name: session.name, at: null, kind: "terminal" as const };
  const told = lines[0] === "" && lines.length === 1 ? [] : lines;
  return {
    lines: lastOf(
      told.map((line) => ({ ...about, text: line.trimEnd() })),
      tail,
    ),
    place: [0, 0, offset + taken.length],
  };
}

/** What a transcript of a terminal begins with. */
const heading = /^\[source: terminal[^\n]*\]\n\n/;

function lastOf(lines: readonly LogLine[], tail: number | undefined): readonly LogLine[] {
  return tail === undefined ? lines : tail === 0 ? [] : lines.slice(-tail);
}

/** Lines with a time in its order; of one moment in the order given. */
function inOrder(groups: readonly (readonly LogLine[])[]): LogLine[] {
  return groups.flat().toSorted((a, b) => {
    if (a.at === null || b.at === null || a.at === b.at) return 0;
    return a.at < b.at ? -1 : 1;
  });
}

function readCursor(text: string | undefined): Readonly<Record<string, Place>> {
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as Record<string, Place>;
  } catch {
    throw new AgentpoolError("invalid_input", "cursor is none of ours", {
      details: { fields: ["cursor"] },
    });
  }
}
