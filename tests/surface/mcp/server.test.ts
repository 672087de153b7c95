import { describe, expect, test } from "vitest";
import { waitFor } from "../../support/wait.ts";
import { callerDouble, untilAborted } from "./support/caller-double.ts";
import { eras, greet, initializeParams, modern, startHost } from "./support/host.ts";
import { defaultTools } from "./support/manifest.ts";

const poll = { session_id: "ap_1" };

describe.each(eras)("a host of the %s era", (era) => {
  test("greets, lists and calls", async () => {
    const caller = callerDouble({ "session.poll": () => ({ session_id: "ap_1", state: "idle" }) });
    const host = startHost({ caller });
    const { ask, call } = await greet(host, era);
    const { result: listed } = await ask("tools/list");
    expect(listed.tools).toHaveLength(defaultTools);
    expect(caller.asked).toEqual([]);

    const { result } = await call("poll_worker", poll);
    expect(result.structuredContent).toEqual({ session_id: "ap_1", state: "idle" });
    expect(JSON.parse(result.content[0].text)).toEqual(result.structuredContent);
    expect(result.isError).toBeUndefined();

    // the list is the same from the package as it was before it was loaded
    expect((await ask("tools/list")).result).toEqual(listed);
    expect(caller.asked).toHaveLength(1);
  });

  test("gets errors of the domain as results and errors of the protocol as errors", async () => {
    const host = startHost();
    const { ask, call } = await greet(host, era);
    const failed = await call("poll_worker", { session: "x" });
    expect(failed.result.isError).toBe(true);
    expect(failed.result.structuredContent.error.code).toBe("invalid_input");

    const unknown = await call("poll_workers");
    expect(unknown.error).toEqual({
      code: -32_602,
      message: 'No tool "poll_workers"; did you mean poll_worker?',
    });
    // offered only with another toolset
    expect((await call("attach_info", poll)).error?.code).toBe(-32_602);
    expect((await ask("no/such/method")).error?.code).toBe(-32_601);
    expect((await ask("tasks/list")).error?.code).toBe(-32_601);
  });

  test("reads the texts for agents, of this version", async () => {
    const words = "# Preferences\n\nReviews go to another vendor than the work.";
    const host = startHost({
      caller: callerDouble({ "preferences.show": () => ({ text: words }) }),
    });
    const { ask } = await greet(host, era);
    const { result } = await ask("resources/list");
    const own = ["agentpool://onboarding", "agentpool://skill.md"];
    const preferences = "agentpool://preferences.md";
    expect(result.resources.map((one: { uri: string }) => one.uri)).toEqual([...own, preferences]);
    for (const uri of [...own, preferences]) {
      const read = await ask("resources/read", { uri });
      expect(read.result.contents[0]).toMatchObject({ uri, mimeType: "text/markdown" });
      const { text } = read.result.contents[0];
      expect(text).toMatch(uri === preferences ? /^# Preferences/ : /^# .*agentpool 1\.2\.3/);
    }
    const none = await ask("resources/read", { uri: "agentpool://nothing" });
    expect(none.error?.code).toBe(-32_602);
  });

  test("has many calls running at once, none held up by another", async () => {
    const open: (() => void)[] = [];
    const caller = callerDouble({
      "session.observe": untilAborted,
      "session.poll": () => ({ quick: true }),
      "session.transcript": ({ request }) =>
        new Promise((resolve) => open.push(() => resolve({ offset: request.input["offset"] }))),
    });
    const host = startHost({ caller });
    const { call, shaped } = await greet(host, era);
    const wait = { name: "observe_worker", arguments: { ...poll, timeout_seconds: 20 } };
    host.send({ id: "blocked", method: "tools/call", params: shaped(wait) ?? {} });
    const all = Array.from({ length: 50 }, (_, offset) =>
      call("read_worker_transcript", { ...poll, offset }),
    );
    await waitFor(() => open.length === 50);
    expect((await call("poll_worker", poll)).result.structuredContent).toEqual({ quick: true });
    for (const answer of open.toReversed()) answer();
    const offsets = (await Promise.all(all)).map((one) => one.result.structuredContent.offset);
    expect(offsets).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(host.replies.some((one) => one.id === "blocked")).toBe(false);
  });

  test("hears of progress when it asks for it", async () => {
    const host = startHost({
      caller: callerDouble({
        "session.observe": ({ options }) => {
          options.onProgress?.({ message: "turn 2 runs", done: 1, total: 3 });
          return {};
        },
      }),
    });
    const { call } = await greet(host, era);
    const args = { ...poll, timeout_seconds: 60 };
    await call("observe_worker", args, { progressToken: "tok" });
    const told = host.replies.filter((one) => one.method === "notifications/progress");
    expect(told.map((one) => one.params)).toEqual([
      { progressToken: "tok", progress: expect.any(Number) as number, total: 24 },
      {
        progressToken: "tok",
        progress: expect.any(Number) as number,
        total: 24,
        message: "turn 2 runs (1 of 3)",
      },
    ]);
    const steps = told.map((one) => one.params?.["progress"] as number);
    expect(steps[1]).toBeGreaterThan(steps[0] ?? Infinity);

    await call("observe_worker", args);
    expect(host.replies.filter((one) => one.method)).toHaveLength(2);
  });

  test("cancels a wait and nothing else; the call gets no answer", async () => {
    const caller = callerDouble({
      "session.observe": untilAborted,
      "session.poll": () => ({ state: "running" }),
    });
    const host = startHost({ caller });
    const { call, shaped } = await greet(host, era);
    const params = shaped({ name: "observe_worker", arguments: { ...poll, timeout_seconds: 20 } });
    host.send({ id: "w", method: "tools/call", params: params ?? {} });
    await waitFor(() => caller.asked.length === 1);
    host.send({
      method: "notifications/cancelled",
      params: shaped({ requestId: "w", reason: "enough" }) ?? {},
    });
    await waitFor(() => caller.asked[0]?.options.signal?.aborted === true);
    expect((await call("poll_worker", poll)).result.structuredContent).toEqual({
      state: "running",
    });
    expect(host.replies.some((one) => one.id === "w")).toBe(false);
    expect(caller.asked.map((one) => one.name)).toEqual(["session.observe", "session.poll"]);
  });
});

test("ping is answered while a call waits", async () => {
  const host = startHost({ caller: callerDouble({ "session.observe": untilAborted }) });
  await greet(host, "legacy");
  expect((await host.request("ping")).result).toEqual({});
  const args = { ...poll, timeout_seconds: 20 };
  host.send({ id: "w", method: "tools/call", params: { name: "observe_worker", arguments: args } });
  expect((await host.request("ping")).result).toEqual({});
});

test("a host that looks in the modern way and then greets in the old way is served", async () => {
  const host = startHost({ caller: callerDouble({ "session.poll": () => ({ ok: true }) }) });
  await host.request("server/discover", modern());
  const { call } = await greet(host, "legacy");
  expect((await call("poll_worker", poll)).result.structuredContent).toEqual({ ok: true });
});

test("a host that sends everything at once gets all its answers, none of them twice", async () => {
  const host = startHost({ caller: callerDouble({ "session.poll": () => ({ ok: true }) }) });
  const call = { name: "poll_worker", arguments: poll };
  host.write(
    [
      { id: 1, method: "initialize", params: initializeParams },
      { method: "notifications/initialized" },
      { id: 2, method: "tools/call", params: call },
      { id: 3, method: "tools/list" },
      { id: 1, method: "tools/call", params: call },
      { id: 4, method: "ping" },
    ]
      .map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
      .join(""),
  );
  host.stdin.end();
  await host.ended;
  expect(host.replies.map((one) => Number(one.id)).toSorted((a, b) => a - b)).toEqual([
    1, 1, 2, 3, 4,
  ]);
  expect(host.replies.every((one) => one.error === undefined)).toBe(true);
});

test("lines that are no message are refused at once and the server goes on", async () => {
  const host = startHost();
  host.write("{broken\n[1]\nnull\n");
  await waitFor(() => host.replies.length === 3);
  expect(host.replies.map((one) => one.error?.code)).toEqual([-32_700, -32_600, -32_600]);
  await greet(host, "legacy");
  expect((await host.request("no/such")).error?.code).toBe(-32_601);
  host.write('{"jsonrpc":"2.0","id":"odd","method":"ping","extra":1}\n{broken\n');
  expect((await host.reply("odd")).error?.code).toBe(-32_600);
  expect((await host.request("ping")).result).toEqual({});
  expect(host.logged.length).toBeGreaterThanOrEqual(4);
});

test("arguments of a megabyte arrive whole", async () => {
  const task = "ä\n".repeat(350_000);
  const caller = callerDouble({ "session.spawn": () => ({}) });
  const host = startHost({ caller });
  const { call } = await greet(host, "legacy");
  await call("spawn_worker", { provider_id: "fake", task, repo_path: "/r" });
  expect(caller.asked[0]?.request.input["task"]).toBe(task);
});

describe("the server ends", () => {
  test("when its input ends, after calls that are nearly done got their answers out", async () => {
    let finish: (output: unknown) => void = () => undefined;
    const caller = callerDouble({
      "session.poll": () => new Promise((resolve) => (finish = resolve)),
    });
    const host = startHost({ caller });
    const { call } = await greet(host, "legacy");
    const answer = call("poll_worker", poll);
    await waitFor(() => caller.asked.length === 1);
    host.stdin.end();
    finish({ late: true });
    expect((await answer).result.structuredContent).toEqual({ late: true });
    await host.ended;
  });

  test("when its input ends, however long a call would still take", async () => {
    const caller = callerDouble({ "session.observe": untilAborted });
    const host = startHost({ caller });
    await greet(host, "legacy");
    const args = { ...poll, timeout_seconds: 20 };
    host.send({ id: 9, method: "tools/call", params: { name: "observe_worker", arguments: args } });
    await waitFor(() => caller.asked.length === 1);
    host.stdin.end();
    await host.ended;
    expect(caller.asked[0]?.options.signal?.aborted).toBe(true);
  });

  test("when its host does not read any more", async () => {
    const host = startHost();
    await greet(host, "legacy");
    host.stdout.destroy(new Error("EPIPE"));
    await expect(host.ended).resolves.toBeUndefined();
  });

  test("when it is told to, without waiting for calls", async () => {
    const stop = new AbortController();
    const caller = callerDouble({ "session.observe": untilAborted });
    const host = startHost({ caller, signal: stop.signal });
    await greet(host, "legacy");
    const args = { ...poll, timeout_seconds: 20 };
    host.send({ id: 9, method: "tools/call", params: { name: "observe_worker", arguments: args } });
    await waitFor(() => caller.asked.length === 1);
    stop.abort();
    await host.ended;
    expect(caller.asked[0]?.options.signal?.aborted).toBe(true);
  });

  test("before it reads anything, when it is told to offer what is not there", async () => {
    const host = startHost({ flags: { tools: ["spawn"] } });
    await expect(host.ended).rejects.toMatchObject({
      code: "invalid_config",
      hint: "Did you mean spawn_worker?",
    });
    expect(host.replies).toEqual([]);
  });
});
