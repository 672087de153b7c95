import { spawn } from "node:child_process";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, onTestFinished, test, vi } from "vitest";
import { defineOperation } from "../../src/operations/define.ts";
import { createRpcClient } from "../../src/rpc/client.ts";
import { serveOperations } from "../../src/rpc/server.ts";
import { appDouble } from "../support/app-double.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

const version = "1.2.3";

/** A server behind a relay that counts connections and cuts them when it is told to. */
async function serve() {
  const { app } = appDouble({}, { version });
  const keys: string[] = [];
  const ask = defineOperation<{ slowly: boolean }, unknown>()({
    name: "test.ask",
    toolset: "default",
    summary: "Test",
    effect: "write",
    errors: [],
    schemas: (z) => ({
      input: z.strictObject({ slowly: z.boolean().default(false) }),
      output: z.looseObject({}),
    }),
    run: async (ctx, { slowly }) => {
      keys.push(ctx.idempotencyKey);
      if (slowly) await new Promise((resolve) => setTimeout(resolve, 30));
      return { n: keys.length };
    },
  });
  const folder = tempFolder();
  const options = {
    socketPath: join(folder, "run", "supervisor.sock"),
    operations: [ask],
    app,
    authenticate: async () => ({ kind: "person" as const }),
    health: () => ({
      version,
      pid: process.pid,
      epoch: 1,
      started_at: "2026-01-01T00:00:00.000Z",
      inline: true,
      accepting: true,
    }),
    handover: async () => undefined,
    subscribeOutput: () => () => undefined,
    log: () => undefined,
    now: () => Date.now(),
  };
  const server = await serveOperations(options);
  onTestFinished(() => server.close());
  const relay = { taken: 0, open: new Set<Socket>(), mute: false, firstToEnd: [] as string[] };
  const listener = createServer((near) => {
    relay.taken++;
    relay.open.add(near);
    const far = connect(options.socketPath);
    near.on("data", (chunk) => {
      if (relay.mute) near.destroy();
      else far.write(chunk);
    });
    far.on("data", (chunk) => near.write(chunk));
    for (const [who, one] of [["client", near] as const, ["server", far] as const]) {
      one.on("error", () => undefined);
      one.on("close", () => {
        if (relay.open.has(near)) relay.firstToEnd.push(who);
        relay.open.delete(near);
        near.destroy();
        far.destroy();
        relay.mute = false;
      });
    }
  });
  const socketPath = join(folder, "relay.sock");
  await new Promise<void>((resolve) => listener.listen(socketPath, () => resolve()));
  onTestFinished(() => void listener.close());
  const client = createRpcClient({ socketPath, version });
  return { client, relay, keys, server, socketPath, options };
}

test("calls that follow each other share one connection, those at once have one each", async () => {
  const { client, relay } = await serve();

  for (let n = 1; n <= 5; n++) expect(await client.call("test.ask", { input: {} })).toEqual({ n });
  expect(relay.taken).toBe(1);

  await Promise.all([1, 2, 3].map(() => client.call("test.ask", { input: {} })));
  expect(relay.taken).toBe(3);
});

test("an answer that takes its time ends its connection, and the next call has another", async () => {
  const { client, relay } = await serve();

  await client.call("test.ask", { input: { slowly: true } });
  await client.call("test.ask", { input: {} });

  expect(relay.taken).toBe(2);
});

test("a refusal leaves the connection for the next call", async () => {
  const { client, relay } = await serve();

  await expect(client.call("test.ask", { input: { slowly: 1 } })).rejects.toMatchObject({
    code: "invalid_input",
  });
  await client.call("test.ask", { input: {} });

  expect(relay.taken).toBe(1);
});

test("a connection that was ended while it rested is not used again", async () => {
  const { client, relay } = await serve();
  await client.call("test.ask", { input: {} });

  for (const one of relay.open) one.destroy();
  await waitFor(() => relay.open.size === 0);

  expect(await client.call("test.ask", { input: {} })).toEqual({ n: 2 });
});

test("a request whose connection ends while it is on its way is made again with the same key", async () => {
  const { client, relay, keys } = await serve();
  await client.call("test.ask", { input: {} });

  relay.mute = true;
  await client.call("test.ask", { input: {}, idempotencyKey: "mine" });

  expect(relay.taken).toBe(2);
  expect(keys.slice(1)).toEqual(["mine"]);
});

test("a server that closes is not held up by connections that rest, nor asked on them again", async () => {
  const { client, server, options } = await serve();
  await client.call("test.ask", { input: {} });

  // what keeps it from its end would be cut by a timer, which does not come here
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  await server.close();
  vi.useRealTimers();

  const next = await serveOperations(options);
  onTestFinished(() => next.close());
  expect(await client.call("test.ask", { input: {} })).toEqual({ n: 2 });
});

test("a process whose connection rests ends by itself", async () => {
  const { socketPath, relay } = await serve();
  const outfile = join(tempFolder(), "client.mjs");
  const entryPoints = ["src/rpc/client.ts"];
  await build({ entryPoints, bundle: true, platform: "node", format: "esm", outfile });
  const program = `
    const { createRpcClient } = await import(${JSON.stringify(pathToFileURL(outfile).href)});
    const rpc = createRpcClient({ socketPath: ${JSON.stringify(socketPath)}, version: "${version}" });
    console.log(JSON.stringify(await rpc.call("test.ask", { input: {} })));`;

  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const code = await new Promise((resolve) => child.on("close", resolve));

  expect({ code, said }).toEqual({ code: 0, said: '{"n":1}\n' });
  // a connection that rests is ended by the server after 5 s
  await waitFor(() => relay.firstToEnd.length > 0);
  expect(relay.firstToEnd).toEqual(["client"]);
});
