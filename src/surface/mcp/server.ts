import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type Server,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Caller } from "../../rpc/wire.ts";
import { buildServer } from "./build-server.ts";
import { refuseShape, type Message } from "./message.ts";
import type { Offer } from "./offer.ts";
import { createRelay } from "./relay.ts";
import type { Selection } from "./select-tools.ts";
import { createSubscriptions } from "./subscriptions.ts";
import { Wire } from "./wire.ts";

export interface McpServerOptions {
  readonly selection: Selection;
  readonly offer: Offer;
  readonly caller: Pick<Caller, "call" | "events">;
  readonly version: string;
  readonly coordinator: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly write: (message: object) => void;
  /** Whether the host leaves its answers unread; nothing more is begun until `goOn`. */
  readonly isFull: () => boolean;
  readonly log: (line: string) => void;
}

export interface McpServer {
  /** Lets the server live through messages that were answered before it was there. */
  replay(messages: readonly Message[]): Promise<void>;
  receive(message: Message): void;
  /** The host has read what it was answered. */
  goOn(): void;
  /** Resolves when no request is left unanswered. */
  idle(): Promise<void>;
  /** Ends what runs, without answers. */
  close(): Promise<void>;
}

/** The server proper, on the protocol package. It speaks the era the host opens with. */
export function createMcpServer(options: McpServerOptions): McpServer {
  const { write, isFull, log, selection } = options;
  const relay = createRelay({
    ...options,
    manifest: selection.manifest,
    lockdown: selection.lockdown,
  });
  const wire = new Wire(write, isFull);
  let current: Server | undefined;
  const subscriptions = createSubscriptions({
    caller: options.caller,
    changed: (uri) => {
      current?.sendResourceUpdated({ uri }).catch((thrown: unknown) => log(String(thrown)));
    },
    log,
  });
  const handle = serveStdio(() => (current = buildServer(options, relay, subscriptions)), {
    transport: wire,
    onerror: (error) => log(error.message),
  });

  /** The protocol package keeps the newer era's subscriptions itself, and tells nobody of them. */
  function noticeListening({ id, method, params }: Message): void {
    if (method === "notifications/cancelled") {
      subscriptions.remove(`listen ${JSON.stringify(params?.["requestId"])}`);
    }
    if (method !== "subscriptions/listen") return;
    const wanted = (params?.["notifications"] as { resourceSubscriptions?: unknown } | undefined)
      ?.resourceSubscriptions;
    if (!Array.isArray(wanted)) return;
    const uris = wanted.filter((one) => typeof one === "string");
    subscriptions.add(`listen ${JSON.stringify(id)}`, uris);
  }

  return {
    async replay(messages) {
      for (const message of messages) await wire.replay(message);
    },
    receive(message) {
      if (hasShape(message)) {
        noticeListening(message);
        return wire.receive(message);
      }
      // the package would drop it, and a host that waits for an answer would hang
      log(`refused a message: ${message.method ?? "no method"}`);
      if (message.id === undefined) return undefined;
      return write(refuseShape(message.id));
    },
    goOn: () => wire.goOn(),
    idle: () => wire.idle(),
    close: async () => {
      subscriptions.close();
      await handle.close();
    },
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
