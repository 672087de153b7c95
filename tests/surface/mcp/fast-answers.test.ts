import { LATEST_PROTOCOL_VERSION, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/server";
import { describe, expect, test } from "vitest";
import { createFastAnswers, legacyRevisions } from "../../../src/surface/mcp/fast-answers.ts";
import type { McpFlags } from "../../../src/surface/mcp/flags.ts";
import type { Message } from "../../../src/surface/mcp/message.ts";
import { createOffer } from "../../../src/surface/mcp/offer.ts";
import { selectTools } from "../../../src/surface/mcp/select-tools.ts";
import { createMcpServer } from "../../../src/surface/mcp/server.ts";
import { waitFor } from "../../support/wait.ts";
import { callerDouble } from "./support/caller-double.ts";
import { initializeParams, modern } from "./support/host.ts";
import { manifest } from "./support/manifest.ts";

type Sent = Omit<Message, "jsonrpc">;

function offered(flags: McpFlags = {}) {
  const selection = selectTools(manifest, flags, {});
  return { selection, offer: createOffer(selection, "1.2.3") };
}

function fastAnswers(messages: readonly Sent[], flags?: McpFlags): unknown[] {
  const fast = createFastAnswers(offered(flags).offer);
  return messages.flatMap((message) => {
    const answer = fast.answer({ jsonrpc: "2.0", ...message });
    if (answer.kind === "unknown") throw new Error(`not answered fast: ${message.method}`);
    return answer.kind === "nothing" ? [] : [{ id: message.id, result: answer.result }];
  });
}

/** What the protocol package answers to the same messages, one after the other. */
async function packageAnswers(messages: readonly Sent[], flags?: McpFlags): Promise<unknown[]> {
  const written: { id?: unknown; result?: unknown }[] = [];
  const server = createMcpServer({
    ...offered(flags),
    caller: callerDouble({}),
    version: "1.2.3",
    coordinator: "coord_1",
    env: {},
    cwd: "/",
    write: (message) => written.push(JSON.parse(JSON.stringify(message)) as object),
    isFull: () => false,
    log: () => undefined,
  });
  let expected = 0;
  for (const message of messages) {
    server.receive({ jsonrpc: "2.0", ...message });
    if (message.id !== undefined) expected += 1;
    await waitFor(() => written.length === expected, { what: `answer to ${message.method}` });
  }
  await server.close();
  return written.map(({ id, result }) => ({ id, result }));
}

const legacy: readonly Sent[] = [
  { id: 0, method: "initialize", params: initializeParams },
  { method: "notifications/initialized" },
  { id: 1, method: "tools/list" },
  { id: "two", method: "tools/list", params: {} },
  { id: 3, method: "tools/list", params: { _meta: { progressToken: 3 } } },
  { id: 4, method: "ping" },
  { id: 5, method: "resources/list" },
  { id: 6, method: "resources/templates/list" },
];

const modernOpening: readonly Sent[] = [
  { id: 0, method: "server/discover", params: modern() },
  { id: 1, method: "tools/list", params: modern() },
  { id: 2, method: "server/discover", params: modern({ _meta: { progressToken: "p" } }) },
  { id: 3, method: "resources/list", params: modern() },
  { id: 4, method: "resources/templates/list", params: modern() },
];

describe("the fast answers equal those of the protocol package", () => {
  test.each([
    ["in the legacy era", legacy],
    ["in the modern era", modernOpening],
    ["when a modern host asks without looking first", modernOpening.slice(1)],
    [
      "when a modern host looks, then greets in the old way",
      [...modernOpening.slice(0, 1), ...legacy],
    ],
  ])("%s", async (_, messages) => {
    for (const flags of [{}, { lockdown: true }, { outputSchemas: false }]) {
      expect(fastAnswers(messages, flags)).toEqual(await packageAnswers(messages, flags));
    }
  });

  test("for every revision a host may ask for, and for one nobody knows", async () => {
    for (const protocolVersion of [...SUPPORTED_PROTOCOL_VERSIONS, "1999-01-01"]) {
      const params = { ...initializeParams, protocolVersion };
      const messages = [{ id: 1, method: "initialize", params }];
      expect(fastAnswers(messages)).toEqual(await packageAnswers(messages));
    }
    expect([...legacyRevisions]).toEqual(SUPPORTED_PROTOCOL_VERSIONS);
    expect(legacyRevisions[0]).toBe(LATEST_PROTOCOL_VERSION);
  });
});

/** What hosts were seen to send first. */
const claude = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": {
    name: "claude-code",
    title: "Claude Code",
    version: "2.1.329",
    description: "A coding tool",
    websiteUrl: "https://example.org/host",
  },
  "io.modelcontextprotocol/clientCapabilities": {
    roots: { listChanged: true },
    elicitation: { form: {}, url: {} },
  },
};
const openings: readonly [string, readonly Sent[]][] = [
  [
    "Claude Code 2.1.329",
    [
      { id: "server-discover-probe-1", method: "server/discover", params: { _meta: claude } },
      { id: 0, method: "tools/list", params: { _meta: claude } },
    ],
  ],
  [
    "Codex 0.169.0",
    [
      {
        id: 0,
        method: "initialize",
        params: {
          protocolVersion: "2025-06-18",
          capabilities: {
            experimental: { "codex/auth-change": {} },
            elicitation: { form: {}, url: {} },
          },
          clientInfo: { name: "codex-mcp-client", title: "Codex", version: "0.169.0" },
        },
      },
      { method: "notifications/initialized" },
      { id: 1, method: "tools/list", params: { _meta: { progressToken: 0 } } },
    ],
  ],
  [
    "opencode 1.18.33",
    [
      {
        id: 0,
        method: "initialize",
        params: {
          protocolVersion: "2025-11-25",
          capabilities: { roots: {} },
          clientInfo: { name: "opencode", version: "1.18.33" },
        },
      },
      { method: "notifications/initialized" },
      { id: 1, method: "tools/list" },
    ],
  ],
];

test.each(openings)("the opening of %s is answered fast, and rightly", async (_, messages) => {
  expect(fastAnswers(messages)).toEqual(await packageAnswers(messages));
});

describe("everything else is left to the protocol package", () => {
  const kinds = (messages: readonly Sent[]): string[] => {
    const fast = createFastAnswers(offered().offer);
    return messages.map((message) => fast.answer({ jsonrpc: "2.0", ...message }).kind);
  };
  const initialize = legacy[0] ?? { method: "" };

  test.each<[string, readonly Sent[]]>([
    ["a list before any greeting", [{ id: 1, method: "tools/list" }]],
    ["a ping before any greeting", [{ id: 1, method: "ping" }]],
    ["a greeting without a client", [{ id: 1, method: "initialize", params: {} }]],
    ["a second greeting", [initialize, initialize]],
    ["a cursor", [initialize, { id: 1, method: "tools/list", params: { cursor: "x" } }]],
    ["a call", [initialize, { id: 1, method: "tools/call", params: { name: "x" } }]],
    ["an unknown method", [initialize, { id: 1, method: "tasks/list" }]],
    ["a modern ping", [{ id: 1, method: "ping", params: modern() }]],
    [
      "a modern request after the old greeting",
      [initialize, { id: 1, method: "tools/list", params: modern() }],
    ],
    ["an old greeting after modern requests", [modernOpening[1] ?? initialize, initialize]],
    [
      "another modern revision",
      [
        {
          id: 1,
          method: "server/discover",
          params: modern({ _meta: { "io.modelcontextprotocol/protocolVersion": "2027-01-01" } }),
        },
      ],
    ],
    [
      "capabilities that are none",
      [
        {
          id: 1,
          method: "tools/list",
          params: modern({ _meta: { "io.modelcontextprotocol/clientCapabilities": 5 } }),
        },
      ],
    ],
  ])("%s", (_, messages) => {
    expect(kinds(messages).at(-1)).toBe("unknown");
  });

  test("after a handshake that can be repeated to it", () => {
    const handshake = (messages: readonly Sent[]): unknown[] => {
      const fast = createFastAnswers(offered().offer);
      for (const message of messages) fast.answer({ jsonrpc: "2.0", ...message });
      return fast.handshake.map((message) => message.method);
    };
    expect(handshake(legacy)).toEqual(["initialize", "notifications/initialized"]);
    expect(handshake(modernOpening)).toEqual(["tools/list"]);
    expect(handshake(modernOpening.slice(0, 1))).toEqual(["server/discover"]);
    expect(handshake([...modernOpening.slice(0, 1), initialize])).toEqual(["initialize"]);
  });
});
