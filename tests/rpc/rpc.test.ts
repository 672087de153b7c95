import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AgentpoolError } from "../../src/domain/errors.ts";
import type { Principal } from "../../src/domain/principal.ts";
import { defineOperation, type Operation } from "../../src/operations/define.ts";
import { createRpcClient, type RpcClientOptions } from "../../src/rpc/client.ts";
import { serveOperations, type RpcServer, type ServeOptions } from "../../src/rpc/server.ts";
import { appDouble } from "../support/app-double.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

const base = { toolset: "default", summary: "Test", effect: "write", errors: [] } as const;

const echo = defineOperation<{ text: string; times: number }, unknown>()({
  ...base,
  name: "test.echo",
  schemas: (z) => ({
    input: z.strictObject({ text: z.string(), times: z.number().int().min(1).default(1) }),
    output: z.looseObject({}),
  }),
  cli: {
    command: "echo",
    group: "Core",
    positionals: ["text"],
    flags: { times: ["count"] },
    examples: [],
    render: () => "",
  },
  run: async (ctx, input) => ({
    text: input.text.repeat(input.times),
    key: ctx.idempotencyKey,
    cwd: ctx.cwd,
    env: ctx.env,
    principal: ctx.principal,
    undefined: undefined,
    at: new Date(0),
  }),
});

const list = defineOperation<object, unknown>()({
  ...base,
  name: "test.list",
  schemas: (z) => ({
    input: z.strictObject({ all: z.array(z.strictObject({ name: z.string() })) }),
    output: z.looseObject({}),
  }),
  run: () => Promise.resolve({}),
});

function operation(
  name: string,
  run: Operation<Record<string, unknown>, unknown>["run"],
): Operation {
  return defineOperation<Record<string, unknown>, unknown>()({
    ...base,
    name,
    schemas: (z) => ({ input: z.looseObject({}), output: z.looseObject({}) }),
    run,
  });
}

interface Setup extends Partial<ServeOptions> {
  readonly version?: string;
  readonly client?: Partial<RpcClientOptions>;
}

async function serve(operations: readonly Operation[], setup: Setup = {}) {
  const { app, memory } = appDouble({}, { version: setup.version ?? "1.2.3" });
  const logged: string[] = [];
  const options: ServeOptions = {
    socketPath: join(tempFolder(), "run", "supervisor.sock"),
    operations: [echo, ...operations],
    app,
    authenticate: async ({ token }): Promise<Principal> =>
      token === null ? { kind: "person" } : { kind: "session", sessionId: token },
    health: () => ({
      version: app.version,
      pid: process.pid,
      epoch: 7,
      started_at: "2026-01-01T00:00:00.000Z",
      inline: true,
      accepting: true,
    }),
    handover: async () => undefined,
    subscribeOutput: () => () => undefined,
    log: (level, message, facts) => logged.push(`${level} ${message} ${JSON.stringify(facts)}`),
    now: () => Date.now(),
    ...setup,
  };
  const server = await serveOperations(options);
  onTestFinished(() => server.close());
  const client = createRpcClient({
    socketPath: options.socketPath,
    version: "1.2.3",
    ...setup.client,
  });
  return { server, client, memory, logged, options, again: () => serveOperations(options) };
}

const failing = async (promise: Promise<unknown>): Promise<AgentpoolError> => {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof AgentpoolError) return thrown;
    throw thrown;
  }
  throw new Error("it did not fail");
};

test("an operation gets its input, defaults, key, folder and principal, and its JSON comes back", async () => {
  const { client } = await serve([]);

  const output = await client.call("test.echo", {
    input: { text: "häß\n" },
    idempotencyKey: "k1",
    cwd: "/work place",
    env: { A: "1" },
  });

  expect(output).toEqual({
    text: "häß\n",
    key: "k1",
    cwd: "/work place",
    env: {},
    principal: { kind: "person" },
    at: "1970-01-01T00:00:00.000Z",
  });
});

test("a caller that shows a token is that session, and its keys are its own", async () => {
  const { client } = await serve([], { client: { token: "ap_1" } });

  const output = await client.call("test.echo", { input: { text: "x" }, idempotencyKey: "1" });

  expect(output).toMatchObject({
    principal: { kind: "session", sessionId: "ap_1" },
    key: "ap_1 1",
  });
});

test("only operations that want the environment are given it", async () => {
  const wants = { ...echo, name: "test.wants", wantsEnvironment: true };
  const { client } = await serve([wants]);

  const output = await client.call("test.wants", { input: { text: "x" }, env: { A: "1" } });

  expect(output).toMatchObject({ env: { A: "1" } });
});

test("a task of 1 MB passes both ways unchanged", async () => {
  const { client } = await serve([]);
  const text = 'ä"\\\n\u0001🚀x'.repeat(100_000);

  const output = await client.call("test.echo", { input: { text } });

  expect((output as { text: string }).text === text).toBe(true);
});

test("a body over 8 MB is refused with its size, and the client sees the refusal", async () => {
  const { client } = await serve([]);

  const error = await failing(client.call("test.echo", { input: { text: "x".repeat(9_000_000) } }));

  expect(error.code).toBe("text_too_large");
  expect(error.details).toMatchObject({ limit_bytes: 8 * 1024 * 1024 });
});

test("a wrong input names its field in the wire's and the shell's spelling", async () => {
  const { client } = await serve([list]);

  const missing = await failing(client.call("test.echo", { input: {} }));
  const wrong = await failing(client.call("test.echo", { input: { text: "x", times: 0 } }));
  const extra = await failing(client.call("test.echo", { input: { text: "x", time: 3 } }));

  expect(missing).toMatchObject({ code: "invalid_input", message: "text (<text>) is missing" });
  expect(wrong.message).toMatch(/^times \(--count\): too small/);
  const listed = await failing(client.call("test.list", { input: { all: [{ nam: "x" }] } }));
  expect(listed.message.split("; ")).toEqual([
    "all.0.name (--all) is missing",
    'all.0 has no field "nam"',
  ]);
  expect(extra).toMatchObject({
    code: "invalid_input",
    message: 'test.echo has no field "time"',
    hint: "Did you mean times?",
  });
});

test("an unknown operation is refused with the nearest name", async () => {
  const { client } = await serve([]);

  const error = await failing(client.call("test.ecoh", { input: {} }));

  expect(error).toMatchObject({ code: "unknown_operation", hint: "Did you mean test.echo?" });
});

test("an error of ours arrives whole; a bug arrives without its trace, which is logged", async () => {
  const { client, logged } = await serve([
    operation("test.refuse", async () => {
      throw new AgentpoolError("prompt_open", "It asks", {
        why: "w",
        hint: "h",
        details: { n: 1 },
      });
    }),
    operation("test.bug", async () => {
      throw new TypeError("x is not a function");
    }),
  ]);

  const refused = await failing(client.call("test.refuse", { input: {} }));
  const bug = await failing(client.call("test.bug", { input: {} }));

  expect(refused).toMatchObject({ code: "prompt_open", why: "w", hint: "h", details: { n: 1 } });
  expect(bug.code).toBe("internal");
  expect(JSON.stringify(bug.toBody())).not.toContain("rpc.test.ts");
  expect(logged.join("\n")).toContain("rpc.test.ts");
});

test("progress reaches the caller while the operation runs", async () => {
  const { client } = await serve([
    operation("test.work", async (ctx) => {
      ctx.progress("half", 1, 2);
      return { done: true };
    }),
  ]);
  const heard: unknown[] = [];

  await client.call("test.work", { input: {} }, { onProgress: (one) => heard.push(one) });

  expect(heard).toEqual([{ message: "half", done: 1, total: 2 }]);
});

test("an operation that waits holds nobody else up", async () => {
  const { client } = await serve([
    operation("test.hang", async (ctx) => {
      await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
      return {};
    }),
  ]);
  const stop = new AbortController();
  const hanging = failing(client.call("test.hang", { input: {} }, { signal: stop.signal }));

  const output = await client.call("test.echo", { input: { text: "x" } });
  stop.abort();

  expect(output).toMatchObject({ text: "x" });
  expect(await hanging).toMatchObject({ code: "interrupted" });
});

test("an operation is told when its caller went away", async () => {
  let aborted = false;
  const { client, server } = await serve([
    operation("test.hang", async (ctx) => {
      await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
      aborted = true;
      return {};
    }),
  ]);
  const stop = new AbortController();
  const call = failing(client.call("test.hang", { input: {} }, { signal: stop.signal }));
  await waitFor(() => server.connections === 1);

  stop.abort();
  await call;

  await waitFor(() => aborted && server.connections === 0);
  expect(aborted).toBe(true);
});

test("a call that takes longer than the caller allows ends with wait_timed_out", async () => {
  const { client } = await serve([operation("test.hang", () => new Promise(() => undefined))]);

  const error = await failing(client.call("test.hang", { input: {} }, { timeoutMs: 50 }));

  expect(error.code).toBe("wait_timed_out");
});

test("a call whose supervisor dies in the middle is made again with the same key and the time left", async () => {
  const seen: { key: string; timeout: unknown }[] = [];
  let servers: RpcServer[] = [];
  const hang = operation("test.hang", async (ctx, input) => {
    seen.push({ key: ctx.idempotencyKey, timeout: input["timeout_seconds"] });
    if (seen.length > 1) return { done: true };
    await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
    return {};
  });
  let again: () => Promise<RpcServer> = () => Promise.reject(new Error("not yet"));
  const setup = await serve([hang], {
    client: {
      reconnect: async () => {
        servers.push(await again());
      },
    },
  });
  again = setup.again;
  onTestFinished(async () => {
    for (const server of servers) await server.close();
  });
  const call = setup.client.call("test.hang", { input: { timeout_seconds: 30 } });
  await waitFor(() => seen.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 520));

  await setup.server.close();

  expect(await call).toEqual({ done: true });
  expect(seen[0]?.key).toBe(seen[1]?.key);
  expect(Number(seen[1]?.timeout)).toBeLessThan(29.5);
});

test("without a way to bring a supervisor up, nobody listening is supervisor_unreachable", async () => {
  const client = createRpcClient({ socketPath: join(tempFolder(), "s"), version: "1.2.3" });

  const error = await failing(client.call("test.echo", { input: {} }));

  expect(error.code).toBe("supervisor_unreachable");
});

test("a supervisor that cannot be brought up is not tried for ever", async () => {
  let tries = 0;
  const client = createRpcClient({
    socketPath: join(tempFolder(), "s"),
    version: "1.2.3",
    reconnect: async () => {
      tries += 1;
    },
  });

  const error = await failing(client.call("test.echo", { input: {} }));

  expect(error.code).toBe("supervisor_unreachable");
  expect(tries).toBe(7);
});

test("calls that lose the supervisor at the same moment bring up one", async () => {
  let brought = 0;
  const client = createRpcClient({
    socketPath: join(tempFolder(), "s"),
    version: "1.2.3",
    reconnect: async () => {
      brought += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new AgentpoolError("supervisor_unreachable", "it does not start");
    },
  });

  const calls = Array.from({ length: 10 }, () => failing(client.call("test.echo", { input: {} })));

  expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(
    calls.map(() => "supervisor_unreachable"),
  );
  expect(brought).toBe(1);
});

test("health is undefined when nobody listens and tells who holds the role when somebody does", async () => {
  const { client, options } = await serve([]);
  const nobody = createRpcClient({ socketPath: `${options.socketPath}x`, version: "1" });

  expect(await nobody.health()).toBeUndefined();
  expect(await client.health()).toMatchObject({ version: "1.2.3", epoch: 7, accepting: true });
});

test("a listener that accepts and says nothing is stuck", async () => {
  const path = join(tempFolder(), "s");
  const mute = createServer().listen(path);
  onTestFinished(() => void mute.close());
  const client = createRpcClient({ socketPath: path, version: "1" });

  const error = await failing(client.health({ timeoutMs: 50 }));

  expect(error.code).toBe("supervisor_stuck");
});

test("a call to a supervisor that falls silent brings up another one", async () => {
  const path = join(tempFolder(), "s");
  const { options } = await serve([]);
  const mute = createServer().listen(path);
  onTestFinished(() => void mute.close());
  let server: RpcServer | undefined;
  onTestFinished(async () => server?.close());
  const client = createRpcClient({
    socketPath: path,
    version: "1.2.3",
    silentAfterMs: 500,
    reconnect: async () => {
      server ??= await serveOperations({ ...options, socketPath: path });
    },
  });

  expect(await client.call("test.echo", { input: { text: "x" } })).toMatchObject({ text: "x" });
});

test("a newer client is turned away before anything runs, so that it can bring up its own", async () => {
  let ran = false;
  const { options } = await serve(
    [
      operation("test.note", async () => {
        ran = true;
        return {};
      }),
    ],
    { version: "1.2.3" },
  );
  const newer = createRpcClient({ socketPath: options.socketPath, version: "1.3.0" });
  const older = createRpcClient({ socketPath: options.socketPath, version: "1.1.0" });

  const error = await failing(newer.call("test.note", { input: {} }));

  expect(error.code).toBe("supervisor_unreachable");
  expect(ran).toBe(false);
  await older.call("test.note", { input: {} });
  expect(ran).toBe(true);
});

test("a handover tells the holder the version that asks", async () => {
  const asked: string[] = [];
  const { options } = await serve([], {
    handover: async (version) => void asked.push(version),
  });
  const newer = createRpcClient({ socketPath: options.socketPath, version: "2.0.0" });

  await newer.handover();

  expect(asked).toEqual(["2.0.0"]);
});

test("a holder that is leaving turns operations away and says so in its health", async () => {
  let accepting = true;
  const { client } = await serve([], {
    health: () => ({
      version: "1.2.3",
      pid: 1,
      epoch: 1,
      started_at: "",
      inline: false,
      accepting,
    }),
  });
  accepting = false;

  expect(await client.health()).toMatchObject({ accepting: false });
  expect((await failing(client.call("test.echo", { input: { text: "x" } }))).code).toBe(
    "supervisor_unreachable",
  );
});

test("the socket is 0600 in a folder 0700, replaces a stale file, and goes at the end", async () => {
  const folder = join(tempFolder(), "run");
  const { server, options } = await serve([], { socketPath: join(folder, "s.sock") });
  expect(statSync(options.socketPath).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  await server.close();
  expect(existsSync(options.socketPath)).toBe(false);

  writeFileSync(options.socketPath, "stale");
  const second = await serveOperations(options);

  expect(statSync(options.socketPath).isSocket()).toBe(true);
  await second.close();
});

test("a predecessor that closes late leaves its successor's socket alone", async () => {
  const { server, options, client } = await serve([]);
  const successor = await serveOperations(options);

  await server.close();

  expect(await client.call("test.echo", { input: { text: "x" } })).toMatchObject({ text: "x" });
  await successor.close();
});

test("closing lets an answer that is nearly out get out", async () => {
  const { server, client } = await serve([
    operation("test.stop", async () => {
      setImmediate(() => void server.close());
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { stopped: true };
    }),
  ]);

  expect(await client.call("test.stop", { input: {} })).toEqual({ stopped: true });
});

test("plain HTTP gives plain JSON with the status of the error's code", async () => {
  const { options } = await serve([]);
  const post = (path: string, body: string): Promise<{ status?: number; body: unknown }> =>
    new Promise((resolve, reject) => {
      httpRequest({ socketPath: options.socketPath, path, method: "POST" }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }),
        );
      })
        .on("error", reject)
        .end(body);
    });

  expect(await post("/v1/op/test.echo", '{"input":{"text":"x"}}')).toMatchObject({
    status: 200,
    body: { output: { text: "x", cwd: "/" } },
  });
  // as some clients begin every text
  expect(await post("/v1/op/test.echo", '\uFEFF{"input":{"text":"x"}}')).toMatchObject({
    status: 200,
  });
  expect(await post("/v1/op/test.echo", "{")).toMatchObject({
    status: 400,
    body: { error: { code: "invalid_input", message: "The body is no JSON" } },
  });
  expect(await post("/v1/op/nothing", "{}")).toMatchObject({ status: 404 });
  expect(await post("/v2", "{}")).toMatchObject({
    status: 404,
    body: { error: { code: "unknown_operation" } },
  });
});

test("rubbish on the socket does not disturb the server", async () => {
  const { options, client } = await serve([]);
  const socket = connect(options.socketPath);
  socket.write("\u0000\u0001 rubbish\r\n\r\n");
  await new Promise((resolve) => socket.on("close", resolve).resume());

  expect(await client.call("test.echo", { input: { text: "x" } })).toMatchObject({ text: "x" });
});

test("the client loads neither zod nor node:http", async () => {
  const built = join(tempFolder(), "client.cjs");
  const { build } = await import("esbuild");
  await build({
    entryPoints: ["src/rpc/client.ts"],
    bundle: true,
    platform: "node",
    outfile: built,
    logLevel: "silent",
  });

  const text = readFileSync(built, "utf8");

  expect(text).not.toMatch(/require\("(node:)?https?"\)/);
  expect(text).not.toContain("ZodError");
  const child = spawn(process.execPath, [built]);
  expect(await new Promise((resolve) => child.on("exit", resolve))).toBe(0);
  rmSync(built);
});
