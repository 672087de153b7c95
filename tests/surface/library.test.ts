import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AgentpoolError } from "../../src/domain/errors.ts";
import type { SpawnRequest } from "../../src/session/spawn-request.ts";
import { operations } from "../../src/operations/index.ts";
import { packageVersion } from "../../src/platform/package-version.ts";
import { serveOperations } from "../../src/rpc/server.ts";
import type { AgentPoolClient } from "../../src/surface/library/client.ts";
import { connect } from "../../src/surface/library/connect.ts";
import { toCamel, toSnake, toSnakeFields } from "../../src/surface/library/camel-case.ts";
import { appDouble } from "../support/app-double.ts";
import { makeSession } from "../support/session.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

async function supervisor(services: Parameters<typeof appDouble>[0] = {}) {
  const root = tempFolder();
  const version = packageVersion();
  const { app, memory } = appDouble(services, { root, version });
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
  return { root, memory, server };
}

test("every operation is a method, called and answered in camel case", async () => {
  const { root, memory } = await supervisor();
  memory.sessions.push(makeSession({ name: "one" }));
  await using pool = await connect({ home: root });

  const { sessions, pagination } = await pool.session.list({ limit: 5 });

  expect(sessions[0]?.providerId).toBe("fake");
  expect(sessions[0]?.openPrompts).toBe(0);
  expect(pagination).toMatchObject({ hasMore: false, nextOffset: null });
  for (const { name } of operations) {
    const [noun = "", verb = ""] = name.split(".");
    const nouns = pool as unknown as Record<string, Record<string, unknown>>;
    expect(nouns[noun]?.[verb], name).toBeTypeOf("function");
  }
});

test.each([
  ["a number", { sessionId: 5 }, /^sessionId: invalid input: expected string/],
  ["nothing", {}, /^sessionId is missing$/],
])("a wrong field is named as the program spells it: %s", async (_, input, message) => {
  const { root } = await supervisor();
  await using pool = await connect({ home: root });
  const refused = await pool.session.observe(input as never).catch((thrown: unknown) => thrown);
  expect(refused).toBeInstanceOf(AgentpoolError);
  expect(refused).toMatchObject({
    code: "invalid_input",
    message: expect.stringMatching(message) as string,
    hint: "Correct sessionId, and call session.observe again.",
    details: { fields: ["sessionId"] },
  });
});

test("names of models, providers and states are data, and stay as they are both ways", () => {
  const wire = {
    by_model: { "my_model-2": { cache_written: 1 }, GPT: { input: 2 } },
    turns: [{ tokens: { models: { a_b: { input: 1 } } } }],
    states: { awaiting_input: 1 },
    last_text: '{"final_answer": 1}',
    providers: [{ display_name: "x" }],
  };
  const camel = {
    byModel: { "my_model-2": { cacheWritten: 1 }, GPT: { input: 2 } },
    turns: [{ tokens: { models: { a_b: { input: 1 } } } }],
    states: { awaiting_input: 1 },
    lastText: '{"final_answer": 1}',
    providers: [{ displayName: "x" }],
  };
  expect(toCamel(wire)).toEqual(camel);
  expect(toSnake(camel)).toEqual(wire);
});

test("names inside a value of the caller's stay as they are, and its environment and folder go along", async () => {
  const asked: SpawnRequest[] = [];
  const { root } = await supervisor({
    sessions: {
      spawn: async (request) => {
        asked.push(request);
        return { session: makeSession(), delivery: null, warnings: [] };
      },
    },
  });
  await using pool = await connect({ home: root, env: { TOKEN: "t" }, cwd: "/work" });

  await pool.session.spawn({
    providerId: "x",
    task: "y",
    providerOptions: { someKey: "v" },
    requireClean: true,
  });

  expect(asked[0]).toMatchObject({ extra: { someKey: "v" }, requireClean: true, cwd: "/work" });
  expect(asked[0]?.env["TOKEN"]).toBe("t");
});

test("an error of the supervisor is an AgentpoolError with its code", async () => {
  const { root } = await supervisor();
  await using pool = await connect({ home: root });

  const error: unknown = await pool.session.show({ sessionId: "no" }).catch((one: unknown) => one);

  expect(error).toBeInstanceOf(AgentpoolError);
  expect(error).toMatchObject({ code: "session_not_found" });
});

test("events come live until the loop is left", async () => {
  const { root, memory, server } = await supervisor();
  await using pool = await connect({ home: root });
  const seen: string[] = [];
  const loop = (async () => {
    for await (const event of pool.events({ after: 0, sessions: ["ap_1"] })) {
      seen.push(event.type === "agent_identified" ? event.agentSessionId : event.type);
      if (seen.length === 2) break;
    }
  })();
  await waitFor(() => memory.listeners === 1);

  memory.commit(
    { session: "ap_1", body: { type: "session_reachable" } },
    { session: "ap_2", body: { type: "session_reachable" } },
    { session: "ap_1", body: { type: "agent_identified", agent_session_id: "u" } },
  );
  await loop;

  expect(seen).toEqual(["session_reachable", "u"]);
  await waitFor(() => server.connections === 0);
});

test("closing ends what is open, and a closed client says so", async () => {
  const { root } = await supervisor({ sessions: { wait: () => new Promise(() => undefined) } });
  const pool = await connect({ home: root });
  const waiting = pool.session
    .observe({ sessionId: "x", waitFor: ["completed"], timeoutSeconds: 60 })
    .catch((thrown: unknown) => thrown);

  await pool.close();

  expect(await waiting).toMatchObject({ code: "interrupted" });
  await expect(pool.session.list()).rejects.toMatchObject({
    code: "interrupted",
    message: "This client is closed",
  });
});

test("a home whose supervisor cannot be started is an error when connecting", async () => {
  const file = join(tempFolder(), "file");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(file, "");

  await expect(connect({ home: join(file, "home") })).rejects.toMatchObject({
    message: expect.stringContaining("cannot be written") as string,
    why: expect.stringMatching(/ENOTDIR|EEXIST/) as string,
  });
});

test("types know what must be given and what comes back", () => {
  const misuse = async (pool: AgentPoolClient): Promise<void> => {
    // @ts-expect-error a task is needed
    await pool.session.spawn({ providerId: "x" });
    // @ts-expect-error there is no such isolation
    await pool.session.spawn({ providerId: "x", task: "y", isolation: "none" });
    const { exitCode } = (await pool.session.show({ sessionId: "x" })).session;
    // @ts-expect-error it may be null
    exitCode.toFixed();
    await pool.supervisor.status();
  };

  expect(misuse).toBeTypeOf("function");
});

test("names change both ways", () => {
  expect(toCamel({ a_b: [{ c_d_e: 1, f: null }], sha256: "x", size_bytes: 1 })).toEqual({
    aB: [{ cDE: 1, f: null }],
    sha256: "x",
    sizeBytes: 1,
  });
  expect(toSnakeFields({ sessionId: "s", waitFor: undefined, x: { keepMe: 1 } })).toEqual({
    session_id: "s",
    x: { keepMe: 1 },
  });
});
