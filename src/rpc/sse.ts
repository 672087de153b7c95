/** One message of a stream of server-sent events. */
export interface Message {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

export function formatMessage(message: { event: string; id?: number; data: unknown }): string {
  const id = message.id === undefined ? "" : `id: ${message.id}\n`;
  // JSON has no raw line breaks, so one data line is always enough
  return `event: ${message.event}\n${id}data: ${JSON.stringify(message.data)}\n\n`;
}

/** Reads messages out of a byte stream that may be cut anywhere. */
export async function* readMessages(chunks: AsyncIterable<Buffer>): AsyncGenerator<Message> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    // what was searched before is not searched again: one message may be megabytes long
    let from = Math.max(0, rest.length - 1);
    rest += decoder.decode(chunk, { stream: true });
    for (let end = rest.indexOf("\n\n", from); end >= 0; end = rest.indexOf("\n\n", from)) {
      const message = parseMessage(rest.slice(0, end));
      rest = rest.slice(end + 2);
      from = 0;
      if (message) yield message;
    }
  }
}

/** The messages of a stream of which all is there. */
export function messagesIn(text: string): readonly Message[] {
  return text.split("\n\n").flatMap((block) => parseMessage(block) ?? []);
}

function parseMessage(block: string): Message | undefined {
  let event = "message";
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const value = line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    switch (line.slice(0, colon)) {
      case "event":
        event = value;
        break;
      case "id":
        id = value;
        break;
      case "data":
        data.push(value);
        break;
    }
  }
  return data.length > 0 ? { event, id, data: data.join("\n") } : undefined;
}
