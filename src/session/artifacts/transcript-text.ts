import { setImmediate } from "node:timers/promises";
import { formatTime } from "../../domain/time.ts";
import type { TranscriptEntry } from "../../domain/transcript.ts";
import type { TranscriptReader } from "../../store/store.ts";
import { plainText } from "../../domain/plain-text.ts";

/**
 * One entry as text. It depends on nothing but the entry, so that the text of a conversation only
 * grows at its end and byte offsets into it stay valid. A line of the agent that looks like one of
 * our own headings is set off by a blank: nobody can write a turn of somebody else.
 */
export function renderEntry(entry: TranscriptEntry): string {
  const body = plainText(entry.text)
    .replace(/\n+$/, "")
    .replace(/^(?=\[\d{4}-\d\d-\d\dT)/gm, " ");
  return `[${formatTime(entry.at)}] ${entry.role}\n${body}\n\n`;
}

const pageEntries = 200;

/** A session's entries behind `after`, in order, read page by page. */
export async function* entriesAfter(
  transcripts: TranscriptReader,
  sessionId: string,
  after: number,
): AsyncGenerator<TranscriptEntry, void, undefined> {
  for (let last = after; ;) {
    const entries = await transcripts.ofSession(sessionId, last, pageEntries);
    yield* entries;
    const end = entries.at(-1);
    if (!end || entries.length < pageEntries) return;
    last = end.n;
    // a local store answers without letting go of the event loop
    await setImmediate();
  }
}
