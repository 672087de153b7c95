import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { operations } from "../../src/operations/index.ts";
import { packageVersion } from "../../src/platform/package-version.ts";
import { createRpcClient } from "../../src/rpc/client.ts";
import { createInlineCaller } from "../../src/rpc/inline.ts";
import { serveOperations } from "../../src/rpc/server.ts";
import { toCamel } from "../../src/surface/library/camel-case.ts";
import { connect } from "../../src/surface/library/connect.ts";
import { noModels } from "../../src/provider/models/model-list.ts";
import { appDouble } from "../support/app-double.ts";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { cliEnvironment, runCli } from "../support/run-cli.ts";
import { makeSnapshot } from "../support/records.ts";
import { makeSession } from "../support/session.ts";
import { tempFolder } from "../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

/** The same call through every window; each answers with JSON. */
async function everyWindow() {
  const root = tempFolder();
  const version = packageVersion();
  const session = makeSession({ name: "one", exitCode: 3, task: "paint" });
  const { app, memory } = appDouble(
    {
      usage: {
        providerId: async (name) => name,
        refresh: async ({ provider }) => ({
          refreshed: [
            {
              accountId: "fake:/a",
              providerId: provider ?? "",
              outcome: "unknown",
              warnings: ["w"],
            },
          ],
          partial: true,
        }),
      },
      sessions: {
        wait: async () => ({ session, outcome: "looked", event: null }),
        attach: async () => ({ session, argv: ["tmux", "a b"], detachKeys: "C-b d" }),
        interrupt: async () => session,
        terminate: async () => ({
          session,
          alreadyEnded: true,
          survivors: [{ pid: 1, parentPid: 1, startToken: "1", name: "x" }],
        }),
        transcript: async (_, { offset, limit, tailLines }) => ({
          path: "/t",
          exists: true,
          mode: "page",
          offset,
          limit,
          tailLines,
          nextOffset: 5,
          hasMore: false,
          sizeBytes: 5,
          text: "hällo",
          source: "terminal",
          provisionalFrom: null,
        }),
      },
      providers: {
        inventory: async () => ({ providers: [], broken: [] }),
        models: async (provider) => ({
          providers: [{ providerId: provider ?? "", files: [], list: noModels, broken: [] }],
          strays: [],
        }),
      },
      worktrees: { list: async (repo) => ({ repoPath: repo, worktrees: [] }) },
    },
    { root, version },
  );
  memory.usage.push(makeSnapshot({ accountId: "fake:/a", providerId: "fake" }));
  memory.sessions.push(session);
  const server = await serveOperations({
    socketPath: app.home.supervisorSocket,
    operations,
    app,
    authenticate: async () => ({ kind: "person" }),
    health: () => ({ version, pid: 1, epoch: 1, started_at: "", inline: true, accepting: true }),
    handover: async () => undefined,
    subscribeOutput: () => () => undefined,
    log: () => undefined,
    now: () => Date.now(),
  });
  onTestFinished(() => server.close());
  const pool = await connect({ home: root });
  onTestFinished(() => pool.close());
  return {
    root,
    rpc: createRpcClient({ socketPath: app.home.supervisorSocket, version }),
    inline: createInlineCaller({ operations, app, principal: { kind: "person" } }),
    pool: pool as unknown as Record<string, Record<string, (input: object) => Promise<unknown>>>,
    mcp: mcpHost(root),
  };
}

/** Speaks the protocol by hand, as a host does. */
function mcpHost(home: string) {
  const child = spawn(
    process.execPath,
    [agentpoolBin, "mcp", "--toolsets", "default,sessions,usage,worktrees"],
    {
      env: cliEnvironment({ home }),
      stdio: ["pipe", "pipe", "ignore"],
    },
  );
  onTestFinished(() => void child.kill());
  const answers = new Map<number, (message: { result: Record<string, unknown> }) => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line) as { id: number; result: Record<string, unknown> };
    answers.get(message.id)?.(message);
  });
  let id = 0;
  const request = async (method: string, params: object): Promise<Record<string, unknown>> => {
    const mine = ++id;
    const answer = new Promise<{ result: Record<string, unknown> }>((resolve) =>
      answers.set(mine, resolve),
    );
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: mine, method, params })}\n`);
    return (await answer).result;
  };
  const greeted = request("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  return async (tool: string, args: object): Promise<unknown> => {
    await greeted;
    const { structuredContent } = await request("tools/call", { name: tool, arguments: args });
    return unfence(structuredContent);
  };
}

/** Takes the fences off worker text, so that what is inside can be compared. */
function unfence(value: unknown): unknown {
  if (typeof value === "string") {
    return (
      /^BEGIN_UNTRUSTED_WORKER_OUTPUT_\w+\n([^]*)\nEND_UNTRUSTED_WORKER_OUTPUT_\w+$/.exec(
        value,
      )?.[1] ?? value
    );
  }
  if (Array.isArray(value)) return value.map(unfence);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unfence(inner)]));
}

const calls: readonly (readonly [operation: string, input: object, args: readonly string[]])[] = [
  ["session.list", { limit: 7, include_all: true }, ["sessions", "--limit", "7"]],
  ["session.show", { session_id: "one" }, ["session", "show", "one"]],
  [
    "session.observe",
    { session_id: "one", detail: "summary" },
    ["observe", "one", "--detail", "summary"],
  ],
  ["session.interrupt", { session_id: "one", dry_run: true }, ["interrupt", "one", "--dry-run"]],
  ["session.terminate", { session_id: "one" }, ["terminate", "one"]],
  [
    "session.transcript",
    { session_id: "one", offset: 2, limit: 9 },
    ["transcript", "one", "--offset", "2", "--limit", "9"],
  ],
  ["session.artifacts", { session_id: "one" }, ["artifacts", "one"]],
  ["session.attach", { session_id: "one", rw: true }, ["attach", "one", "--rw"]],
  ["worktree.list", { repo_path: "/repo" }, ["worktrees", "list", "--repo", "/repo"]],
  ["provider.inventory", {}, ["inventory"]],
  ["provider.models", { provider_id: "sample" }, ["models", "sample"]],
  ["usage.show", { provider_id: "fake" }, ["usage", "fake"]],
  [
    "usage.refresh",
    { provider_id: "fake", timeout_seconds: 9 },
    ["usage", "fake", "--refresh", "--timeout", "9s"],
  ],
];

test("the same call gives the same JSON through every window", async () => {
  const { root, rpc, inline, pool, mcp } = await everyWindow();
  for (const [name, input, args] of calls) {
    const expected = await inline.call(name, { input: input as Record<string, unknown> });

    expect(
      await rpc.call(name, { input: input as Record<string, unknown> }),
      `${name} by rpc`,
    ).toEqual(expected);
    const { stdout } = await runCli([...args, "--json"], { home: root });
    expect(JSON.parse(stdout), `${name} by CLI`).toEqual(expected);
    const [noun = "", verb = ""] = name.split(".");
    const camel = toCamel(input) as object;
    expect(await pool[noun]?.[verb]?.(camel), `${name} by library`).toEqual(toCamel(expected));
    const tool = operations.find((one) => one.name === name)?.mcp?.tool ?? "";
    // a wait through this window also says how it was shortened
    expect(await mcp(tool, input), `${name} by MCP`).toMatchObject(expected as object);
  }
});

test("the same mistake gives the same code through every window", async () => {
  const { root, rpc, inline, pool, mcp } = await everyWindow();
  const input = { session_id: "nobody" };
  const code = async (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => "none",
      (thrown: unknown) => (thrown as { code: string }).code,
    );

  expect(await code(inline.call("session.show", { input }))).toBe("session_not_found");
  expect(await code(rpc.call("session.show", { input }))).toBe("session_not_found");
  expect(
    await code(pool["session"]?.["show"]?.({ sessionId: "nobody" }) ?? Promise.resolve()),
  ).toBe("session_not_found");
  const { stderr } = await runCli(["session", "show", "nobody", "--json"], { home: root });
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: "session_not_found" } });
  expect(await mcp("get_session", input)).toMatchObject({ error: { code: "session_not_found" } });
});
