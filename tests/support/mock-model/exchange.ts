/** A model request and its answer, free of any vendor's format. */
export type Protocol = "responses" | "messages" | "chat";

export interface Exchange {
  readonly protocol: Protocol;
  /** `title` and `helper` are requests an agent makes on the side, never the user's turn. */
  readonly purpose: "turn" | "title" | "helper";
  readonly model: string;
  /** The text the user sent last, byte for byte as the agent passed it on. */
  readonly userText: string;
  /** Every user text of the conversation, oldest first. */
  readonly userTexts: readonly string[];
  /** Results of tools since that text, oldest first. */
  readonly toolResults: readonly string[];
  readonly tools: readonly OfferedTool[];
  readonly stream: boolean;
}

export interface OfferedTool {
  readonly name: string;
  /** The namespace the agent put it in, null when it has none. */
  readonly space: string | null;
}

export interface ToolCall {
  readonly tool: string;
  readonly space: string | null;
  /** A text for tools that take a bare text, else an object. */
  readonly input: unknown;
}

export interface Answer {
  readonly kind: "answer";
  readonly text: string;
  /** Time over which the text is spread, in ms. */
  readonly overMs: number;
  /** Silence after the head of the answer, in ms. */
  readonly silenceMs: number;
  /** The connection breaks after half of the text. */
  readonly cut: boolean;
  readonly calls: readonly ToolCall[];
  readonly headers: Readonly<Record<string, string>>;
}

export interface Refusal {
  readonly kind: "refusal";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export type Reply = Answer | Refusal;

/** How one vendor's API looks on the wire. */
export interface Wire {
  readonly read: (body: unknown, headers: Headers) => Exchange;
  /** Server-sent events, in three parts: head, any number of text pieces, end. */
  readonly stream: (exchange: Exchange) => WireStream;
  /** The same as one JSON document, for requests that want no stream. */
  readonly whole: (exchange: Exchange, answer: Answer) => unknown;
}

export interface WireStream {
  readonly head: () => string;
  readonly text: (piece: string) => string;
  readonly end: (calls: readonly ToolCall[]) => string;
}

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

let counter = 0;

/** An id no other answer of this process has. */
export function freshId(prefix: string): string {
  counter += 1;
  return `${prefix}${process.pid.toString(36)}${counter.toString(36).padStart(6, "0")}`;
}

/** One server-sent event. */
export function sse(event: string | null, data: unknown): string {
  const payload = typeof data === "string" ? data : JSON.stringify(data);
  return `${event === null ? "" : `event: ${event}\n`}data: ${payload}\n\n`;
}

/** Tokens as a vendor would count them, near enough for an agent's own arithmetic. */
export function tokens(text: string): number {
  return Math.ceil(text.length / 4);
}
