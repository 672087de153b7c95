import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
  type Prompt,
  type Resource,
  type Tool,
} from "@modelcontextprotocol/server";
import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import { errorText } from "./error-result.ts";
import { complete } from "./complete.ts";
import { handleCall } from "./handle-call.ts";
import type { McpServerOptions } from "./server.ts";
import { cacheTtlMs } from "./offer.ts";
import { listedPrompts, promptText } from "./prompts.ts";
import { readResource } from "./read-resource.ts";
import type { Relay } from "./relay.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** One server of the protocol package, for one connection; all state lives outside of it. */
export function buildServer(
  options: Omit<McpServerOptions, "write" | "isFull" | "log">,
  relay: Relay,
  subscriptions: Subscriptions,
): Server {
  const { offer, selection, caller, coordinator, cwd } = options;
  const cached = { ttlMs: cacheTtlMs, cacheScope: "private" } as const;
  const server = new Server(offer.serverInfo, {
    capabilities: offer.capabilities,
    instructions: offer.instructions,
    cacheHints: {
      "server/discover": cached,
      "tools/list": cached,
      "resources/list": cached,
      "resources/templates/list": cached,
      "prompts/list": cached,
    },
  });
  const { lists } = offer;
  server.setRequestHandler("tools/list", () => ({
    tools: lists["tools/list"].tools as readonly unknown[] as Tool[],
  }));
  server.setRequestHandler("tools/call", (request, ctx) =>
    handleCall(request.params, ctx, { server, relay, selection, caller, cwd, coordinator }),
  );
  if (!selection.texts) return server;

  server.setRequestHandler("resources/list", () => ({
    resources: lists["resources/list"].resources as readonly unknown[] as Resource[],
  }));
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: [...lists["resources/templates/list"].resourceTemplates],
  }));
  server.setRequestHandler("resources/read", async ({ params: { uri } }, ctx) => {
    const reader = {
      ...options,
      manifest: selection.manifest,
      relay,
      lockdown: selection.lockdown,
    };
    const content = await readResource(uri, reader, ctx.mcpReq.signal).catch((thrown: unknown) => {
      throw unreadable(uri, AgentpoolError.from(thrown), relay);
    });
    if (!content) throw new ResourceNotFoundError(uri);
    return { contents: [content] };
  });
  server.setRequestHandler("resources/subscribe", ({ params: { uri } }) => {
    subscriptions.add(`subscribe ${uri}`, [uri]);
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
    subscriptions.remove(`subscribe ${uri}`);
    return {};
  });
  server.setRequestHandler("prompts/list", () => ({
    prompts: lists["prompts/list"].prompts as readonly unknown[] as Prompt[],
  }));
  server.setRequestHandler("prompts/get", ({ params }) => {
    const found = promptText(params.name, params.arguments ?? {});
    if (!found) throw unknownPrompt(params.name);
    if ("missing" in found) {
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `Prompt ${params.name} needs ${found.missing.join(", ")}`,
      );
    }
    const { description, text } = found;
    return { description, messages: [{ role: "user", content: { type: "text", text } }] };
  });
  server.setRequestHandler("completion/complete", async ({ params }, ctx) => {
    const env = Object.fromEntries(
      Object.entries(options.env).filter((one): one is [string, string] => one[1] !== undefined),
    );
    const asking = { caller, coordinator, cwd, env };
    return { completion: await complete(params.argument, asking, ctx.mcpReq.signal) };
  });
  return server;
}

function unreadable(uri: string, error: AgentpoolError, relay: Relay): Error {
  if (error.code === "session_not_found") return new ResourceNotFoundError(uri);
  const { error: body } = relay.fail(error).structuredContent as {
    error: Parameters<typeof errorText>[0];
  };
  return new ProtocolError(ProtocolErrorCode.InternalError, errorText(body));
}

function unknownPrompt(name: string): ProtocolError {
  const names = listedPrompts.map((one) => one.name);
  const near = nearest(name, names);
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    near ? `No prompt "${name}"; did you mean ${near}?` : `No prompt "${name}"`,
  );
}
