import { describe, expect, test } from "vitest";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import { createRelay, type RelayOptions } from "../../../src/surface/mcp/relay.ts";
import type { ProgressReport } from "../../../src/surface/mcp/progress.ts";
import { callerDouble, untilAborted, type Answer } from "./support/caller-double.ts";
import { manifest, tool } from "./support/manifest.ts";

function setUp(answers: Record<string, Answer>, options: Partial<RelayOptions> = {}) {
  const caller = callerDouble(answers);
  const relay = createRelay({
    caller,
    manifest,
    coordinator: "coord_1",
    lockdown: false,
    env: { PATH: "/bin", NOTHING: undefined },
    cwd: "/project",
    ...options,
  });
  const call = (
    name: string,
    args: Record<string, unknown> = {},
    given: { signal?: AbortSignal; progress?: ProgressReport; links?: boolean } = {},
  ) => relay.call(tool(name), args, { signal: new AbortController().signal, ...given });
  return { caller, call };
}

const spawn = { provider_id: "fake", task: "t", repo_path: "/r" };

describe("a call", () => {
  test("asks for the operation with the folder, and the environment only where it is wanted", async () => {
    const { caller, call } = setUp({ "session.spawn": () => ({}), "session.poll": () => ({}) });
    await call("spawn_worker", { ...spawn, idempotency_key: "k" });
    await call("poll_worker", { session_id: "a" });
    expect(caller.asked[0]?.request).toEqual({
      input: spawn,
      cwd: "/project",
      coordinator: "coord_1",
      env: { PATH: "/bin" },
      idempotencyKey: "k",
    });
    expect(caller.asked[1]?.request).toEqual({
      input: { session_id: "a" },
      cwd: "/project",
      coordinator: "coord_1",
    });
  });

  test("gives the output as structure and the same as compact text, and leads to more", async () => {
    const { call } = setUp({ "session.artifacts": () => ({ session_id: "a", files: [] }) });
    const result = await call("get_artifact_manifest", { session_id: "a" });
    expect(result).toEqual({
      content: [
        { type: "text", text: '{"session_id":"a","files":[]}' },
        expect.objectContaining({
          type: "resource_link",
          uri: "agentpool://sessions/a/transcript",
          mimeType: "text/plain",
        }),
        expect.objectContaining({ uri: "agentpool://sessions/a/events" }),
      ],
      structuredContent: { session_id: "a", files: [] },
    });
    const plain = await call("get_artifact_manifest", { session_id: "a" }, { links: false });
    expect(plain.content).toHaveLength(1);
  });

  test("hands out results of a megabyte without more than a host's connection takes", async () => {
    const tasks = ["a", "b", "c", "d", "e"].map((id) => ({ id, result: id.repeat(1_000_000) }));
    const { call } = setUp({ "task.wait": () => ({ outcome: "ended", tasks }) });
    const result = await call("wait_task", { task_ids: tasks.map(({ id }) => id) });
    expect(JSON.stringify(result).length).toBeLessThan(200_000);
    expect(result.structuredContent["tasks"]).toHaveLength(5);
  });

  test("fences worker text with a nonce of its own each time", async () => {
    const { call } = setUp({ "session.transcript": () => ({ text: "hi" }) });
    const texts = await Promise.all(
      [1, 2].map(async () => {
        const { structuredContent } = await call("read_worker_transcript", { session_id: "a" });
        return String(structuredContent["text"]);
      }),
    );
    for (const text of texts) {
      expect(text).toMatch(
        /^BEGIN_UNTRUSTED_WORKER_OUTPUT_([0-9a-f]{16})\nhi\nEND_UNTRUSTED_WORKER_OUTPUT_\1$/,
      );
    }
    expect(texts[0]).not.toBe(texts[1]);
  });

  test("says how long it would have waited and did, and what it did not heed", async () => {
    const { call } = setUp({
      "session.observe": () => ({ cursor: 7, outcome: "timeout" }),
      "session.collect": () => ({}),
    });
    const waited = await call("observe_worker", { session_id: "a", timeout_seconds: 90 });
    expect(waited.structuredContent).toEqual({
      cursor: 7,
      outcome: "timeout",
      requested_timeout_seconds: 90,
      effective_timeout_seconds: 24,
    });
    const collected = await call("collect_worker_artifacts", {
      session_id: "a",
      include_diff: true,
    });
    expect(collected.structuredContent).toEqual({ ignored_arguments: ["include_diff"] });
  });
});

describe("a failure", () => {
  test("is a result with code, reason and next step, as text and as structure", async () => {
    const { call } = setUp({
      "session.spawn": () => {
        throw new AgentpoolError("provider_not_found", 'No provider "codx"', {
          hint: "Did you mean codex-cli?",
          details: { known: ["codex-cli"] },
        });
      },
    });
    const result = await call("spawn_worker", spawn);
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toEqual({
      error: {
        code: "provider_not_found",
        message: 'No provider "codx"',
        hint: "Did you mean codex-cli? get_inventory lists the providers.",
        details: { known: ["codex-cli"] },
      },
    });
    expect(result.content[0]).toHaveProperty(
      "text",
      'provider_not_found: No provider "codx"\n' +
        "next: Did you mean codex-cli? get_inventory lists the providers.",
    );
  });

  test("of any other kind is an internal error, not a broken connection", async () => {
    const { call } = setUp({});
    const result = await call("get_inventory");
    expect(result.structuredContent).toMatchObject({ error: { code: "internal" } });
  });

  test("that quotes the worker is fenced where it does", async () => {
    const { call } = setUp({
      "session.answer": () => {
        throw new AgentpoolError("option_not_found", "Prompt pr_1 does not offer that", {
          why: 'It offers: "obey me".',
          hint: 'agentpool answer ap_1 --prompt pr_1 --option "<label>"',
          details: { options: ["obey me"], prompt_id: "pr_1", n: 2 },
        });
      },
    });
    const { structuredContent } = await call("answer_worker", { session_id: "a", option: "b" });
    const { error } = structuredContent as {
      error: { why: string; hint: string; details: { options: string[] } };
    };
    expect(error.why).toMatch(/^BEGIN_UNTRUSTED_WORKER_OUTPUT_/);
    expect(error.details.options[0]).toMatch(/^BEGIN_UNTRUSTED_WORKER_OUTPUT_/);
    expect(error.details).toMatchObject({ prompt_id: "pr_1", n: 2 });
    expect(error.hint).toBe("Give answer_worker the label of one of the options.");
  });

  test("that quotes the worker keeps only its meaning under lockdown", async () => {
    const { call } = setUp(
      {
        "session.answer": () => {
          throw new AgentpoolError("prompt_changed", "secret", {
            why: "secret",
            details: { open: "secret" },
          });
        },
      },
      { lockdown: true },
    );
    const result = await call("answer_worker", { session_id: "a", option: "b" });
    expect(JSON.stringify(result)).not.toContain("secret");
    expect(result.structuredContent).toEqual({
      error: {
        code: "prompt_changed",
        message: "The dialog is not the one the answer was meant for; nothing was typed.",
        hint: "observe_worker shows what it asks now.",
      },
    });
  });
});

describe("a call that is cancelled", () => {
  test("gives up a wait", async () => {
    const { caller, call } = setUp({ "session.observe": untilAborted });
    const stop = new AbortController();
    const result = call("observe_worker", { session_id: "a" }, { signal: stop.signal });
    stop.abort();
    expect((await result).isError).toBe(true);
    expect(caller.asked[0]?.options.signal?.aborted).toBe(true);
  });

  test.each([
    ["claim_task", "task.claim", { timeout_seconds: 20 }],
    ["acquire_file_lease", "lease.acquire", { files: ["a"], agent: "me", timeout_seconds: 20 }],
  ])("is given nothing by %s any more", async (name, operation, args) => {
    const { caller, call } = setUp({ [operation]: untilAborted });
    const stop = new AbortController();
    const result = call(name, args, { signal: stop.signal });
    stop.abort();
    expect((await result).structuredContent).toMatchObject({ error: { code: "interrupted" } });
    expect(caller.asked[0]?.options.signal?.aborted).toBe(true);
  });

  test("lets what changes something go on", async () => {
    let finish: (output: unknown) => void = () => undefined;
    const { caller, call } = setUp({
      "session.spawn": () => new Promise((resolve) => (finish = resolve)),
    });
    const stop = new AbortController();
    const result = call("spawn_worker", spawn, { signal: stop.signal });
    stop.abort();
    expect((await result).structuredContent).toMatchObject({ error: { code: "interrupted" } });
    expect(caller.asked[0]?.options.signal).toBeUndefined();
    finish({});
  });
});

describe("a call that takes too long", () => {
  test("is answered at the limit; a wait is given up", async () => {
    const { caller, call } = setUp({ "session.observe": untilAborted }, { callLimitMs: 20 });
    const result = await call("observe_worker", { session_id: "a", timeout_seconds: 5 });
    expect(result.structuredContent).toMatchObject({ error: { code: "wait_timed_out" } });
    expect(caller.asked[0]?.options.signal?.aborted).toBe(true);
  });

  test("goes on when it changes something, and the same call again gets its outcome", async () => {
    let finish: (output: unknown) => void = () => undefined;
    const { caller, call } = setUp(
      { "session.spawn": () => new Promise((resolve) => (finish = resolve)) },
      { callLimitMs: 20 },
    );
    const first = await call("spawn_worker", spawn);
    expect(first.structuredContent).toMatchObject({ error: { code: "wait_timed_out" } });
    const second = call("spawn_worker", spawn);
    finish({ session_id: "ap_1" });
    expect((await second).structuredContent).toEqual({ session_id: "ap_1" });
    expect(caller.asked).toHaveLength(1);
    // its outcome was told: the next one is a new call
    void call("spawn_worker", spawn);
    expect(caller.asked).toHaveLength(2);
    finish({});
  });

  test("keeps its outcome for a third call when the second is cancelled", async () => {
    let finish: (output: unknown) => void = () => undefined;
    const { caller, call } = setUp(
      { "session.spawn": () => new Promise((resolve) => (finish = resolve)) },
      { callLimitMs: 20 },
    );
    await call("spawn_worker", spawn);
    const stop = new AbortController();
    const second = call("spawn_worker", spawn, { signal: stop.signal });
    stop.abort();
    expect((await second).structuredContent).toMatchObject({ error: { code: "interrupted" } });
    finish({ session_id: "ap_1" });
    const third = await call("spawn_worker", spawn);
    expect(third.structuredContent).toEqual({ session_id: "ap_1" });
    expect(caller.asked).toHaveLength(1);
  });

  test("keeps its outcome for the caller when it ends in between", async () => {
    let finish: (output: unknown) => void = () => undefined;
    const { caller, call } = setUp(
      { "session.collect": () => new Promise((resolve) => (finish = resolve)) },
      { callLimitMs: 20 },
    );
    await call("collect_worker_artifacts", { session_id: "a" });
    finish({ artifact_dir: "/there" });
    const again = await call("collect_worker_artifacts", { session_id: "a" });
    expect(again.structuredContent).toEqual({ artifact_dir: "/there" });
    expect(caller.asked).toHaveLength(1);
  });
});
