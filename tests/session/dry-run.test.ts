// needs: tmux
/** What a command would do, said without doing it. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { operations } from "../../src/operations/index.ts";
import { makeRepo, openHome, type TestHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";

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
  "artifact.card": "it writes one file, which the caller names",
  "lease.acquire": "`leases check` is its dry run",
  "lease.renew": "`leases list` says what would be renewed",
  "notification.test": "it only tries the ways, and is asked for to see them",
  "session.attach": "it only looks, and with --rw a person types",
  "session.collect": "it writes files of agentpool's own, again each time",
  "supervisor.stop": "sessions live on, and the next command starts one again",
  "usage.refresh": "it asks, and keeps what is told",
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
    await startAgent(home, "!fake sleep 60", {}, {});
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
