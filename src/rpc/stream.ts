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

/**
 * Opens the stream and keeps it from falling silent. An answer that is there in this tick goes out
 * with its head in one piece: each piece costs the system as much as the rest of a quick answer.
 */
export function openStream(response: ServerResponse): Stream {
  response.setHeader("content-type", "text/event-stream");
  response.setHeader("cache-control", "no-store");
  let ping: NodeJS.Timeout | undefined;
  const opening = setImmediate(() => {
    response.flushHeaders();
    ping = setInterval(() => {
      if (!response.writableNeedDrain) response.write(formatMessage({ event: "ping", data: {} }));
    }, pingEveryMs);
  });
  let closed = response.destroyed;
  response.on("close", () => {
    closed = true;
    clearImmediate(opening);
    clearInterval(ping);
  });
  return {
    get closed() {
      return closed;
    },
    async send(event, data, id) {
      if (closed) return;
      const text = formatMessage({ event, data, ...(id === undefined ? {} : { id }) });
      // Node would hold it back until everything that is to be done in this tick is done
      response.socket?.cork();
      const hasRoom = response.write(text);
      response.socket?.uncork();
      if (hasRoom) return;
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
      clearImmediate(opening);
      clearInterval(ping);
      if (closed) return;
      const text = formatMessage({ event, data });
      // an answer whose length is known leaves its connection for the next
      if (!response.headersSent) response.setHeader("content-length", Buffer.byteLength(text));
      response.end(text);
    },
  };
}
