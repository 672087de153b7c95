import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { person } from "../../src/domain/principal.ts";
import { operations } from "../../src/operations/index.ts";
import { agentActs, boardActs } from "../support/audited-acts.ts";
import { openHome } from "../support/home.ts";
import { decide, makeEvent } from "../support/records.ts";
import { makeSession } from "../support/session.ts";

interface Page {
  readonly events: readonly { readonly seq: number; readonly type: string }[];
  readonly cursor: number;
  readonly has_more: boolean;
}

test("whoever changes something is told of in exactly one event, also when it is asked for twice", async () => {
  const home = await openHome();
  const query = (input: object): Promise<Page> => home.ask<Page>("event.query", { ...input });
  let seen = (await query({})).cursor;
  const news = async (): Promise<string[]> => {
    const page = await query({ after: seen });
    seen = page.cursor;
    return page.events.map(({ type }) => type);
  };
  const told = async (name: string, input: object): Promise<string[]> => {
    await home.ask(name, { ...input });
    return news();
  };
  const refused = async (name: string, input: object, code: string): Promise<string[]> => {
    await expect(home.ask(name, { ...input })).rejects.toMatchObject({ code });
    return news();
  };
  const agent = "ci";

  expect(await told("agent.register", { name: "ci" })).toEqual(["agent_registered"]);
  expect(await told("agent.register", { name: "bob" })).toEqual(["agent_registered"]);
  expect(await told("agent.heartbeat", { name: "bob", note: "x" })).toEqual([]);
  const ask = (subject: string) =>
    home.ask<{ approval: { id: string } }>("approval.request", { subject, agent });
  const { id } = (await ask("Push")).approval;
  expect(await news()).toEqual(["approval_requested"]);
  expect(await told("session.approve", { session_id: id })).toEqual(["approval_approved"]);
  expect(await told("approval.approve", { approval_id: id })).toEqual([]);
  expect(await refused("session.deny", { session_id: id }, "approval_over")).toEqual([]);
  const second = (await ask("Deploy")).approval;
  expect(await told("approval.cancel", { approval_id: second.id })).toEqual([
    "approval_requested",
    "approval_cancelled",
  ]);
  expect(await told("message.send", { to: "bob", body: "one", agent })).toEqual(["message_sent"]);
  const nobody = { to: "nobody", body: "one", agent };
  expect(await refused("message.send", nobody, "recipient_not_found")).toEqual([]);
  expect(await told("message.check", { agent: "bob" })).toEqual(["message_delivered"]);
  expect(await told("message.check", { agent: "bob" })).toEqual([]);
  expect(await told("message.ack", { through: 9, agent: "bob" })).toEqual(["message_acked"]);
  expect(await told("message.ack", { through: 9, agent: "bob" })).toEqual([]);
  expect(await told("thread.open", { title: "T", body: "first", agent })).toEqual([
    "thread_opened",
    "message_sent",
  ]);
  expect(await told("thread.resolve", { thread_id: "@last" })).toEqual(["thread_resolved"]);
  expect(await told("thread.resolve", { thread_id: "@last" })).toEqual([]);
  expect(await told("decision.log", { decision: "Keep it", agent })).toEqual(["decision_logged"]);
  expect(await told("agent.leave", { name: "bob" })).toEqual(["agent_left"]);

  const some = await query({ types: ["approval_*", "decision_logged"], grep: "keep IT" });
  expect(some.events).toMatchObject([{ type: "decision_logged", decision: "Keep it" }]);
  const pages: number[] = [];
  for (let after = 0, more = true; more;) {
    const page = await query({ after, limit: 4 });
    pages.push(...page.events.map(({ seq }) => seq));
    ({ cursor: after, has_more: more } = page);
  }
  expect(pages).toEqual(Array.from({ length: seen }, (_, i) => i + 1));
});

test("an agent with a toolset is told of itself and of its run, and of nobody else", async () => {
  const home = await openHome();
  const agents = [
    { id: "ap_00000000000a", toolset: "worker", runId: "rn_1" },
    { id: "ap_00000000000b", toolset: "worker", runId: null },
    { id: "ap_00000000000c", toolset: null, runId: null },
  ] as const;
  await home.app.store.commit(
    decide({
      writes: agents.map((fields) => ({ noun: "session", insert: makeSession(fields) })),
      events: [
        ...agents.map(({ id }) => makeEvent({ sessionId: id })),
        makeEvent({ sessionId: null, runId: "rn_1" }),
        makeEvent({ sessionId: null, runId: "rn_2" }),
        makeEvent({ sessionId: null }),
      ],
    }),
  );
  const type = makeEvent().body.type;
  const told = async (sessionId: string, input: object = {}): Promise<number[]> => {
    const asker = home.as({ kind: "session", sessionId });
    const where = { input: { types: [type], ...input }, env: {}, cwd: home.folder };
    return ((await asker.call("event.query", where)) as Page).events.map(({ seq }) => seq);
  };
  const [inRun, alone, free] = agents.map(({ id }) => id) as [string, string, string];
  const all = await told(free);
  expect(all).toHaveLength(6);
  expect(await told(inRun)).toEqual([all[0], all[3]]);
  expect(await told(alone)).toEqual([all[1]]);
  await expect(told(inRun, { session_id: alone })).rejects.toMatchObject({ code: "other_run" });
});

test("a query begins and ends where it is told to, and says what retention took", async () => {
  const clock = { now: Date.parse("2026-01-01T00:00:00Z") };
  const home = await openHome({ now: () => clock.now });
  const log = async (decision: string): Promise<void> => {
    clock.now += 3_600_000;
    await home.ask("decision.log", { decision });
  };
  for (const word of ["one", "two", "three", "four"]) await log(word);
  const found = async (input: object): Promise<unknown[]> =>
    (
      await home.ask<{ events: { decision: string }[] }>("event.query", {
        types: ["decision_logged"],
        ...input,
      })
    ).events.map(({ decision }) => decision);

  expect(await found({ since: "2h" })).toEqual(["two", "three", "four"]);
  expect(await found({ since: "2026-01-01T02:00Z", until: "1h" })).toEqual(["two"]);
  expect(await found({ limit: 1 })).toEqual(["one"]);
  expect(await found({ run_id: "rn_00000000000000000" })).toEqual([]);
  await expect(found({ run_id: "rn_none" })).rejects.toMatchObject({ code: "run_not_found" });

  await home.app.store.prune({ eventsMs: 2 * 3_600_000 + 1, observationsPerSession: 9 }, clock.now);
  const rest = await home.ask<{ removed_through: number }>("event.query", {});
  expect(rest.removed_through).toBeGreaterThan(0);
  expect(await found({})).toEqual(["two", "three", "four"]);
});

interface Told {
  readonly events: readonly { readonly type: string; readonly by?: string }[];
  readonly cursor: number;
}

test("every operation that changes something is tried below, or with an agent", () => {
  const changing = operations.filter(({ effect }) => effect !== "read").map(({ name }) => name);
  expect([...Object.keys(boardActs), ...Object.keys(agentActs)].toSorted()).toEqual(
    changing.toSorted(),
  );
});

test("each act is told of in its event once, and not again when the request comes again", async () => {
  const home = await openHome();
  mkdirSync(dirname(home.home.config), { recursive: true });
  // runs and groups begin, and have no room
  writeFileSync(home.home.config, "providers: { fake: { max_parallel: 0 } }\n");
  let cursor = 0;
  const news = async (): Promise<string[]> => {
    const page = await home.ask<Told & Record<string, unknown>>("event.query", {
      after: cursor,
      limit: 5_000,
    });
    ({ cursor } = page);
    // what follows by itself, in its own time
    const isAsked = ({ by = "" }: Told["events"][number]): boolean => !/^(?:run|system):/.test(by);
    return page.events.filter(isAsked).map(({ type }) => type);
  };

  const found: Record<string, unknown> = {};
  const wanted: Record<string, unknown> = {};
  for (const [name, act] of Object.entries(boardActs)) {
    if (act.input === null) continue;
    const input = { ...(await act.input(home)) };
    await news();
    await home.ask(name, input, { key: name });
    const told = await news();
    await home.ask(name, input, { key: name }).catch(() => undefined);
    found[name] = { told, again: await news() };
    wanted[name] = { told: act.told, again: act.again ?? [] };
  }

  expect(found).toEqual(wanted);
});

test("a decision is logged once for a key, and another reason under it is refused", async () => {
  const home = await openHome();
  const log = (reason: string) => {
    const input = { decision: "Keep it", reason };
    return home.as(person).call("decision.log", { input, idempotencyKey: "k" });
  };
  expect(await log("others call it")).toEqual(await log("others call it"));
  await expect(log("it is short")).rejects.toMatchObject({ code: "idempotency_conflict" });
});
