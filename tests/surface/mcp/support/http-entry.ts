import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
  type McpServerFactory,
} from "@modelcontextprotocol/server";

/**
 * The factory behind an address on loopback, for test programs that only take one. `agentpool mcp`
 * itself speaks stdio and nothing else.
 */
export async function serveOverHttp(
  factory: McpServerFactory,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const handler = createMcpHandler(factory);
  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      response.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
    });
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = toRequest(request, response);
    const refusal =
      hostHeaderValidationResponse(asked, localhostAllowedHostnames()) ??
      originValidationResponse(asked, localhostAllowedOrigins());
    const given = refusal ?? (await handler.fetch(asked));
    response.writeHead(given.status, Object.fromEntries(given.headers));
    if (!given.body) return void response.end();
    Readable.fromWeb(given.body as never).pipe(response);
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: async () => {
      await handler.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toRequest(request: IncomingMessage, response: ServerResponse): Request {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  return new Request(new URL(request.url ?? "/", `http://${request.headers.host}`), {
    method: request.method ?? "GET",
    headers,
    signal: gone.signal,
    ...(hasBody ? { body: Readable.toWeb(request) as never, duplex: "half" } : {}),
  });
}
