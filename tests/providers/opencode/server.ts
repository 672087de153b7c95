import type { ApiContext, Reading } from "../../../src/provider/definition.ts";
import { asked, marker } from "./recordings.ts";

type Json = Record<string, unknown>;

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** The agent's server as far as the reader uses it: what it was asked, and replies as recorded. */
export class Server {
  readonly asked: Asked[] = [];
  readonly posted: Asked[] = [];
  health = 200;
  sessions: Json[] = [];
  children: Json[] = [];
  status: Json = {};
  permission: Json[] = [];
  question: Json[] = [];
  /** Messages by conversation, oldest first. */
  messages = new Map<string, Json[]>();
  /** Statuses of posts by the beginning of their path; 200 unless named. */
  refuse: Record<string, number> = {};
  readonly #events: string[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  /** A server in the state in which it was recorded. */
  static at(name: string): Server {
    const server = new Server();
    const state = asked(name) as {
      session: Json[];
      messages: Json[];
      status: Json;
      permission: Json[];
      question: Json[];
    };
    server.sessions = state.session;
    server.messages.set(String(state.session[0]?.["id"]), state.messages);
    server.status = state.status;
    server.permission = state.permission;
    server.question = state.question;
    return server;
  }

  get conversation(): string {
    return String(this.sessions[0]?.["id"]);
  }

  emit(event: Json): void {
    this.#events.push(JSON.stringify(event));
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  context(fields: Partial<ApiContext> = {}): ApiContext {
    return {
      facts: { session: marker, readOnly: "false" },
      agentSessionId: null,
      memory: null,
      request: (method, path, { body } = {}) => {
        const one = { method, path, body };
        this.asked.push(one);
        if (method === "POST") this.posted.push(one);
        return Promise.resolve(method === "GET" ? this.#get(path) : this.#post(path, body));
      },
      events: () => this.#stream(),
      ...fields,
    };
  }

  #get(path: string): { status: number; text: string } {
    const url = new URL(path, "http://agent");
    const [, room, id, what, message] = url.pathname.split("/");
    const ok = (value: unknown) => ({ status: 200, text: JSON.stringify(value) });
    const missing = { status: 404, text: '{"name":"NotFoundError"}' };
    if (url.pathname === "/global/health") return { status: this.health, text: "{}" };
    if (url.pathname === "/session/status") return ok(this.status);
    if (url.pathname === "/permission") return ok(this.permission);
    if (url.pathname === "/question") return ok(this.question);
    if (url.pathname === "/session") return ok(this.sessions);
    if (room !== "session" || id === undefined) return missing;
    if (what === "children") return ok(this.children);
    const messages = this.messages.get(id);
    if (!messages) return missing;
    if (message !== undefined) {
      const found = messages.find((one) => (one["info"] as Json)["id"] === message);
      return found ? ok(found) : missing;
    }
    return ok(messages.slice(-Number(url.searchParams.get("limit"))));
  }

  #post(path: string, body: unknown): { status: number; text: string } {
    const refused = Object.entries(this.refuse).find(([begin]) => path.startsWith(begin));
    if (refused) return { status: refused[1], text: "no" };
    if (path !== "/session")
      return { status: path.endsWith("prompt_async") ? 204 : 200, text: "true" };
    const made = { id: "ses_made", ...(body as Json) };
    this.sessions = [made, ...this.sessions];
    this.messages.set("ses_made", []);
    return { status: 200, text: JSON.stringify(made) };
  }

  async *#stream(): AsyncIterable<string> {
    yield '{"type":"server.connected","properties":{}}';
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) yield event;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** The readings of a connection, as many as there are until it ends. */
export async function readAll(readings: AsyncIterable<Reading>): Promise<Reading[]> {
  const all: Reading[] = [];
  for await (const reading of readings) all.push(reading);
  return all;
}
