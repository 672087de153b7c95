import { expect, test } from "vitest";
import { isScheduled } from "../../src/domain/attempt-key.ts";
import { person, type Principal } from "../../src/domain/principal.ts";
import type { Session } from "../../src/domain/session.ts";
import type { Claim } from "../../src/domain/task.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { decide, makeApproval, makePrompt, makeRun, makeWorkerGroup } from "../support/records.ts";
import { makeSession, t0 } from "../support/session.ts";

const lead = "ap_00000000000a";
const worker = "ap_00000000000b";
const stranger = "ap_00000000000c";
const free = "ap_00000000000d";
const reviewer = "ap_00000000000e";
const ownRun = "rn_1";
const otherRun = "rn_2";

const of = (sessionId: string): Principal => ({ kind: "session", sessionId });

/** Sessions of two runs and of none, of which only the rows are there. */
async function setUp(by: "person" | "lead" = "person"): Promise<TestHome> {
  const home = await openHome();
  const rows: Partial<Session>[] = [
    { id: lead, toolset: "lead", runId: ownRun },
    { id: worker, toolset: "worker", runId: ownRun },
    { id: reviewer, toolset: null, runId: ownRun },
    { id: stranger, toolset: "worker", runId: otherRun },
    { id: free, toolset: "worker", runId: null },
  ];
  const runs = [ownRun, otherRun].map((id) =>
    makeRun({ id, state: "cancelled", endedAt: 1, spec: { approval: { by } } }),
  );
  await home.app.store.commit(
    decide({
      writes: [
        ...runs.map((insert) => ({ noun: "run", insert }) as const),
        ...rows.map((row) => {
          const insert = makeSession({
            author: row.runId === null ? "person" : `run:${row.runId}`,
            ...row,
            state: "completed",
            endedAt: 1,
          });
          return { noun: "session", insert } as const;
        }),
      ],
    }),
  );
  return home;
}

async function open(home: TestHome, fields: Parameters<typeof makeApproval>[0]): Promise<string> {
  const createdAt = Date.now();
  const insert = makeApproval({ createdAt, expiresAt: createdAt + 600_000, ...fields });
  await home.app.store.commit(decide({ writes: [{ noun: "approval", insert }] }));
  return insert.id;
}

const call = (home: TestHome, by: Principal, name: string, input: Record<string, unknown>) =>
  home.as(by).call(name, { input, env: {}, cwd: home.folder });

const approve = (home: TestHome, by: Principal, id: string) =>
  call(home, by, "approval.approve", { approval_id: id });

test("a lead decides what its own run's workers ask, and nothing of other runs or of nobody's", async () => {
  const home = await setUp();
  const asked = async (by: Principal) =>
    (
      (await call(home, by, "approval.request", { subject: "Push" })) as {
        approval: { id: string };
      }
    ).approval.id;
  const [own, foreign, alone] = [
    await asked(of(worker)),
    await asked(of(stranger)),
    await asked(person),
  ];
  for (const id of [foreign, alone]) {
    await expect(approve(home, of(lead), id)).rejects.toMatchObject({ code: "other_run" });
  }
  const waiting = call(home, of(worker), "approval.wait", { approval_id: foreign });
  await expect(waiting).rejects.toMatchObject({ code: "other_run" });
  // of what it sees: the newest of the home is another's, and the beginning of both ids fits one
  const seen = { ok: true, approval: { id: own } };
  await expect(approve(home, of(lead), "@last")).resolves.toMatchObject(seen);
  for (const id of ["@last", foreign.slice(0, -1)]) {
    await expect(approve(home, of(lead), id)).rejects.toMatchObject({ code: "approval_not_found" });
  }

  const { events } = await home.ask<{ events: { operation: string; code: string }[] }>(
    "event.query",
    { types: ["tool_refused"] },
  );
  expect(events.map(({ operation, code }) => `${operation} ${code}`)).toEqual([
    ...Array.from({ length: 2 }, () => "approval.approve other_run"),
    "approval.wait other_run",
  ]);
});

test("the newest run is to a lead its own, however the run is named, and never another", async () => {
  const home = await setUp();
  const [own, newer] = ["rn_00000001aaaaaaaaa", "rn_00000002bbbbbbbbb"];
  const me = "ap_00000000000f";
  const run = { kind: "pool", state: "cancelled", endedAt: 1 } as const;
  const session = { id: me, toolset: "lead", runId: own, state: "completed", endedAt: 1 } as const;
  await home.app.store.commit(
    decide({
      writes: [
        { noun: "run", insert: makeRun({ ...run, id: own, name: "page" }) },
        { noun: "run", insert: makeRun({ ...run, id: newer, createdAt: t0 + 1 }) },
        { noun: "session", insert: makeSession(session) },
      ],
    }),
  );
  const show = (by: Principal, input: Record<string, unknown> = {}) =>
    call(home, by, "run.show", input);

  for (const input of [{}, ...["@last", "page", own.slice(0, -4)].map((id) => ({ run_id: id }))]) {
    await expect(show(of(me), input)).resolves.toMatchObject({ run: { id: own } });
  }
  await expect(show(person)).resolves.toMatchObject({ run: { id: newer } });
  for (const input of [{ run_id: newer }, { run_id: "rn_" }]) {
    await expect(show(of(me), input)).rejects.toMatchObject({ code: "other_run" });
  }
  for (const name of ["run.report", "run.pause"]) {
    await expect(call(home, of(me), name, {})).rejects.toMatchObject({ code: "tool_refused" });
  }
  await expect(call(home, of(me), "run.cancel", { run_id: "@last" })).rejects.toMatchObject({
    code: "tool_refused",
  });
});

test("a lead answers no dialog of a session that is neither its own nor of its run", async () => {
  const home = await setUp();
  const prompt = makePrompt({ sessionId: stranger });
  await home.app.store.commit(decide({ writes: [{ noun: "prompt", insert: prompt }] }));
  await expect(approve(home, of(lead), prompt.id)).rejects.toMatchObject({ code: "other_run" });
});

test("what a run asks a person is decided by none of its own agents, and by its lead where that was said", async () => {
  const gate = { id: "av_gate", runId: ownRun, key: "plan-1", requestedBy: "session:ap_planner" };
  const forPerson = await setUp("person");
  const id = await open(forPerson, gate);
  for (const by of [lead, reviewer]) {
    await expect(approve(forPerson, of(by), id)).rejects.toMatchObject({
      code: "policy_blocked",
      details: { policy: "approval_of_run" },
    });
  }
  await expect(approve(forPerson, person, id)).resolves.toMatchObject({ ok: true });

  const forLead = await setUp("lead");
  const same = await open(forLead, gate);
  await expect(approve(forLead, of(reviewer), same)).rejects.toMatchObject({
    code: "policy_blocked",
  });
  await expect(approve(forLead, of(lead), same)).resolves.toMatchObject({ ok: true });
});

test("no agent stands for the person a gate is for, and nobody decides for whom they act", async () => {
  const home = await setUp("person");
  // whom its agents or the agent that began it started, and an agent of nobody
  const [starter, helper, heir, other] = ["1", "2", "3", "4"].map((n) => `ap_00000000002${n}`);
  const run = makeRun({ id: "rn_3", author: `session:${starter}`, state: "cancelled", endedAt: 1 });
  const group = makeWorkerGroup({ id: "wk_1", author: `session:${starter}`, state: "stopped" });
  const rows: Partial<Session>[] = [
    { id: starter as string, author: "person" },
    { id: helper as string, author: `session:${reviewer}` },
    { id: heir as string, author: "run:rn_3", runId: "rn_3" },
    { id: other as string, author: "person" },
    { id: "ap_000000000025", author: "system:workers:wk_1" },
  ];
  await home.app.store.commit(
    decide({
      writes: [
        { noun: "run", insert: run },
        { noun: "workers", insert: group },
        ...rows.map((row) => {
          const insert = makeSession({ ...row, state: "completed", endedAt: 1 });
          return { noun: "session", insert } as const;
        }),
      ],
    }),
  );
  const requestedBy = "session:ap_planner";
  const gate = await open(home, { id: "av_gate", runId: ownRun, key: "plan-1", requestedBy });
  const nested = await open(home, { id: "av_nested", runId: "rn_3", key: "plan-1", requestedBy });
  for (const id of [gate, nested]) {
    for (const by of [reviewer, helper, starter, heir, other]) {
      await expect(approve(home, of(by as string), id)).rejects.toMatchObject({
        code: "policy_blocked",
        details: { policy: "approval_of_run" },
      });
    }
  }

  // what the starter asks is decided neither by its run's agents nor by its group's workers
  const asked = await call(home, of(starter as string), "approval.request", { subject: "Push" });
  const { id } = (asked as { approval: { id: string } }).approval;
  for (const by of [heir as string, "ap_000000000025", starter as string]) {
    await expect(approve(home, of(by), id)).rejects.toMatchObject({ code: "own_approval" });
  }
  const prompt = makePrompt({ sessionId: starter as string });
  await home.app.store.commit(decide({ writes: [{ noun: "prompt", insert: prompt }] }));
  for (const by of [heir as string, "ap_000000000025", starter as string]) {
    for (const [name, input] of [
      ["approval.approve", { approval_id: prompt.id }],
      ["session.answer", { session_id: starter, option: "Yes" }],
      ["session.keys", { session_id: starter, keys: ["Enter"] }],
    ] as const) {
      await expect(call(home, of(by), name, input), name).rejects.toMatchObject({
        code: "policy_blocked",
        details: { policy: "acts_on_itself" },
      });
    }
  }
  // nor by an agent that has nothing to do with it, for else these two could ask each other
  await expect(approve(home, of(other as string), id)).rejects.toMatchObject({
    code: "not_decider",
  });
  for (const [name, input] of [
    ["session.keys", { session_id: starter, keys: ["Enter"] }],
    ["session.attach", { session_id: starter, rw: true }],
  ] as const) {
    const typed = call(home, of(other as string), name, input);
    await expect(typed, name).rejects.toMatchObject({ code: "not_decider" });
  }
  // whom its run started asks it
  const inRun = await call(home, of(heir as string), "approval.request", { subject: "Push" });
  const asks = (inRun as { approval: { id: string } }).approval.id;
  await expect(approve(home, of(reviewer), asks)).rejects.toMatchObject({ code: "not_decider" });
  await expect(approve(home, of(starter as string), asks)).resolves.toMatchObject({ ok: true });
});

test("nobody types into their own pane, nor asks in the name of another run's task", async () => {
  const home = await setUp();
  const self = { session_id: worker, rw: true };
  await expect(call(home, of(worker), "session.attach", self)).rejects.toMatchObject({
    code: "policy_blocked",
    details: { policy: "acts_on_itself" },
  });
  const add = async (by: Principal): Promise<string> =>
    ((await call(home, by, "task.add", { title: "t" })) as { task: { id: string } }).task.id;
  const [own, foreign] = [await add(of(lead)), await add(person)];
  for (const [name, input] of [
    ["approval.request", { subject: "Push" }],
    ["decision.log", { decision: "Push" }],
  ] as const) {
    await call(home, of(worker), name, { ...input, task_id: own });
    const other = call(home, of(worker), name, { ...input, task_id: foreign });
    await expect(other, name).rejects.toMatchObject({ code: "other_run" });
  }
});

test("the key of an agent's request is its own: it repeats nobody else's, and is no scheduler's", async () => {
  const home = await setUp();
  const live = (id: string): Partial<Session> => ({ id, toolset: "worker", author: "person" });
  const [one, two] = ["ap_00000000003a", "ap_00000000003b"];
  await home.app.store.commit(
    decide({
      writes: [one, two].map((id) => {
        const insert = makeSession({ ...live(id), state: "idle", runId: null });
        return { noun: "session", insert } as const;
      }),
    }),
  );
  const { task } = (await call(home, person, "task.add", { title: "t" })) as {
    task: { id: string };
  };
  const key = `task:${task.id}:a1:t1`;
  const claim = (by: string) =>
    home.as(of(by)).call("task.claim", { input: {}, idempotencyKey: key }) as Promise<{
      task: { id: string; claim: { token: number } } | null;
    }>;
  const given = await claim(one);
  expect(given.task).toMatchObject({ id: task.id, claim: { token: 1 } });
  expect(await claim(one)).toEqual(given);
  expect((await claim(two)).task).toBeNull();
  // the scheduler's claims only that takes back, and this is none
  const stored = await home.app.store.tasks.get(task.id);
  expect(isScheduled(task.id, stored?.claim as Claim)).toBe(false);
});

test("nobody with a toolset writes into another run, or types into panes of others", async () => {
  const home = await setUp();
  const { thread } = (await call(home, of(stranger), "thread.open", {
    title: "Names",
    body: "which?",
  })) as { thread: { id: string } };
  await call(home, person, "agent.register", { name: "tester", run_id: otherRun });
  await call(home, person, "agent.register", { name: "guest" });
  const refused = [
    ["thread.reply", { thread_id: thread.id, body: "mine" }],
    ["thread.open", { title: "Names", body: "mine", with: [lead, stranger] }],
    ["message.send", { to: stranger, body: "do this" }],
    ["message.send", { to: "tester", body: "do this" }],
    ["thread.open", { title: "Names", body: "mine", with: ["agent:tester"] }],
    ["message.send", { to: free, body: "do this", deliver: "pane", timeout_seconds: 0 }],
  ] as const;
  for (const [name, input] of refused) {
    await expect(call(home, of(worker), name, input)).rejects.toMatchObject({ code: "other_run" });
  }
  for (const to of [lead, free, "guest", "person"]) {
    await call(home, of(worker), "message.send", { to, body: "done" });
  }
  const last = call(home, of(worker), "thread.reply", { thread_id: "@last", body: "mine" });
  await expect(last).rejects.toMatchObject({ code: "thread_not_found" });
});

test("a message to everybody stays in the run of who writes it, and out of all when it has none", async () => {
  const home = await setUp();
  const live = [
    { id: "ap_00000000001a", author: "system:workers:wk_1", toolset: "worker", runId: ownRun },
    { id: "ap_00000000001b", author: `run:${otherRun}`, toolset: "worker", runId: otherRun },
    { id: "ap_00000000001c", author: "person", toolset: "worker", runId: null },
  ] as const;
  const writes = live.map(
    (row) => ({ noun: "session", insert: makeSession({ ...row, state: "idle" }) }) as const,
  );
  await home.app.store.commit(decide({ writes }));
  const audience = async (by: string): Promise<readonly string[]> =>
    home.app.messages.audience({ runId: null, body: "x", agent: null }, { principal: of(by) });
  const [inRun, inOther, inNone] = live.map(({ id }) => `session:${id}`);
  expect(await audience(worker)).toEqual([inRun, "person"]);
  expect(await audience(live[0].id)).toEqual(["person"]);
  expect(await audience(stranger)).toEqual([inOther, "person"]);
  expect(await audience(free)).toEqual([inNone, "person"]);
});

test("a task of a run depends on tasks of that run alone", async () => {
  const home = await setUp();
  const add = async (by: Principal, depends_on: readonly string[] = []): Promise<string> => {
    const added = await call(home, by, "task.add", { title: "t", depends_on });
    return (added as { task: { id: string } }).task.id;
  };
  const own = await add(of(lead));
  const foreign = await add(person);
  for (const named of [foreign, foreign.slice(0, -1), "no-such-task"]) {
    await expect(add(of(lead), [named])).rejects.toMatchObject({ code: "dependency_unknown" });
  }
  const next = await add(of(lead), ["@last"]);
  expect((await home.app.store.tasks.links([next]))[0]?.dependsOn).toEqual([own]);
});
