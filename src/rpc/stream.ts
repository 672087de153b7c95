import type { ServerResponse } from "node:http";
import { formatMessage } from "./sse.ts";
import { pingEveryMs } from "./wire.ts";

/** An answer that is a stream of server-sent events. */
export interface Stream {
  readonly closed: boolean;
  /** Sends one message and waits until the client has taken enough to send the next. */
  send(event: string, data: unknown, id?: number): Promise<void>;
  /** Sends a message unless the client is behind: for what is only of passing interest. */
  offer(event: string, data: unknown): void;
  /** Sends the last message. */
  end(event: string, data: unknown): void;
}

/** Opens the stream at once and keeps it from falling silent. */
export function openStream(response: ServerResponse): Stream {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.flushHeaders();
  let closed = response.destroyed;
  const ping = setInterval(() => {
    if (!response.writableNeedDrain) response.write(formatMessage({ event: "ping", data: {} }));
  }, pingEveryMs);
  response.on("close", () => {
    closed = true;
    clearInterval(ping);
  });
  return {
    get closed() {
      return closed;
    },
    async send(event, data, id) {
      if (closed) return;
      const text = formatMessage({ event, data, ...(id === undefined ? {} : { id }) });
      if (response.write(text)) return;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          response.off("drain", done);
          response.off("close", done);
          resolve();
        };
        response.on("drain", done);
        response.on("close", done);
      });
    },
    offer(event, data) {
      if (!closed && !response.writableNeedDrain) response.write(formatMessage({ event, data }));
    },
    end(event, data) {
      clearInterval(ping);
      if (!closed) response.end(formatMessage({ event, data }));
    },
  };
}
