/**
 * A model service on loopback for tests with real agent CLIs: OpenAI Responses (codex), Anthropic
 * Messages (claude) and OpenAI chat completions (opencode), all streaming, on one port. What it
 * answers stands in the prompt, see `scenario.ts`. It also stands in for the npm registry, with a
 * quick 404, because opencode would wait long for one that is not there.
 */
import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { chatWire } from "./chat-wire.ts";
import type { Answer, Exchange, Wire } from "./exchange.ts";
import { tokens } from "./exchange.ts";
import type { JournalEntry } from "./journal.ts";
import { Journal } from "./journal.ts";
import { messagesWire } from "./messages-wire.ts";
import { Model } from "./model.ts";
import { responsesWire } from "./responses-wire.ts";

export interface MockModel {
  /** `http://127.0.0.1:<port>`; OpenAI clients add `/v1`, claude adds it by itself. */
  readonly url: string;
  readonly port: number;
  readonly journal: Journal;
  /** Breaks open answers and frees the port. */
  readonly close: () => Promise<void>;
}

/** Starts the service on 127.0.0.1; port 0 takes a free one. */
export async function startMockModel(
  options: {
    readonly port?: number;
    readonly journalFile?: string;
    readonly wishes?: (prompt: string) => string;
  } = {},
): Promise<MockModel> {
  const journal = new Journal(options.journalFile);
  const model = new Model(options.wishes ? { wishes: options.wishes } : {});
  const server = createServer((request, response) => {
    serve(request, response, { journal, model }).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, journal, close: () => close(server) };
}

interface Parts {
  readonly journal: Journal;
  readonly model: Model;
}

const WIRES: readonly (readonly [RegExp, Wire])[] = [
  [/\/responses$/, responsesWire],
  [/\/messages$/, messagesWire],
  [/\/chat\/completions$/, chatWire],
];

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { journal, model }: Parts,
): Promise<void> {
  const at = Date.now();
  const path = new URL(request.url ?? "/", "http://mock").pathname;
  const body = await readJson(request);
  const wire =
    request.method === "POST" ? WIRES.find(([route]) => route.test(path))?.[1] : undefined;
  const exchange = wire?.read(body, request.headers) ?? null;
  const entry = journal.opened({
    at,
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: flatten(request.headers),
    body,
    exchange,
    did: "",
    status: null,
    endedAt: null,
    outcome: "open",
  });
  response.once("close", () => {
    entry.outcome = response.writableFinished ? "answered" : "aborted";
    entry.status = response.statusCode;
    entry.endedAt = Date.now();
    journal.settled(entry);
  });
  if (wire === undefined || exchange === null) answerSideRequest(path, body, response, entry);
  else await answerModelRequest(wire, exchange, model, response, entry);
}

async function answerModelRequest(
  wire: Wire,
  exchange: Exchange,
  model: Model,
  response: ServerResponse,
  entry: JournalEntry,
): Promise<void> {
  const { reply, did } = model.decide(exchange);
  entry.did = did;
  if (reply.kind === "refusal") {
    json(response, reply.status, reply.body, reply.headers);
  } else if (exchange.stream) {
    await streamAnswer(wire, exchange, reply, response);
  } else {
    json(response, 200, wire.whole(exchange, reply), reply.headers);
  }
}

async function streamAnswer(
  wire: Wire,
  exchange: Exchange,
  answer: Answer,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const pause = async (ms: number): Promise<void> => {
    if (ms > 0) await delay(ms, undefined, { signal: gone.signal, ref: true }).catch(() => {});
  };
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    ...answer.headers,
  });
  const events = wire.stream(exchange);
  response.write(events.head());
  await pause(answer.silenceMs);
  const pieces = cutText(answer.text);
  for (const [index, piece] of pieces.entries()) {
    if (gone.signal.aborted) return;
    if (answer.cut && index >= pieces.length / 2) break;
    response.write(events.text(piece));
    await pause(answer.overMs / pieces.length);
  }
  if (gone.signal.aborted) return;
  if (answer.cut) breakOff(response);
  else response.end(events.end(answer.calls));
}

/** What was sent so far still arrives. */
function breakOff(response: ServerResponse): void {
  response.write(": \n\n", () => response.destroy());
}

/** Words, so that a stream looks like one; long texts in bigger pieces. */
function cutText(text: string): readonly string[] {
  if (text.length > 4000) return text.match(/.{1,2000}/gs) ?? [];
  return text.match(/\s*\S+\s*/g) ?? (text === "" ? [] : [text]);
}

/** What agents ask besides the model: token counts, model lists, telemetry, the npm registry. */
function answerSideRequest(
  path: string,
  body: unknown,
  response: ServerResponse,
  entry: JournalEntry,
): void {
  if (path.endsWith("/messages/count_tokens")) {
    entry.did = "counted tokens";
    json(response, 200, { input_tokens: tokens(JSON.stringify(body)) });
  } else if (path.endsWith("/models")) {
    entry.did = "listed models";
    json(response, 200, { object: "list", data: [], models: [], has_more: false });
  } else {
    entry.did = "not here";
    json(response, 404, { error: { type: "not_found_error", message: "not found" } });
  }
}

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  if (body === "") return null;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function flatten(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
