import type { Readable } from "node:stream";

export interface LineHandlers {
  readonly line: (text: string) => void;
  /** A line passed the limit; it is skipped up to its end. */
  readonly tooLong: () => void;
  /** Nothing more will come. Called once. */
  readonly end: () => void;
}

const newline = 10;

/** Cuts a stream into lines, whatever the chunks are; empty lines are left out. */
export function readLines(
  stream: Readable,
  handlers: LineHandlers,
  { maxBytes }: { readonly maxBytes: number },
): void {
  let parts: Buffer[] = [];
  let size = 0;
  let ended = false;

  const finishLine = (): void => {
    if (size <= maxBytes) {
      const text = Buffer.concat(parts).toString("utf8").trim();
      if (text !== "") handlers.line(text);
    }
    parts = [];
    size = 0;
  };
  const add = (part: Buffer): void => {
    const fitted = size <= maxBytes;
    size += part.length;
    if (size <= maxBytes) parts.push(part);
    else if (fitted) {
      parts = [];
      handlers.tooLong();
    }
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    finishLine();
    handlers.end();
  };

  stream.on("data", (chunk: Buffer | string) => {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
    let start = 0;
    for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, start)) {
      add(bytes.subarray(start, at));
      finishLine();
      start = at + 1;
    }
    if (start < bytes.length) add(bytes.subarray(start));
  });
  stream.on("end", end);
  stream.on("close", end);
  stream.on("error", end);
}
