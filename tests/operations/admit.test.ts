import { expect, test } from "vitest";
import { nameIn, toolsOf } from "../../src/domain/toolset.ts";
import type { Session } from "../../src/domain/session.ts";
import { admit } from "../../src/operations/admit.ts";
import { operations } from "../../src/operations/index.ts";
import type { Store } from "../../src/store/store.ts";
import { appDouble } from "../support/app-double.ts";
import { makeSession } from "../support/session.ts";

const own = "ap_00000000000a";
const other = "ap_00000000000b";

function setUp(fields: Partial<Session> = {}, others: Partial<Session> = {}) {
  const double = appDouble();
  const commit: Store["commit"] = async ({ events }) => {
    double.memory.commit(...events.map(({ sessionId, body }) => ({ session: sessionId, body })));
    return { ok: true, events: [] };
  };
  const store = new Proxy(double.app.store, {
    get: (target, name) => (name === "commit" ? commit : Reflect.get(target, name)),
  });
  const app = { ...double.app, store };
  double.memory.sessions.push(
    makeSession({ id: own, name: "me", state: "idle", ...fields }),
    makeSession({ id: other, name: "you", state: "idle", ...others }),
  );
  const ask = (name: string, input: object = {}) => {
    const operation = operations.find((one) => one.name === name);
    if (!operation) throw new Error(`no operation ${name}`);
    const principal = { kind: "session", sessionId: own } as const;
    return admit(operation, { app, principal }, input);
  };
  const refusals = (): unknown[] =>
    double.memory.events.flatMap(({ body }) => (body.type === "tool_refused" ? [body] : []));
  return { ask, refusals, app };
}

test("everybody who is no session may ask for everything", async () => {
  const { app } = setUp();
  for (const operation of operations) {
    const input = { agent: "x", run_id: "rn_1" };
    const admitted = admit(operation, { app, principal: { kind: "person" } }, input);
    await expect(admitted).resolves.toBeUndefined();
  }
});

test("a session without a toolset is refused nothing but to be somebody else", async () => {
  const { ask, refusals } = setUp();
  for (const { name } of operations) await ask(name);
  await ask("lease.acquire", { session_id: "me" });
  await ask("session.send", { session_id: other });
  await expect(ask("lease.acquire", { agent: "rex" })).rejects.toMatchObject({
    code: "policy_blocked",
    details: { policy: "acts_as_itself" },
  });
  await expect(ask("lease.release", { session_id: "you" })).rejects.toMatchObject({
    code: "policy_blocked",
  });
  expect(refusals()).toEqual([]);
});

test("a worker has the tools of its toolset, reads about itself, and the rest is refused and recorded", async () => {
  const { ask, refusals } = setUp({ toolset: "worker" });
  await ask("lease.acquire");
  await ask("lease.list", { agent: "rex" });
  await ask("session.show", { session_id: "me" });
  expect(refusals()).toEqual([]);

  const refused = ["session.spawn", "session.list", "supervisor.stop", "session.keys"];
  for (const name of refused) {
    await expect(ask(name)).rejects.toMatchObject({ code: "tool_refused" });
  }
  await expect(ask("session.show", { session_id: other })).rejects.toMatchObject({
    code: "tool_refused",
  });
  await expect(ask("session.terminate", { session_id: own })).rejects.toMatchObject({
    code: "tool_refused",
  });
  await expect(ask("lease.acquire", { agent: "rex" })).rejects.toMatchObject({
    code: "policy_blocked",
  });
  expect(refusals()).toMatchObject([
    ...refused.map((operation) => ({ operation, toolset: "worker", code: "tool_refused" })),
    { operation: "session.show" },
    { operation: "session.terminate" },
    { operation: "lease.acquire", code: "policy_blocked" },
  ]);
});

test("a lead acts on whom it started and on its run, and on nobody else", async () => {
  const byMe = `session:${own}`;
  await setUp({ toolset: "lead" }, { author: byMe }).ask("session.send", { session_id: other });
  await setUp({ toolset: "lead", runId: "rn_1" }, { runId: "rn_1" }).ask("session.terminate", {
    session_id: "you",
  });
  for (const [mine, theirs] of [
    [null, null],
    [null, "rn_2"],
    ["rn_1", "rn_2"],
    ["rn_1", null],
  ] as const) {
    const { ask, refusals } = setUp({ toolset: "lead", runId: mine }, { runId: theirs });
    await expect(ask("session.terminate", { session_id: other })).rejects.toMatchObject({
      code: "other_run",
    });
    expect(refusals()).toMatchObject([{ operation: "session.terminate", code: "other_run" }]);
  }
  const { ask } = setUp({ toolset: "lead" });
  await ask("session.spawn");
  for (const name of ["session.keys", "session.answer", "worktree.cleanup"]) {
    await expect(ask(name)).rejects.toMatchObject({ code: "tool_refused" });
  }
});

test("of what happened, a session with a toolset may name itself and its run", async () => {
  const { ask } = setUp({ toolset: "worker", runId: "rn_1" }, { runId: "rn_1" });
  await ask("event.query");
  await ask("event.query", { session_id: "me", run_id: "rn_1" });
  await ask("event.query", { session_id: other });
  const alone = setUp({ toolset: "worker" });
  await alone.ask("event.query", { session_id: own });
  for (const [input, theirs] of [
    [{ session_id: other }, null],
    [{ session_id: other }, "rn_2"],
    [{ run_id: "rn_2" }, "rn_2"],
  ] as const) {
    const set = setUp({ toolset: "worker", runId: "rn_1" }, { runId: theirs });
    await expect(set.ask("event.query", input)).rejects.toMatchObject({ code: "other_run" });
    expect(set.refusals()).toMatchObject([{ operation: "event.query", code: "other_run" }]);
  }
});

test("whatever a lead asks for beyond its own tools is refused, each with its event", async () => {
  const { ask, refusals } = setUp({ toolset: "lead" });
  const beyond = operations.filter(
    ({ name, toolset, mcp }) =>
      !["worker", "lead"].includes(toolset) &&
      nameIn("lead", { operation: name, tool: mcp?.tool ?? "", aliases: mcp?.aliases ?? [] }) ===
        undefined,
  );
  expect(beyond.length).toBeGreaterThan(40);
  for (const { name } of beyond) {
    await expect(ask(name), name).rejects.toMatchObject({ code: "tool_refused" });
  }
  expect(refusals()).toMatchObject(
    beyond.map(({ name }) => ({ operation: name, toolset: "lead", code: "tool_refused" })),
  );
});

test("a worker cannot name the run of others", async () => {
  const { ask } = setUp({ toolset: "worker", runId: "rn_1" });
  await ask("lease.list", { run_id: "rn_1" });
  await expect(ask("lease.list", { run_id: "rn_2" })).rejects.toMatchObject({ code: "other_run" });
});

test("no tool is in a toolset twice, and a lead has all that a worker has", () => {
  for (const names of Object.values(toolsOf)) expect(new Set(names).size).toBe(names.length);
  expect(toolsOf.lead).toEqual(expect.arrayContaining([...toolsOf.worker]));
  const spawn = { operation: "session.spawn", tool: "spawn_worker", aliases: [] };
  expect([nameIn("worker", spawn), nameIn("lead", spawn)]).toEqual([undefined, "spawn_agent"]);
});
