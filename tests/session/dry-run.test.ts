// needs: tmux
/** What a command would do, said without doing it. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { operations } from "../../src/operations/index.ts";
import { makeRepo, openHome, type TestHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";
import { runOver, startPool } from "../support/orchestration/pool-run.ts";
import { waitFor } from "../support/wait.ts";

/** Everything that is kept: rows, events, and folders of sessions. */
async function kept(home: TestHome): Promise<object> {
  const { store } = home.app;
  const folder = dirname(home.home.session("ap_x").root);
  const folders = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);
  return {
    sessions: (await store.sessions.list({ limit: 99, offset: 0 })).total,
    events: await store.events.last(),
    folders: folders(folder),
    worktrees: folders(home.home.worktrees),
  };
}

/** Operations that write, have no dry run, and need none. */
const without: Readonly<Record<string, string>> = {
  "account.lift": "`accounts` says which limits stand; lifting one is taken back by the next limit",
  "agent.heartbeat": "it says that somebody is there, and the next one says it anew",
  "agent.leave": "registering again takes it back, and what was sent waits",
  "agent.register": "registering again changes it, and `agent leave` takes it back",
  "approval.cancel": "`approval show` says what is taken back, and it can be asked again",
  "approval.request": "nothing is done by it, and `approval cancel` takes it back",
  "artifact.card": "it writes one file, which the caller names",
  "decision.log": "it only writes down what its caller says",
  "lease.acquire": "`leases check` is its dry run",
  "lease.renew": "`leases list` says what would be renewed",
  "message.ack": "`msg inbox` says which messages there are",
  "message.check": "what it hands out it hands out again until that is acknowledged",
  "message.send": "it reaches the one who is named, who is refused when nobody is called so",
  "notification.test": "it only tries the ways, and is asked for to see them",
  "run.pause": "`run resume` takes it back; what is at work goes on",
  "run.pipeline": "its file is checked whole before anything begins",
  "run.pool": "its tasks are checked whole before anything begins",
  "run.resume": "`run pause` takes it back",
  "run.swarm": "its description is checked whole before anything begins",
  "run.team": "its description is checked whole, and nobody works before its plan is approved",
  "session.attach": "it only looks, and with --rw a person types",
  "session.collect": "it writes files of agentpool's own, again each time",
  "task.add": "`task cancel` takes it back",
  "task.assign": "`task show` says who may have it, and `task release` takes it back",
  "task.claim": "`task list` says what there is to claim, and `task release` gives it back",
  "task.complete": "whoever did the task says so; a repeated one changes nothing",
  "task.fail": "whoever could not do the task says so, and it is tried again",
  "task.note": "it only writes down what its caller says",
  "task.release": "the task can be claimed again at once",
  "task.renew": "the next one prolongs the claim anew",
  "task.retry":
    "`task list --state failed,cancelled` says what could be, and `task cancel` takes it back",
  "thread.open": "`thread resolve` closes it",
  "thread.reply": "it reaches those whom `thread show` names",
  "thread.resolve": "what was said in it stays, and another one can be opened",
  "supervisor.stop": "sessions live on, and the next command starts one again",
  "usage.refresh": "it asks, and keeps what is told",
  "workers.drain": "each finishes what it has, and others can be started",
  "workers.scale": "`workers status` says what follows, and scaling again takes it back",
  "workers.start":
    "what speaks against such a worker is said first, and `workers drain` takes it back",
  "workers.stop": "`workers status` says what they work on, which becomes somebody else's",
};

test("every operation that writes says on request what it would do, or has its reason", () => {
  const writing = operations.filter(({ effect, cli }) => effect !== "read" && cli !== undefined);
  const lacking = writing.filter((one) => !("dry_run" in one.schemas(z).input.shape));
  expect(writing.length).toBeGreaterThan(10);
  expect(lacking.map(({ name }) => name).filter((name) => !(name in without))).toEqual([]);
});

describe("a dry run of spawn", () => {
  const spawn = (home: TestHome, more: object = {}): Promise<Record<string, unknown>> =>
    home.ask("session.spawn", { provider_id: "fake", task: "go", dry_run: true, ...more });

  test("says what would be started and leaves nothing behind", async () => {
    const home = await openHome();
    const repo = makeRepo(home.folder);
    const before = await kept(home);

    const said = await spawn(home, { repo_path: repo, isolation: "worktree", name: "rex" });
    const again = await spawn(home, { repo_path: repo, isolation: "shared" });

    expect(said).toMatchObject({
      dry_run: true,
      delivery: null,
      session: { name: "rex", provider_id: "fake", workspace_mode: "worktree", repo_path: repo },
    });
    expect(again).toMatchObject({ dry_run: true, session: { work_path: repo } });
    await expect(spawn(home, { repo_path: "/nowhere" })).rejects.toMatchObject({
      code: "repo_not_found",
    });
    expect(await kept(home)).toEqual(before);
    await expect(
      home.ask("session.show", { session_id: said["session_id"] }),
    ).rejects.toMatchObject({ code: "session_not_found" });
  });

  test("is refused as the spawn would be", async () => {
    const home = await openHome({ env: { AGENTPOOL_MAX_PARALLEL_SESSIONS: "" } });
    mkdirSync(dirname(home.home.config), { recursive: true });
    writeFileSync(home.home.config, "policy:\n  max_parallel_sessions: 1\n");
    const busy = await startAgent(home, "!fake sleep 60", {}, {});
    await busy.waitFor("running");
    const before = await kept(home);

    await expect(spawn(home)).rejects.toMatchObject({ code: "policy_blocked" });
    await expect(spawn(home, { task: "<task>" })).rejects.toMatchObject({ code: "invalid_task" });

    expect(await kept(home)).toEqual(before);
  });
});

test("a dry run of send, answer and resume gives the agent nothing", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "hello", {}, { max_turns: 1 });
  await agent.waitFor("completed");
  const asking = await startAgent(home, "!fake approve make");
  await asking.waitFor("approval");
  const sent = async (): Promise<object[]> => [
    ...(await home.app.store.deliveries.ofSession(agent.id)),
    ...(await home.app.store.deliveries.ofSession(asking.id)),
  ];
  const before = await sent();
  const send = (message: string, more: object = {}): Promise<object> =>
    home.ask("session.send", { session_id: agent.id, message, dry_run: true, ...more });

  expect(await send("next")).toMatchObject({ ok: true, delivery: null, would: "type this text" });
  expect(await send("")).toMatchObject({ would: "press Enter" });
  await expect(send("bell \u0007")).rejects.toMatchObject({ code: "invalid_task" });
  await expect(
    home.ask("session.send", { session_id: asking.id, message: "x", dry_run: true }),
  ).rejects.toMatchObject({ code: "prompt_open" });
  for (const [name, more] of [
    ["session.answer", { option: "Yes" }],
    ["session.approve", {}],
  ] as const) {
    expect(await home.ask(name, { session_id: asking.id, dry_run: true, ...more })).toMatchObject({
      dry_run: true,
      prompt: { state: "open", answer: { label: "Yes" } },
    });
  }
  await expect(
    home.ask("session.answer", { session_id: asking.id, dry_run: true, option: "Perhaps" }),
  ).rejects.toMatchObject({ code: "option_not_found" });
  await expect(
    home.ask("session.answer", {
      session_id: asking.id,
      option: "Yes",
      fingerprint: "of another dialog",
    }),
  ).rejects.toMatchObject({ code: "prompt_changed" });
  await expect(
    home.ask("session.resume", { session_id: agent.id, dry_run: true }),
  ).rejects.toMatchObject({ code: "session_live" });
  expect(await sent()).toEqual(before);
  expect(agent.facts("prompt")).toHaveLength(1);
  expect(asking.facts("answer")).toEqual([]);

  await home.ask("session.send", { session_id: agent.id, message: "last one", wait: "turn" });
  await expect(send("one too many")).rejects.toMatchObject({ code: "turn_limit_reached" });
  await home.ask("session.terminate", { session_id: agent.id });
  const over = await kept(home);
  expect(await home.ask("session.resume", { session_id: agent.id, dry_run: true })).toMatchObject({
    dry_run: true,
    session: { id: agent.id },
  });
  expect(await kept(home)).toEqual(over);
});

test("a dry run of cancelling a task says what would wait in vain, and refuses what it would", async () => {
  const home = await openHome();
  const add = async (title: string, more: object = {}): Promise<string> =>
    (await home.ask<{ task: { id: string } }>("task.add", { title, ...more })).task.id;
  const first = await add("first");
  const second = await add("second", { depends_on: [first] });
  const before = await kept(home);
  const cancel = (task_id: string, more: object = {}): Promise<object> =>
    home.ask("task.cancel", { task_id, dry_run: true, ...more });

  expect(await cancel(first)).toMatchObject({
    dry_run: true,
    task: { id: first, state: "pending" },
    would_block: [second],
  });
  expect(await cancel(second)).toMatchObject({ would_block: [] });

  expect(await kept(home)).toEqual(before);
  await home.ask("task.claim", { task_id: first, agent: "ci" });
  await home.ask("task.complete", { task_id: first, agent: "ci" });
  await expect(cancel(first)).rejects.toMatchObject({ code: "task_ended" });
});

test("a dry run of a message to everybody names them, and leaves no sign of its sender", async () => {
  const home = await openHome();
  await home.ask("agent.register", { name: "rex" });
  const before = await kept(home);

  expect(
    await home.ask("message.broadcast", { body: "Hello", agent: "ci", dry_run: true }),
  ).toMatchObject({
    dry_run: true,
    message: null,
    would_reach: ["agent:rex", "person"],
  });

  expect(await kept(home)).toEqual(before);
  expect(await home.app.store.participants.get("agent:ci")).toBeUndefined();
  await expect(
    home.ask("message.broadcast", { body: "a".repeat(1_048_577), dry_run: true }),
  ).rejects.toMatchObject({ code: "text_too_large" });
});

test("dry runs of cancelling and retrying a run say what would end and begin, and change nothing", async () => {
  const home = await openHome();
  const { id } = await startPool(home, ["!fake sleep 60", "!fake say two"], {
    limits: { concurrency: 1 },
  });
  const [session] = await waitFor(async () => {
    const live = await home.app.store.sessions.live();
    return live[0]?.state === "running" && live;
  });
  const before = await kept(home);
  const ask = (name: string, more: object = {}): Promise<object> =>
    home.ask(name, { run_id: id, dry_run: true, ...more });

  expect(await ask("run.cancel")).toMatchObject({
    dry_run: true,
    run: { state: "running" },
    would_cancel: 2,
    would_terminate: [session?.id],
  });
  await expect(ask("run.retry")).rejects.toMatchObject({ code: "nothing_to_retry" });
  expect(await kept(home)).toEqual(before);

  await home.ask("run.cancel", { run_id: id });
  await runOver(home, id);
  const over = await kept(home);
  expect(await ask("run.cancel")).toMatchObject({ would_cancel: 0, would_terminate: [] });
  const { retried } = (await ask("run.retry")) as { retried: string[] };
  expect(retried).toHaveLength(2);
  expect(await kept(home)).toEqual(over);
  expect(await home.app.store.runs.get(id)).toMatchObject({ state: "cancelled" });
});
