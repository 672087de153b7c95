import { join } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import { isLive, type Session } from "../../domain/session.ts";
import { isStructured } from "../../domain/source.ts";
import type { SessionFolder } from "../../platform/home.ts";
import type { Machine } from "../../runtime/machine.ts";
import type { TranscriptReader } from "../../store/store.ts";
import { renderTerminalLog } from "./terminal-log.ts";
import { takeRange, takeTail } from "./text-range.ts";
import { entriesAfter, renderEntry } from "./transcript-text.ts";
import type { TranscriptIndex } from "./transcript-index.ts";

export interface TranscriptRequest {
  /** Byte to start at. */
  readonly offset: number;
  /** Bytes at most, 1 to 200,000. */
  readonly limit: number;
  /** Only so many last lines, 1 to 10,000; `offset` and `limit` do not count then. */
  readonly tailLines: number | null;
  /** `terminal`: what the pane wrote, also where the agent keeps a log of its own. */
  readonly source?: "terminal";
}

export interface TranscriptPage {
  /** Where `collect` writes the same text. */
  readonly path: string;
  readonly exists: boolean;
  readonly mode: "page" | "tail" | "missing";
  readonly offset: number;
  readonly limit: number;
  readonly tailLines: number | null;
  readonly nextOffset: number;
  readonly hasMore: boolean;
  readonly sizeBytes: number;
  readonly text: string;
  /** `agent_log`, or `terminal` where the agent keeps no log. */
  readonly source: TranscriptSource;
  /** From this byte on the text is the present screen and may change; null when all is final. */
  readonly provisionalFrom: number | null;
}

export type TranscriptSource = "agent_log" | "terminal";

export interface TranscriptParts {
  readonly machine: Machine;
  readonly transcripts: TranscriptReader;
  /** Remembers where entries begin; without it every page is counted from the first byte. */
  readonly index?: TranscriptIndex;
  /** Secret values (of environment variables) that must not stand in what a terminal showed. */
  readonly known?: readonly string[];
}

/**
 * Reads a part of a session's conversation. Offsets stay valid while it grows. Where a live
 * terminal is read, `nextOffset` stays where the text that may still change begins, so that
 * reading on later misses nothing.
 * @throws invalid_input for numbers out of range
 */
export async function readTranscript(
  parts: TranscriptParts,
  session: Session,
  folder: SessionFolder,
  request: TranscriptRequest,
): Promise<TranscriptPage> {
  check(request);
  const source = request.source ?? (await transcriptSource(parts.transcripts, session));
  const page = source === "agent_log" ? readEntries : readTerminal;
  const read = await page(parts, session, folder, request);
  return {
    path: join(folder.artifacts, "transcript.txt"),
    exists: read.sizeBytes > 0,
    mode: read.sizeBytes === 0 ? "missing" : request.tailLines === null ? "page" : "tail",
    limit: request.limit,
    tailLines: request.tailLines,
    source,
    ...read,
  };
}

/** Where the text of a session's conversation comes from. */
export async function transcriptSource(
  transcripts: TranscriptReader,
  session: Session,
): Promise<TranscriptSource> {
  const [first] = await transcripts.ofSession(session.id, 0, 1);
  if (first) return "agent_log";
  // a live agent with a log may still write its first line, and then offsets would be others
  return isLive(session) && session.channels.some(isStructured) ? "agent_log" : "terminal";
}

type Read = Pick<
  TranscriptPage,
  "offset" | "nextOffset" | "hasMore" | "sizeBytes" | "text" | "provisionalFrom"
>;

async function readEntries(
  parts: TranscriptParts,
  session: Session,
  _folder: SessionFolder,
  request: TranscriptRequest,
): Promise<Read> {
  const { transcripts, index } = parts;
  await index?.advance(transcripts, session.id);
  const from = index?.place(session.id, request) ?? { after: 0, bytes: 0 };
  const texts = renderAll(entriesAfter(transcripts, session.id, from.after));
  if (request.tailLines !== null) {
    return wholeTail(await takeTail(texts, request.tailLines, from.bytes));
  }
  const range = await takeRange(texts, request, from.bytes);
  return { ...range, hasMore: range.nextOffset < range.sizeBytes, provisionalFrom: null };
}

async function* renderAll(
  entries: ReturnType<typeof entriesAfter>,
): AsyncGenerator<string, void, undefined> {
  for await (const entry of entries) yield renderEntry(entry);
}

async function readTerminal(
  parts: TranscriptParts,
  session: Session,
  folder: SessionFolder,
  request: TranscriptRequest,
): Promise<Read> {
  const { known = [] } = parts;
  const pieces = renderTerminalLog(parts.machine, folder.terminal, { known });
  let finalBytes = 0;
  const texts = (async function* () {
    for await (const piece of pieces) {
      if (piece.final) finalBytes += Buffer.byteLength(piece.text);
      yield piece.text;
    }
  })();
  if (request.tailLines !== null) return wholeTail(await takeTail(texts, request.tailLines));

  const range = await takeRange(texts, request);
  const final = isLive(session) ? finalBytes : range.sizeBytes;
  // one reads on where the text is final, to see what became of the rest
  const nextOffset = request.offset > final ? range.nextOffset : Math.min(range.nextOffset, final);
  return {
    ...range,
    nextOffset,
    hasMore: nextOffset < final,
    provisionalFrom: final < range.sizeBytes ? final : null,
  };
}

function wholeTail(tail: { readonly text: string; readonly sizeBytes: number }): Read {
  return {
    text: tail.text,
    offset: tail.sizeBytes - Buffer.byteLength(tail.text),
    nextOffset: tail.sizeBytes,
    hasMore: false,
    sizeBytes: tail.sizeBytes,
    provisionalFrom: null,
  };
}

function check(request: TranscriptRequest): void {
  const { offset, limit, tailLines } = request;
  const isCount = (value: number, max: number): boolean =>
    Number.isSafeInteger(value) && value >= 1 && value <= max;
  if (!Number.isSafeInteger(offset) || offset < 0) throw wrong("offset", offset, "0 or more");
  if (!isCount(limit, 200_000)) throw wrong("limit", limit, "1 to 200000 bytes");
  if (tailLines !== null && !isCount(tailLines, 10_000)) {
    throw wrong("tail_lines", tailLines, "1 to 10000 lines");
  }
}

function wrong(field: string, value: number, range: string): AgentpoolError {
  return new AgentpoolError("invalid_input", `${field} is ${value}`, {
    why: `It must be a whole number, ${range}.`,
    details: { field, value },
  });
}
