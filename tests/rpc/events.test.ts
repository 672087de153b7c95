import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRpcClient, type RpcClient } from "../../src/rpc/client.ts";
import { exchange } from "../../src/rpc/exchange.ts";
import { createInlineCaller } from "../../src/rpc/inline.ts";
import { serveOperations, type RpcServer, type ServeOptions } from "../../src/rpc/server.ts";
import type { Caller } from "../../src/rpc/wire.ts";
import { appDouble, type Memory } from "../support/app-double.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

interface Setup {
  readonly memory: Memory;
  readonly client: RpcClient;
  readonly options: ServeOptions;
  server: RpcServer;
  readonly notify: (sessionId: string) => void;
}

async function serve(): Promise<Setup> {
  const { app, memory } = appDouble();
  const listeners = new Set<(sessionId: string) => void>();
  const options: ServeOptions = {
    socketPath: join(tempFolder(), "run", "s"),
    operations: [],
    app,
    authenticate: async () => ({ kind: "person" }),
    health: () => ({
      version: app.version,
      pid: process.pid,
      epoch: 1,
      started_at: "",
      inline: true,
      accepting: true,
    }),
    handover: async () => undefined,
    subscribeOutput: (sessionIds, listener) => {
      const filtered = (id: string): void => {
        if (sessionIds.length === 0 || sessionIds.includes(id)) listener(id);
      };
      listeners.add(filtered);
      return () => listeners.delete(filtered);
    },
    log: () => undefined,
    now: () => Date.now(),
  };
  const setup: Setup = {
    memory,
    options,
    server: await serveOperations(options),
    client: createRpcClient({
      socketPath: options.socketPath,
      version: app.version,
      reconnect: async () => {
        setup.server = await serveOperations(options);
      },
    }),
    notify: (id) => {
      for (const listener of listeners) listener(id);
    },
  };
  onTestFinished(() => setup.server.close());
  return setup;
}

const fact = (n: number, session: string | null = null) =>
  ({ session, body: { type: "background_jobs", count: n } }) as const;

/** Collects event numbers until told to stop. */
function collect(caller: Caller, request: Parameters<Caller["events"]>[0]) {
  const stop = new AbortController();
  const seqs: number[] = [];
  const done = (async () => {
    for await (const event of caller.events(request, stop.signal)) seqs.push(event.seq);
  })();
  const end = async (): Promise<void> => {
    stop.abort();
    await done;
  };
  return { seqs, end, done };
}

test("events come from the cursor on and then live, each once and in order", async () => {
  const { client, memory } = await serve();
  memory.commit(fact(1), fact(2), fact(3));
  const { seqs, end } = collect(client, { after: 1 });
  await waitFor(() => seqs.length === 2);

  memory.commit(fact(4));
  memory.commit(fact(5), fact(6));

  await waitFor(() => seqs.length === 5);
  expect(seqs).toEqual([2, 3, 4, 5, 6]);
  await end();
});

test("without a cursor only what comes from now on is told", async () => {
  const { client, memory } = await serve();
  memory.commit(fact(1), fact(2));
  const { seqs, end } = collect(client, {});
  await waitFor(() => memory.listeners === 1 && memory.eventReads > 0);

  memory.commit(fact(3));

  await waitFor(() => seqs.length === 1);
  expect(seqs).toEqual([3]);
  await end();
});

test("whoever waits is handed what is committed, and reads the store again only when behind", async () => {
  const { client, memory } = await serve();
  const { seqs, end } = collect(client, { after: 0, sessions: ["a"] });
  await waitFor(() => memory.eventReads === 1);

  memory.commit(fact(1, "a"), fact(2, "b"));
  await waitFor(() => seqs.length === 1);
  expect(memory.eventReads).toBe(1);
  memory.commit(fact(3, "b"));
  memory.commit(fact(4, "a"));
  await waitFor(() => seqs.length === 2);
  memory.commit(fact(5, "a"));
  memory.commit(fact(6, "a"));
  memory.commit(...Array.from({ length: 600 }, (_, n) => fact(n, "a")));

  await waitFor(() => seqs.length === 604);
  expect(seqs).toEqual([1, 4, 5, 6, ...Array.from({ length: 600 }, (_, n) => n + 7)]);
  await end();
});

test("only the sessions asked for are told", async () => {
  const { client, memory } = await serve();
  const { seqs, end } = collect(client, { after: 0, sessions: ["a", "b"] });

  memory.commit(fact(1, "a"), fact(2, "c"), fact(3, "b"), fact(4, null));

  await waitFor(() => seqs.length === 2);
  expect(seqs).toEqual([1, 3]);
  await end();
});

test("a follower whose supervisor is replaced misses nothing and sees nothing twice", async () => {
  const setup = await serve();
  const { seqs, end } = collect(setup.client, { after: 0 });
  for (let round = 0; round < 4; round++) {
    setup.memory.commit(fact(1), fact(2));
    await waitFor(() => seqs.length >= round * 4 + 2);
    await setup.server.close();
    setup.memory.commit(fact(3), fact(4));
    await waitFor(() => seqs.length === (round + 1) * 4);
  }

  expect(seqs).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  await end();
});

test("a follower that began without a cursor goes on from where it began", async () => {
  const setup = await serve();
  setup.memory.commit(fact(1));
  const { seqs, end } = collect(setup.client, {});
  await waitFor(() => setup.memory.eventReads > 0);
  await setup.server.close();

  setup.memory.commit(fact(2));

  await waitFor(() => seqs.length === 1);
  expect(seqs).toEqual([2]);
  await end();
});

test("a reader that does not read holds nobody up and makes nothing pile up", async () => {
  const { memory, options } = await serve();
  const text = "x".repeat(2_000);
  memory.commit(
    ...Array.from({ length: 5_000 }, () => ({
      session: null,
      body: { type: "tool_started", name: "t", detail: text } as const,
    })),
  );
  const stop = new AbortController();
  const answer = await exchange(options.socketPath, {
    method: "GET",
    path: "/v1/events?after=0",
    headers: {},
    silentAfterMs: 60_000,
    signal: stop.signal,
  });
  await answer.body.next();
  const settled = async (): Promise<boolean> => {
    const before = memory.eventReads;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return before === memory.eventReads;
  };
  await waitFor(settled);

  // 10 MB are in the store; a few pages of half a megabyte were read for a reader that stopped
  expect(memory.eventReads).toBeLessThan(10);
  stop.abort();
  await waitFor(() => memory.listeners === 0);
});

test("a follower that goes away is forgotten", async () => {
  const { client, memory, server } = await serve();
  const { end } = collect(client, { after: 0 });
  await waitFor(() => memory.listeners === 1);

  await end();

  await waitFor(() => memory.listeners === 0 && server.connections === 0);
  expect(memory.listeners).toBe(0);
});

test("the server tells when its last request is over", async () => {
  const { client, memory, server } = await serve();
  let idle = 0;
  server.onIdle(() => (idle += 1));
  const { end } = collect(client, { after: 0 });
  await waitFor(() => memory.listeners === 1);
  expect(idle).toBe(0);

  await end();

  await waitFor(() => idle === 1);
});

test("a cursor that is no number is refused", async () => {
  const { options } = await serve();
  const answer = await exchange(options.socketPath, {
    method: "GET",
    path: "/v1/events?after=abc",
    headers: {},
    silentAfterMs: 1_000,
  });

  expect(answer.status).toBe(400);
  await answer.body.return(undefined);
});

test("panes that write are told to those who asked for their sessions", async () => {
  const { client, notify } = await serve();
  const stop = new AbortController();
  const heard: string[] = [];
  const done = (async () => {
    for await (const notice of client.output(["a"], stop.signal)) heard.push(notice.session_id);
  })();
  await waitFor(() => {
    notify("b");
    notify("a");
    return heard.length > 0;
  });
  stop.abort();
  await done;

  expect(new Set(heard)).toEqual(new Set(["a"]));
});

test("a caller in the same process gets the same events", async () => {
  const { app, memory } = appDouble();
  memory.commit(fact(1), fact(2));
  const caller = createInlineCaller({ operations: [], app, principal: { kind: "person" } });
  const { seqs, end } = collect(caller, { after: 1 });
  await waitFor(() => seqs.length === 1);

  memory.commit(fact(3));

  await waitFor(() => seqs.length === 2);
  expect(seqs).toEqual([2, 3]);
  await end();
});
