import { isObject, type Message } from "./message.ts";
import { cacheTtlMs, type ListMethod, type Offer } from "./offer.ts";

/**
 * Answers the messages with which every host begins, from what is known before anything is
 * loaded: the handshakes of both eras, the lists and ping. Whatever is not exactly of the expected
 * form is left to the protocol package, which is then told the handshake that took place here.
 */
export interface FastAnswers {
  answer(message: Message): FastAnswer;
  /** What decided the era of the connection so far, in order. */
  readonly handshake: readonly Message[];
}

export type FastAnswer =
  | { readonly kind: "result"; readonly result: unknown }
  /** A notification that needs nothing. */
  | { readonly kind: "nothing" }
  | { readonly kind: "unknown" };

/** Revisions with an `initialize` handshake, newest first. */
export const legacyRevisions = [
  "2025-11-25",
  "2025-06-18",
  "2025-03-26",
  "2024-11-05",
  "2024-10-07",
] as const;
export const modernRevision = "2026-07-28";

const revisionKey = "io.modelcontextprotocol/protocolVersion";
const clientKey = "io.modelcontextprotocol/clientInfo";
const capabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
const serverKey = "io.modelcontextprotocol/serverInfo";
const progressKey = "progressToken";

/** `probed`: a modern host looked what this server is, and may still turn to the older handshake. */
type Phase = "opening" | "probed" | "legacy" | "modern";

const unknown: FastAnswer = { kind: "unknown" };
const nothing: FastAnswer = { kind: "nothing" };

export function createFastAnswers(offer: Offer): FastAnswers {
  const { serverInfo, capabilities, instructions } = offer;
  let phase: Phase = "opening";
  let handshake: Message[] = [];

  function initialize(message: Message): FastAnswer {
    const { params } = message;
    if (phase === "legacy" || phase === "modern" || !isInitialize(params)) return unknown;
    const asked = params["protocolVersion"];
    phase = "legacy";
    handshake = [message];
    const protocolVersion =
      legacyRevisions.find((revision) => revision === asked) ?? legacyRevisions[0];
    return result({ protocolVersion, capabilities, serverInfo, instructions });
  }

  function legacyMessage(message: Message): FastAnswer {
    const { method = "", params } = message;
    if (!isPlain(params)) return unknown;
    if (message.id === undefined) {
      if (method !== "notifications/initialized") return unknown;
      handshake.push(message);
      return nothing;
    }
    if (method === "ping") return result({});
    return isOffered(method) ? result(offer.lists[method]) : unknown;
  }

  function modernMessage(message: Message): FastAnswer {
    const { method = "", params } = message;
    if (message.id === undefined || phase === "legacy" || !isModern(params)) return unknown;
    if (method === "server/discover") {
      if (phase === "opening") {
        phase = "probed";
        handshake = [message];
      }
      const supportedVersions = [modernRevision];
      return result(modernResult({ supportedVersions, capabilities, instructions }));
    }
    if (!isOffered(method)) return unknown;
    if (phase !== "modern") handshake = [message];
    phase = "modern";
    return result(modernResult(offer.lists[method]));
  }

  const isOffered = (method: string): method is ListMethod =>
    isListMethod(method) && capabilities[lists[method]] !== undefined;

  const modernResult = (body: object): object => ({
    ...body,
    resultType: "complete",
    ttlMs: cacheTtlMs,
    cacheScope: "private",
    _meta: { [serverKey]: serverInfo },
  });

  return {
    get handshake() {
      return handshake;
    },
    answer(message) {
      if (!hasOnly(message, ["jsonrpc", "id", "method", "params"])) return unknown;
      if (message.method === "notifications/cancelled" && message.id === undefined) {
        // every request so far was answered at once
        return phase === "opening" ? unknown : nothing;
      }
      if (message.method === "initialize") {
        return message.id === undefined ? unknown : initialize(message);
      }
      return phase === "legacy" ? legacyMessage(message) : modernMessage(message);
    },
  };
}

function result(value: unknown): FastAnswer {
  return { kind: "result", result: value };
}

/** Where a server has neither resources nor prompts, asking for them is left to the protocol package. */
const lists: Readonly<Record<ListMethod, "tools" | "resources" | "prompts">> = {
  "tools/list": "tools",
  "resources/list": "resources",
  "resources/templates/list": "resources",
  "prompts/list": "prompts",
};

function isListMethod(method: string): method is ListMethod {
  return Object.hasOwn(lists, method);
}

function isInitialize(
  params: Message["params"],
): params is Readonly<Record<string, unknown>> & { readonly protocolVersion: string } {
  if (params === undefined) return false;
  const { _meta, ...rest } = params;
  return (
    isQuietMeta(_meta) &&
    hasOnly(rest, ["protocolVersion", "capabilities", "clientInfo"]) &&
    typeof rest["protocolVersion"] === "string" &&
    isCapabilities(rest["capabilities"]) &&
    isClient(rest["clientInfo"])
  );
}

/** No params, or none that say anything to a list. */
function isPlain(params: Message["params"]): boolean {
  return params === undefined || (hasOnly(params, ["_meta"]) && isQuietMeta(params["_meta"]));
}

/** Some hosts put a progress token on every request; there is no progress to tell here. */
function isQuietMeta(meta: unknown): boolean {
  return meta === undefined || (isObject(meta) && hasOnly(meta, [progressKey]) && hasToken(meta));
}

function hasToken(meta: Readonly<Record<string, unknown>>): boolean {
  const token = meta[progressKey];
  return token === undefined || typeof token === "string" || Number.isSafeInteger(token);
}

function isModern(params: Message["params"]): boolean {
  if (params === undefined || !hasOnly(params, ["_meta"])) return false;
  const meta = params["_meta"];
  return (
    isObject(meta) &&
    hasOnly(meta, [revisionKey, clientKey, capabilitiesKey, progressKey]) &&
    hasToken(meta) &&
    meta[revisionKey] === modernRevision &&
    isCapabilities(meta[capabilitiesKey]) &&
    (!(clientKey in meta) || isClient(meta[clientKey]))
  );
}

/** Objects of flags and objects: the only form that is sure to be right. */
function isCapabilities(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value).every(
      (one) =>
        isObject(one) &&
        Object.values(one).every((inner) => typeof inner === "boolean" || isObject(inner)),
    )
  );
}

function isClient(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { icons, ...texts } = value;
  return (
    typeof texts["name"] === "string" &&
    typeof texts["version"] === "string" &&
    Object.values(texts).every((one) => typeof one === "string") &&
    (icons === undefined || (Array.isArray(icons) && icons.every(isIcon)))
  );
}

function isIcon(value: unknown): boolean {
  return isObject(value) && hasOnly(value, ["src", "mimeType"]) && typeof value["src"] === "string";
}

function hasOnly(value: object, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}
