import { randomBytes } from "node:crypto";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Caller } from "../../rpc/wire.ts";
import { parseAddress, type SessionAddress } from "./addresses.ts";
import { createFence } from "./fence.ts";
import {
  listResources,
  preferencesOperation,
  preferencesUri,
  sessionResources,
} from "./listed-resources.ts";
import type { ManifestTool, McpManifest } from "./manifest.ts";
import type { Relay } from "./relay.ts";
import { resourceText } from "./resource-text.ts";

export interface ResourceContent {
  readonly uri: string;
  readonly mimeType: string;
  readonly text: string;
}

export interface ResourceReader {
  readonly manifest: McpManifest;
  readonly caller: Pick<Caller, "call">;
  readonly relay: Pick<Relay, "call">;
  readonly lockdown: boolean;
  readonly version: string;
  readonly coordinator: string;
  readonly cwd: string;
}

const maxChars = 8_000;
/** The conversation is read by lines; so many hold more than is given. */
const tailLines = 2_000;
/** Events are numbered across sessions: how far back those of one are looked for. */
const lookBack = [2_000, 200, 0];

/**
 * What stands under an address; undefined for one nobody knows.
 * @throws AgentpoolError as the operation behind it does
 */
export async function readResource(
  uri: string,
  reader: ResourceReader,
  signal: AbortSignal,
): Promise<ResourceContent | undefined> {
  const text = resourceText(uri, reader.version);
  if (text !== undefined) return { uri, mimeType: "text/markdown", text };
  if (uri === preferencesUri) return readPreferences(uri, reader, signal);
  const address = parseAddress(uri);
  if (!address) return undefined;
  const { mimeType } = sessionResources[address.part];
  switch (address.part) {
    case "session":
      return { uri, mimeType, text: await ask("session.show", address, reader, signal) };
    case "artifacts":
      return { uri, mimeType, text: await ask("session.artifacts", address, reader, signal) };
    case "transcript":
    case "events":
      if (reader.lockdown) return blocked(uri, address, reader, signal);
      return { uri, mimeType, text: await readText(address, reader, signal) };
  }
}

async function readPreferences(
  uri: string,
  reader: ResourceReader,
  signal: AbortSignal,
): Promise<ResourceContent | undefined> {
  if (!listResources(reader.manifest).some((one) => one.uri === uri)) return undefined;
  const { text } = (await call(preferencesOperation, {}, reader, signal)) as { text: string };
  return { uri, mimeType: "text/markdown", text };
}

/** Through the tool of the same operation, which knows where a worker's text stands. */
async function ask(
  operation: string,
  { sessionId }: SessionAddress,
  { manifest, relay }: ResourceReader,
  signal: AbortSignal,
): Promise<string> {
  const tool = manifest.tools.find((one) => one.operation === operation) as ManifestTool;
  const result = await relay.call(tool, { session_id: sessionId }, { signal });
  if (!result.isError) return JSON.stringify(result.structuredContent);
  throw AgentpoolError.fromBody(result.structuredContent["error"] as never);
}

async function readText(
  address: SessionAddress,
  reader: ResourceReader,
  signal: AbortSignal,
): Promise<string> {
  const whole =
    address.part === "events"
      ? await newestEvents(address.sessionId, reader, signal)
      : await conversation(address.sessionId, reader, signal);
  const tail = whole.length > maxChars ? whole.slice(-maxChars) : whole;
  return createFence(randomBytes(8).toString("hex")).text(tail);
}

async function conversation(
  sessionId: string,
  reader: ResourceReader,
  signal: AbortSignal,
): Promise<string> {
  const input = { session_id: sessionId, tail_lines: tailLines };
  return ((await call("session.transcript", input, reader, signal)) as { text: string }).text;
}

async function newestEvents(
  sessionId: string,
  reader: ResourceReader,
  signal: AbortSignal,
): Promise<string> {
  type Page = { readonly cursor: number; readonly events: readonly object[] };
  const poll = async (since?: number): Promise<Page> => {
    const input = { session_id: sessionId, ...(since === undefined ? {} : { since }) };
    return (await call("session.poll", input, reader, signal)) as Page;
  };
  const { cursor: newest } = await poll();
  for (const back of lookBack) {
    try {
      const lines: string[] = [];
      for (let cursor = Math.max(0, newest - back); cursor < newest;) {
        const page = await poll(cursor);
        lines.push(...page.events.map((event) => JSON.stringify(event)));
        if (page.cursor <= cursor) break;
        cursor = page.cursor;
      }
      return lines.join("\n");
    } catch (thrown) {
      // retention has removed some of those
      if (AgentpoolError.from(thrown).code !== "cursor_expired") throw thrown;
    }
  }
  return "";
}

/** Says that there is something, where it lies, and nothing in the words of the worker. */
async function blocked(
  uri: string,
  { part, sessionId }: SessionAddress,
  reader: ResourceReader,
  signal: AbortSignal,
): Promise<ResourceContent> {
  const { session } = (await call("session.show", { session_id: sessionId }, reader, signal)) as {
    session: Readonly<Record<string, unknown>>;
  };
  const path = session[part === "events" ? "events_path" : "transcript_path"] ?? null;
  const text = JSON.stringify({ blocked: true, reason: "lockdown", kind: part, path });
  return { uri, mimeType: "application/json", text };
}

function call(
  operation: string,
  input: Readonly<Record<string, unknown>>,
  { caller, coordinator, cwd }: ResourceReader,
  signal: AbortSignal,
): Promise<unknown> {
  return caller.call(operation, { input, cwd, coordinator }, { signal });
}
