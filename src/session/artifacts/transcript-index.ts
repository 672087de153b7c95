import type { TranscriptReader } from "../../store/store.ts";
import type { TranscriptRequest } from "./read-transcript.ts";
import { entriesAfter, renderEntry } from "./transcript-text.ts";

/** The rendered text up to an entry. */
interface Mark {
  /** The entry it ends with; 0 for the beginning. */
  readonly after: number;
  readonly bytes: number;
  readonly lines: number;
}

const entriesPerMark = 32;
const beginning: Mark = { after: 0, bytes: 0, lines: 0 };

/**
 * Remembers where in the rendered text of a conversation every so many entries end, so that
 * reading a long one page by page does not count it from its first byte each time. Entries never
 * change, so what it knows stays true; it may be thrown away at any time.
 */
export class TranscriptIndex {
  readonly #sessions = new Map<string, { marks: Mark[]; end: Mark }>();

  /** Takes in the entries that came since. */
  async advance(transcripts: TranscriptReader, sessionId: string): Promise<void> {
    const known = this.#sessions.get(sessionId) ?? { marks: [beginning], end: beginning };
    const marks = [...known.marks];
    let { after, bytes, lines } = known.end;
    for await (const entry of entriesAfter(transcripts, sessionId, after)) {
      const text = renderEntry(entry);
      bytes += Buffer.byteLength(text);
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
      after = entry.n;
      const last = marks.at(-1) ?? beginning;
      if (after - last.after >= entriesPerMark) marks.push({ after, bytes, lines });
    }
    this.#sessions.set(sessionId, { marks, end: { after, bytes, lines } });
  }

  /** From which entry on the text must be rendered to hold what is asked for. */
  place(sessionId: string, request: TranscriptRequest): Pick<Mark, "after" | "bytes"> {
    const known = this.#sessions.get(sessionId);
    if (!known) return beginning;
    const { marks, end } = known;
    const fits =
      request.tailLines === null
        ? (mark: Mark) => mark.bytes <= request.offset
        : (mark: Mark) => mark.lines <= end.lines - (request.tailLines ?? 0);
    return marks.findLast(fits) ?? beginning;
  }

  forget(sessionId: string): void {
    this.#sessions.delete(sessionId);
  }
}
