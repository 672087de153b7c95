import { PassThrough } from "node:stream";
import { onTestFinished } from "vitest";
import type { Message } from "../../../../src/surface/mcp/message.ts";
import { runMcp, type McpOptions } from "../../../../src/surface/mcp/main.ts";
import { callerDouble } from "./caller-double.ts";
import { manifest } from "./manifest.ts";
import { waitFor } from "../../../support/wait.ts";

export interface Reply {
  readonly jsonrpc: "2.0";
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into results freely
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A host in this process, talking in raw lines to a server with real streams between them. */
export function startHost(options: Partial<McpOptions> = {}) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const replies: Reply[] = [];
  const logged: string[] = [];
  const over = new AbortController();
  let rest = "";
  stdout.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    // a line that is no JSON fails the test here
    replies.push(...lines.map((line) => JSON.parse(line) as Reply));
  });
  const ended = runMcp({
    manifest,
    caller: callerDouble({}),
    version: "1.2.3",
    env: {},
    cwd: "/project",
    log: (line) => logged.push(line),
    signal: over.signal,
    ...options,
    stdin,
    stdout,
  });
  onTestFinished(() => {
    stdin.end();
    over.abort();
    return ended.catch(() => undefined);
  });
  let nextId = 1;
  const host = {
    stdin,
    stdout,
    replies,
    logged,
    ended,
    write: (text: string) => void stdin.write(text),
    send: (message: Partial<Message>) =>
      void stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    /** The answer to this id. */
    reply: (id: string | number): Promise<Reply> =>
      waitFor(() => replies.find((one) => one.id === id && !one.method), {
        what: `the answer to ${id}`,
      }),
    request(method: string, params?: Record<string, unknown>): Promise<Reply> {
      const id = `r${nextId++}`;
      host.send({ id, method, ...(params ? { params } : {}) });
      return host.reply(id);
    },
  };
  return host;
}

export const initializeParams = {
  protocolVersion: "2025-11-25",
  capabilities: { roots: { listChanged: true }, elicitation: { form: {}, url: {} } },
  clientInfo: { name: "test-host", version: "1" },
};

/** The envelope that each request of the modern era carries. */
export function modern(params: Record<string, unknown> = {}): Record<string, unknown> {
  const { _meta, ...rest } = params;
  return {
    ...rest,
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "test-host", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
      ...(_meta as object | undefined),
    },
  };
}

export type Era = "legacy" | "modern";
export const eras: readonly Era[] = ["legacy", "modern"];

/** Greets the server as a host of that era does, and gives how it asks from then on. */
export async function greet(host: ReturnType<typeof startHost>, era: Era) {
  if (era === "legacy") {
    await host.request("initialize", initializeParams);
    host.send({ method: "notifications/initialized" });
  } else {
    await host.request("server/discover", modern());
  }
  const shaped = (params?: Record<string, unknown>): Record<string, unknown> | undefined =>
    era === "modern" ? modern(params) : params;
  return {
    shaped,
    ask: (method: string, params?: Record<string, unknown>) => host.request(method, shaped(params)),
    call: (name: string, args: Record<string, unknown> = {}, meta?: Record<string, unknown>) =>
      host.request(
        "tools/call",
        shaped({ name, arguments: args, ...(meta ? { _meta: meta } : {}) }),
      ),
  };
}
