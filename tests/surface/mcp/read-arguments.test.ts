import { describe, expect, test } from "vitest";
import { placeOfCall } from "../../../src/surface/mcp/place-of-call.ts";
import { readArguments } from "../../../src/surface/mcp/read-arguments.ts";
import { tool } from "./support/manifest.ts";

function read(name: string, given: Record<string, unknown>) {
  return readArguments(tool(name), given);
}

const spawn = { provider_id: "fake", task: "Say hello", repo_path: "/r" };

describe("arguments", () => {
  test("are handed on as they are, without defaults of ours", () => {
    expect(read("spawn_worker", { ...spawn, role: "tester" })).toEqual({
      input: { ...spawn, role: "tester" },
      idempotencyKey: undefined,
      wait: undefined,
      ignored: [],
    });
  });

  test("may come in the forms models write: null, one text for a list, numbers as text", () => {
    expect(
      read("observe_worker", {
        session_id: "ap_1",
        wait_for: "turn, question",
        since: "12",
        max_lines: null,
      }).input,
    ).toEqual({
      session_id: "ap_1",
      wait_for: ["turn", "question"],
      since: 12,
      timeout_seconds: 0,
    });
    expect(read("wait_workers", { session_ids: "ap_1" }).input["session_ids"]).toEqual(["ap_1"]);
    expect(
      read("collect_worker_artifacts", { session_id: "a", close: "true" }).input["close"],
    ).toBe(true);
    expect(read("spawn_worker", { ...spawn, task: "42" }).input["task"]).toBe("42");
  });

  test("may hold lists and objects written as JSON", () => {
    const ids = (session_ids: string) => read("wait_workers", { session_ids }).input["session_ids"];
    expect(ids(' ["ap_1", "ap_2"]')).toEqual(["ap_1", "ap_2"]);
    expect(ids('["ap_1", ')).toBe('["ap_1", ');
    const spec = (text: string) => read("start_run", { kind: "pool", spec: text }).input["spec"];
    expect(spec('{"tasks": ["a, b"]}')).toEqual({ tasks: ["a, b"] });
    for (const broken of ["{tasks}", "tasks, please"]) expect(spec(broken)).toBe(broken);
    const tasks = (text: string) => read("add_tasks", { tasks: text }).input["tasks"];
    expect(tasks('[{"title": "a"}]')).toEqual([{ title: "a" }]);
    expect(tasks("a, b")).toBe("a, b");
    // what is a text stays one, whatever stands in it
    expect(read("spawn_worker", { ...spawn, task: "[1]" }).input["task"]).toBe("[1]");
  });

  test("that nobody knows are refused with the nearest name", () => {
    expect(() => read("observe_worker", { session_id: "a", timeout_second: 3 })).toThrow(
      expect.objectContaining({ code: "invalid_input", hint: "Did you mean timeout_seconds?" }),
    );
    expect(() => read("spawn_worker", { ...spawn, env: ["HOME"] })).toThrow(/no argument "env"/);
    expect(() => read("get_inventory", { colour: "red" })).toThrow(
      expect.objectContaining({ hint: "Arguments: full, include_usage." }),
    );
    expect(() => read("get_session", { session_id: "a", constructor: 1 })).toThrow(
      expect.objectContaining({ code: "invalid_input" }),
    );
  });

  test("that are missing are named; a provider is never chosen", () => {
    expect(() => read("spawn_worker", { task: "x" })).toThrow(
      expect.objectContaining({ code: "provider_required" }),
    );
    expect(() => read("spawn_worker", { provider_id: "fake", task: null })).toThrow(
      /spawn_worker needs task/,
    );
  });

  test("carry an idempotency key that is no input of the operation", () => {
    const call = read("send_worker_message", {
      session_id: "a",
      message: "m",
      idempotency_key: "k",
    });
    expect(call.idempotencyKey).toBe("k");
    expect(call.input).not.toHaveProperty("idempotency_key");
    const done = { task_id: "tk_1", token: 1, idempotency_key: "k" };
    expect(read("complete_task", done).idempotencyKey).toBe("k");
    expect(() => read("get_task", { task_id: "tk_1", idempotency_key: "k" })).toThrow(
      /no argument/,
    );
    expect(() => read("spawn_worker", { ...spawn, idempotency_key: 5 })).toThrow(
      /idempotency_key is a text/,
    );
  });
});

describe("waits", () => {
  test("are cut to what fits into one call, and say what was asked", () => {
    const wait = (given: object) => read("observe_worker", { session_id: "a", ...given });
    expect(wait({ timeout_seconds: 600 }).wait).toEqual({ requested: 600, effective: 24 });
    expect(wait({ timeout_seconds: 600 }).input["timeout_seconds"]).toBe(24);
    expect(wait({ timeout_seconds: 3 }).wait).toEqual({ requested: 3, effective: 3 });
    expect(wait({}).wait).toEqual({ requested: 0, effective: 0 });
  });

  test("of a send keep their own default of 10 s", () => {
    expect(read("send_worker_message", { session_id: "a", message: "m" }).wait).toEqual({
      requested: 10,
      effective: 10,
    });
  });

  test("that are no number are refused", () => {
    for (const timeout_seconds of [-1, "soon", Number.NaN, [1]]) {
      expect(() => read("observe_worker", { session_id: "a", timeout_seconds })).toThrow(
        expect.objectContaining({ code: "invalid_input" }),
      );
    }
  });
});

describe("arguments of the ancestors", () => {
  test("that mean the same thing here are understood", () => {
    expect(read("spawn_worker", { provider: "fake", task: "t", repo: "/r" }).input).toEqual({
      provider_id: "fake",
      task: "t",
      repo_path: "/r",
    });
    const observe = (given: object) => read("observe_worker", { session_id: "a", ...given }).input;
    expect(observe({ include_recent_log: true })["detail"]).toBe("excerpt");
    expect(observe({ include_recent_log: true, detail: "full" })["detail"]).toBe("full");
    expect(observe({ include_recent_log: false })).not.toHaveProperty("detail");
    expect(
      read("poll_worker", { session_id: "a", max_lines: 5, include_recent_log: true }).input,
    ).toEqual({ session_id: "a", max_lines: 5, detail: "excerpt" });
    expect(
      read("collect_worker_artifacts", { session_id: "a", mark_completed: true }).input,
    ).toEqual({ session_id: "a", close: true });
    expect(read("get_inventory", {}).input).toEqual({ include_usage: true });
    expect(read("get_inventory", { include_usage: false }).input).toEqual({ include_usage: false });
  });

  test("that change nothing are named in the answer", () => {
    const call = read("collect_worker_artifacts", { session_id: "a", include_diff: true });
    expect(call.ignored).toEqual(["include_diff"]);
    expect(read("terminate_worker", { session_id: "a", reason: "done" }).ignored).toEqual([
      "reason",
    ]);
  });

  test("that would promise what is not kept are refused, unless they say nothing", () => {
    expect(() => read("spawn_worker", { ...spawn, metadata: { a: 1 } })).toThrow(
      expect.objectContaining({ code: "invalid_input", hint: "Leave metadata out." }),
    );
    expect(() => read("spawn_worker", { ...spawn, runtime: "terminal-control" })).toThrow(
      /does not take runtime/,
    );
    expect(() =>
      read("send_worker_message", { session_id: "a", message: "m", submit: false }),
    ).toThrow(/does not take submit/);
    const harmless = { runtime: "tmux", metadata: {}, account: null };
    expect(read("spawn_worker", { ...spawn, ...harmless }).input).toEqual(spawn);
  });
});

test("a relative path is refused where the server stands in no project", () => {
  const check = (input: object, cwd: string) => () =>
    placeOfCall(tool("spawn_worker"), input as Record<string, unknown>, {
      cwd,
      env: { HOME: "/home/me" },
    });
  expect(check({}, "/")).toThrow(/absolute repo_path/);
  expect(check({ repo_path: "sub" }, "/home/me")).toThrow(/absolute repo_path/);
  expect(check({ repo_path: "/srv/repo" }, "/")).not.toThrow();
  expect(check({}, "/home/me/project")).not.toThrow();
  expect(() => placeOfCall(tool("list_sessions"), {}, { cwd: "/", env: {} })).not.toThrow();
});
