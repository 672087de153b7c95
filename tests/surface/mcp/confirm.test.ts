import { describe, expect, test } from "vitest";
import type { SessionToolset } from "../../../src/domain/toolset.ts";
import { waitFor } from "../../support/wait.ts";
import { callerDouble } from "./support/caller-double.ts";
import { greet, initializeParams, modern, startHost, type Reply } from "./support/host.ts";

const id = "ap_1";
const force = { session_id: id, force: true };

function setUp(state = "running", toolset?: SessionToolset) {
  const caller = callerDouble({
    "session.show": () => ({ session: { id, state } }),
    "session.terminate": () => ({ session_id: id, ok: true }),
    "worktree.cleanup": () => ({ session_id: id, removed: true }),
    "run.cancel": () => ({ run: { run_id: "rn_1" }, dry_run: false }),
    "workers.stop": () => ({ workers: { name: "w" }, settled: true }),
    "approval.approve": () => ({ ok: true, approval: { id: "av_1" }, dry_run: false }),
  });
  const toolsets = ["default", "worktrees", "runs", "approvals"];
  const host = startHost({ caller, flags: { toolsets }, ...(toolset ? { toolset } : {}) });
  const acted = () => caller.asked.filter((one) => one.name !== "session.show");
  return { host, acted };
}

/** A host that has a person before it who gives this answer to every question. */
async function withPerson(answer: object, state?: string) {
  const { host, acted } = setUp(state);
  await greet(host, "legacy");
  const asked: Reply[] = [];
  const call = async (name: string, args: object): Promise<Reply> => {
    const before = host.replies.filter((one) => one.method === "elicitation/create").length;
    const answered = host.request("tools/call", { name, arguments: args });
    void waitFor(() => {
      const question = host.replies.filter((one) => one.method === "elicitation/create")[before];
      if (!question) return false;
      asked.push(question);
      host.send({ id: question.id, result: answer } as never);
      return true;
    }).catch(() => undefined);
    return answered;
  };
  return { call, asked, acted };
}

describe("a host that can ask its user", () => {
  test("asks before a worker is ended in the middle of its work, and goes ahead after a yes", async () => {
    const { call, asked, acted } = await withPerson({ action: "accept", content: { yes: true } });
    const { result } = await call("terminate_worker", { session_id: id });
    expect(result.structuredContent).toMatchObject({ ok: true });
    expect(asked[0]?.params).toMatchObject({
      message: expect.stringContaining("ap_1") as string,
      requestedSchema: { required: ["yes"] },
    });
    expect(acted().map((one) => one.name)).toEqual(["session.terminate"]);
    expect(acted()[0]?.request.input).toEqual({ session_id: id });
  });

  test.each([
    ["cancel_run", { run_id: "rn_1" }, "run.cancel"],
    ["stop_workers", { workers: "w" }, "workers.stop"],
    ["approve_plan", { approval_id: "av_1" }, "approval.approve"],
  ])("asks before %s, and names what it is about", async (tool, args, operation) => {
    const { call, asked, acted } = await withPerson({ action: "accept", content: { yes: true } });
    await call(tool, args);
    expect(asked[0]?.params).toMatchObject({
      message: expect.stringContaining(Object.values(args)[0] ?? "") as string,
    });
    expect(acted()).toMatchObject([{ name: operation, request: { input: args } }]);

    const refused = await withPerson({ action: "decline" });
    const { result } = await refused.call(tool, args);
    expect(result.structuredContent.error.code).toBe("confirmation_refused");
    expect(refused.acted()).toEqual([]);
  });

  test.each([
    ["says no", { action: "decline" }],
    ["leaves the box empty", { action: "accept", content: { yes: false } }],
  ])("does nothing when the user %s, whatever the model says", async (_, answer) => {
    const { call, acted } = await withPerson(answer);
    const { result } = await call("cleanup_worktree", { ...force, confirm: true });
    expect(result.structuredContent.error.code).toBe("confirmation_refused");
    expect(acted()).toEqual([]);
  });

  test("that dismisses every question is taken like one that cannot ask", async () => {
    const { call, acted } = await withPerson({ action: "cancel" });
    const first = await call("cleanup_worktree", force);
    expect(first.result.structuredContent.error.code).toBe("confirmation_required");
    const second = await call("cleanup_worktree", { ...force, confirm: true });
    expect(second.result.structuredContent).toMatchObject({ removed: true });
    expect(acted()).toHaveLength(1);
  });

  test("of the modern era is handed the question and calls again with the answer", async () => {
    const { host, acted } = setUp();
    const meta = {
      _meta: { "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} } } },
    };
    const params = { name: "terminate_worker", arguments: { session_id: id } };
    const first = await host.request("tools/call", modern({ ...params, ...meta }));
    expect(first.result).toMatchObject({
      resultType: "input_required",
      inputRequests: { confirm: { method: "elicitation/create" } },
    });
    expect(acted()).toEqual([]);
    const yes = { confirm: { action: "accept", content: { yes: true } } };
    const again = modern({ ...params, ...meta, inputResponses: yes });
    const second = await host.request("tools/call", again);
    expect(second.result.structuredContent).toMatchObject({ ok: true });
    expect(acted()).toHaveLength(1);
  });
});

describe("a host that cannot", () => {
  const plain = { ...initializeParams, capabilities: {} };

  test("is told to ask, and its confirm: true is believed", async () => {
    const { host, acted } = setUp();
    await host.request("initialize", plain);
    const call = async (args: object) =>
      (await host.request("tools/call", { name: "terminate_worker", arguments: args })).result;
    const refused = await call({ session_id: id });
    expect(refused.isError).toBe(true);
    expect(refused.structuredContent.error).toMatchObject({
      code: "confirmation_required",
      hint: expect.stringContaining("confirm: true") as string,
    });
    expect(acted()).toEqual([]);
    expect((await call({ session_id: id, confirm: true })).structuredContent.ok).toBe(true);
    expect(acted()).toHaveLength(1);
  });

  test.each([
    ["an idle worker is ended", "terminate_worker", { session_id: id }, "idle"],
    [
      "it only looks what would end",
      "terminate_worker",
      { session_id: id, dry_run: true },
      "running",
    ],
    ["nothing uncommitted may go", "cleanup_worktree", { session_id: id }, "idle"],
  ])("needs no yes when %s", async (_, name, args, state) => {
    const { host, acted } = setUp(state);
    await host.request("initialize", plain);
    const { result } = await host.request("tools/call", { name, arguments: args });
    expect(result.isError).toBeUndefined();
    expect(acted()).toHaveLength(1);
  });

  test("of a lead decides plans by the rules of its run, and needs no yes for that", async () => {
    const { host, acted } = setUp("running", "lead");
    await host.request("initialize", plain);
    const decided = { name: "approve_plan", arguments: { approval_id: "av_1" } };
    const { result } = await host.request("tools/call", decided);
    expect(result.isError).toBeUndefined();
    expect(acted()).toMatchObject([{ name: "approval.approve" }]);
  });
});
