import {
  type Tool,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { nearest } from "../../domain/nearest.ts";
import type { Caller } from "../../rpc/wire.ts";
import type { ManifestTool } from "./manifest.ts";
import { refuseShape, type Message } from "./message.ts";
import { cacheTtlMs, type Offer } from "./offer.ts";
import { reportProgress } from "./progress.ts";
import { createRelay } from "./relay.ts";
import { resourceText } from "./resource-text.ts";
import { findTool, type Selection } from "./select-tools.ts";
import { Wire } from "./wire.ts";

export interface McpServerOptions {
  readonly selection: Selection;
  readonly offer: Offer;
  readonly caller: Pick<Caller, "call">;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly write: (message: object) => void;
  readonly log: (line: string) => void;
}

export interface McpServer {
  /** Lets the server live through messages that were answered before it was there. */
  replay(messages: readonly Message[]): Promise<void>;
  receive(message: Message): void;
  /** Resolves when no request is left unanswered. */
  idle(): Promise<void>;
  /** Ends what runs, without answers. */
  close(): Promise<void>;
}

/** The server proper, on the protocol package. It speaks the era the host opens with. */
export function createMcpServer(options: McpServerOptions): McpServer {
  const { write, log } = options;
  const relay = createRelay({ ...options, lockdown: options.selection.lockdown });
  const wire = new Wire(write);
  const handle = serveStdio(() => build(options, relay), {
    transport: wire,
    onerror: (error) => log(error.message),
  });
  return {
    async replay(messages) {
      for (const message of messages) await wire.replay(message);
    },
    receive(message) {
      if (hasShape(message)) return wire.receive(message);
      // the package would drop it, and a host that waits for an answer would hang
      log(`refused a message: ${message.method ?? "no method"}`);
      if (message.id === undefined) return undefined;
      return write(refuseShape(message.id));
    },
    idle: () => wire.idle(),
    close: () => handle.close(),
  };
}

function hasShape(message: unknown): boolean {
  return (
    isJSONRPCRequest(message) ||
    isJSONRPCNotification(message) ||
    isJSONRPCResultResponse(message) ||
    isJSONRPCErrorResponse(message)
  );
}

function build(
  { offer, selection, version }: McpServerOptions,
  relay: ReturnType<typeof createRelay>,
): Server {
  const cached = { ttlMs: cacheTtlMs, cacheScope: "private" } as const;
  const server = new Server(offer.serverInfo, {
    capabilities: offer.capabilities,
    instructions: offer.instructions,
    cacheHints: {
      "server/discover": cached,
      "tools/list": cached,
      "resources/list": cached,
      "resources/templates/list": cached,
      "resources/read": cached,
    },
  });
  const { lists } = offer;
  server.setRequestHandler("tools/list", () => ({
    tools: lists["tools/list"].tools as readonly unknown[] as Tool[],
  }));
  server.setRequestHandler("resources/list", () => ({
    resources: [...lists["resources/list"].resources],
  }));
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: [] }));
  server.setRequestHandler("resources/read", ({ params }) => {
    const text = resourceText(params.uri, version);
    if (text === undefined) throw new ResourceNotFoundError(params.uri);
    return { contents: [{ uri: params.uri, mimeType: "text/markdown", text }] };
  });
  server.setRequestHandler("tools/call", async ({ params }, ctx) => {
    const tool = findTool(selection.tools, params.name);
    if (!tool) throw unknownTool(params.name, selection.tools);
    const token = ctx.mcpReq._meta?.progressToken;
    const progress =
      token === undefined ? undefined : reportProgress(token, (one) => ctx.mcpReq.notify(one));
    try {
      return await relay.call(tool, params.arguments ?? {}, {
        signal: ctx.mcpReq.signal,
        ...(progress ? { progress } : {}),
      });
    } finally {
      progress?.stop();
    }
  });
  return server;
}

function unknownTool(name: string, tools: readonly ManifestTool[]): ProtocolError {
  const names = tools.map((tool) => tool.definition.name);
  const near = nearest(name, names);
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    near
      ? `No tool "${name}"; did you mean ${near}?`
      : `No tool "${name}"; there are ${names.join(", ")}`,
  );
}
