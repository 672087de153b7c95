import { spawn } from "node:child_process";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import { isGone } from "../../support/is-gone.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitFor } from "../../support/wait.ts";
import { buildChild, type BuiltChild } from "./support/built-child.ts";
import { initializeParams, modern, type Reply } from "./support/host.ts";
import { startSupervisor } from "./support/supervisor.ts";
import { defaultTools } from "./support/manifest.ts";

let child: BuiltChild;
beforeAll(async () => {
  child = await buildChild();
});

/** A session with the client of the older package, which today's hosts are built with. */
async function connect(socketPath: string, ...words: readonly string[]): Promise<Client> {
  const [command, args] = child.argv(socketPath, ...words);
  const client = new Client({ name: "older-host", version: "1" }, { capabilities: {} });
  await client.connect(new StdioClientTransport({ command, args, stderr: "ignore" }));
  onTestFinished(() => client.close());
  return client;
}

/** A process of its own, and its lines. */
function start(socketPath: string, ...words: readonly string[]) {
  const [command, args] = child.argv(socketPath, ...words);
  const server = spawn(command, args, { stdio: "pipe" });
  onTestFinished(() => void server.kill("SIGKILL"));
  let out = "";
  let err = "";
  server.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
  server.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
  const replies = (): Reply[] =>
    out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Reply);
  return {
    server,
    replies,
    errors: () => err,
    send: (message: object) =>
      void server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    reply: (id: number) =>
      waitFor(() => replies().find((one) => one.id === id), { what: `answer ${id}` }),
    exit: () => waitFor(() => server.exitCode ?? server.signalCode ?? undefined),
  };
}

describe("the client of the older package", () => {
  test("lists and calls, and takes results and errors as valid", async () => {
    const { socketPath, session, asked } = await startSupervisor();
    const client = await connect(socketPath);
    const { tools } = await client.listTools();
    expect(tools.map((one) => one.name)).toContain("observe_worker");
    expect(client.getInstructions()).toContain("agentpool runs other coding agents");
    expect(asked).toEqual([]);

    const listed = await client.callTool({ name: "list_sessions", arguments: {} });
    expect(listed.structuredContent).toMatchObject({ sessions: [{ id: session.id }] });
    const args = { session_id: session.id, detail: "excerpt", timeout_seconds: 1 };
    const seen = await client.callTool({ name: "observe_worker", arguments: args });
    expect(seen.structuredContent).toMatchObject({
      state: "idle",
      cursor: 0,
      effective_timeout_seconds: 1,
      worker_output: { text: expect.stringMatching(/^BEGIN_\w+\n\$ ready\nEND_\w+$/) as string },
    });
    expect(asked).toHaveLength(2);

    const failed = await client.callTool({ name: "poll_worker", arguments: { session_id: "no" } });
    expect(failed.isError).toBe(true);
    expect(failed.structuredContent).toMatchObject({ error: { code: "session_not_found" } });
  });

  test("takes what is left under lockdown as valid", async () => {
    const { socketPath, session } = await startSupervisor();
    const client = await connect(socketPath, "--lockdown");
    await client.listTools();
    const args = { session_id: session.id, detail: "full" };
    const seen = await client.callTool({ name: "observe_worker", arguments: args });
    expect(seen.structuredContent).toMatchObject({
      state: "idle",
      because: null,
      worker_output: { included: false, reason: "lockdown", text: null },
    });
  });

  test("reads the texts for agents", async () => {
    const client = await connect("/nowhere/s.sock");
    const { resources } = await client.listResources();
    expect(resources.map((one) => one.uri)).toContain("agentpool://skill.md");
    const { contents } = await client.readResource({ uri: "agentpool://skill.md" });
    expect(contents[0]).toMatchObject({ text: expect.stringContaining("1.2.3") as string });
  });

  test("hears of progress and cancels a wait, which the supervisor sees end", async () => {
    const ends: string[] = [];
    const { socketPath, session } = await startSupervisor({
      wait: (_, signal) =>
        new Promise((_resolve, reject) => {
          ends.push("began");
          signal.addEventListener("abort", () => {
            ends.push("given up");
            reject(new AgentpoolError("interrupted", "given up"));
          });
        }),
    });
    const client = await connect(socketPath);
    const stop = new AbortController();
    const told: number[] = [];
    const call = client.callTool(
      {
        name: "observe_worker",
        arguments: { session_id: session.id, wait_for: "turn", timeout_seconds: 20 },
      },
      undefined,
      { signal: stop.signal, onprogress: ({ total }) => told.push(total ?? 0) },
    );
    await waitFor(() => ends.length === 1 && told.length === 1);
    expect(told).toEqual([20]);
    stop.abort("enough");
    await expect(call).rejects.toThrow("enough");
    await waitFor(() => ends.length === 2);
    await client.ping();
  });

  test("has fifty calls and a megabyte going at once", async () => {
    const tasks: string[] = [];
    const { socketPath, session } = await startSupervisor({
      spawn: async ({ task }) => {
        tasks.push(task);
        return { session, delivery: null, warnings: [] };
      },
    });
    const client = await connect(socketPath);
    // from then on it checks every result against the listed schemas
    await client.listTools();
    const task = "0123456789abcdef".repeat(65_536);
    const polled = Array.from({ length: 50 }, () =>
      client.callTool({ name: "poll_worker", arguments: { session_id: session.id } }),
    );
    const spawned = await client.callTool({
      name: "spawn_worker",
      arguments: { provider_id: "fake", task, repo_path: "/r" },
    });
    expect((await Promise.all(polled)).filter((one) => one.isError)).toEqual([]);
    expect(spawned.isError).toBeUndefined();
    expect(tasks).toEqual([task]);
  });

  test("is told when nobody acts, and greeted all the same", async () => {
    const client = await connect(join(tempFolder(), "none.sock"));
    expect((await client.listTools()).tools).toHaveLength(defaultTools);
    const failed = await client.callTool({ name: "get_inventory", arguments: {} });
    expect(failed.structuredContent).toMatchObject({ error: { code: "supervisor_unreachable" } });
  });
});

test("raw lines of the modern era, with nothing but messages on standard output", async () => {
  const { socketPath, session } = await startSupervisor();
  const host = start(socketPath);
  host.server.stdin.write("no message\n\n");
  host.send({ id: 1, method: "server/discover", params: modern() });
  host.send({ id: 2, method: "tools/list", params: modern() });
  const call = { name: "poll_worker", arguments: { session_id: session.id } };
  host.send({ id: 3, method: "tools/call", params: modern(call) });
  host.send({ id: 4, method: "subscriptions/listen", params: modern({ notifications: {} }) });
  host.send({ id: 5, method: "tools/run", params: modern() });
  expect((await host.reply(1)).result).toMatchObject({
    supportedVersions: ["2026-07-28"],
    resultType: "complete",
  });
  expect((await host.reply(2)).result.ttlMs).toBe(3_600_000);
  expect((await host.reply(3)).result).toMatchObject({
    resultType: "complete",
    structuredContent: { state: "idle" },
  });
  expect((await host.reply(5)).error?.code).toBe(-32_601);
  expect(host.replies()[0]?.error?.code).toBe(-32_700);
  expect(host.errors()).toContain("refused a line");
  host.server.stdin.end();
  expect(await host.exit()).toBe(0);
});

describe("the process", () => {
  const greeting = { id: 1, method: "initialize", params: initializeParams };
  const listing = { id: 2, method: "tools/call", params: { name: "list_sessions" } };

  test("exits with 0 when its input ends, before and after it loaded everything", async () => {
    const { socketPath } = await startSupervisor();
    const early = start(socketPath);
    early.send(greeting);
    early.server.stdin.end();
    expect(await early.exit()).toBe(0);
    expect(early.replies()).toHaveLength(1);

    const late = start(socketPath);
    late.send(greeting);
    late.send(listing);
    late.server.stdin.end();
    expect(await late.exit()).toBe(0);
    expect(late.replies().map((one) => one.id)).toEqual([1, 2]);
  });

  test("exits with 0 on SIGTERM, with its last answers out", async () => {
    const { socketPath } = await startSupervisor();
    const host = start(socketPath);
    host.send(greeting);
    host.send(listing);
    await host.reply(2);
    host.server.kill("SIGTERM");
    expect(await host.exit()).toBe(0);
    expect(host.errors()).toBe("");
  });

  test("says so when its own files went away under it, and exits", async () => {
    const { socketPath } = await startSupervisor();
    const broken = await buildChild();
    const [command, args] = broken.argv(socketPath);
    const server = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
    onTestFinished(() => void server.kill("SIGKILL"));
    let out = "";
    server.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
    server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...greeting })}\n`);
    await waitFor(() => out.includes("\n"));
    broken.remove();
    server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...listing })}\n`);
    expect(await waitFor(() => server.exitCode ?? undefined)).not.toBe(0);
    expect(out).toContain("restart the MCP server");
  });

  test("does not outlive a host that is killed", async () => {
    const { socketPath } = await startSupervisor();
    const [command, args] = child.argv(socketPath);
    const script = `
      const { spawn } = require("node:child_process");
      const [command, ...args] = process.argv.slice(1);
      const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
      server.stdin.write(${JSON.stringify(`${JSON.stringify({ jsonrpc: "2.0", ...greeting })}\n`)});
      server.stdout.once("data", () => console.log(server.pid));
    `;
    const host = spawn(process.execPath, ["-e", script, command, ...args], { stdio: "pipe" });
    onTestFinished(() => void host.kill("SIGKILL"));
    let told = "";
    host.stdout.on("data", (chunk: Buffer) => (told += chunk.toString("utf8")));
    const pid = Number(await waitFor(() => /^(\d+)\n/.exec(told)?.[1]));
    host.kill("SIGKILL");
    await waitFor(() => isGone(pid), { what: "the end of the server" });
    expect(pid).toBeGreaterThan(0);
  });
});

test("greeting and lists load neither the protocol package nor schema code", () => {
  const { outputs } = child.metafile;
  const entry = Object.keys(outputs).find((file) => file.endsWith("/child.mjs")) ?? "";
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const one of outputs[file]?.imports ?? []) {
      if (one.kind === "import-statement" && !one.external) visit(one.path);
    }
  };
  visit(entry);
  const inputs = [...seen].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  expect(inputs.some((file) => file.endsWith("surface/mcp/fast-answers.ts"))).toBe(true);
  expect(inputs.filter((file) => file.includes("node_modules"))).toEqual([]);
  expect(
    inputs.filter((file) => /src\/operations|surface\/mcp\/(server|relay)/.test(file)),
  ).toEqual([]);
});
