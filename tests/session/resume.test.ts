import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ErrorBody } from "../../src/domain/errors.ts";
import { makeRepo, openHome, type TestHome } from "../support/home.ts";
import { Agent, startAgent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";

interface Resumed {
  readonly from_state: string;
  readonly session: {
    readonly id: string;
    readonly state: string;
    readonly turns: number;
    readonly exit_code: number | null;
    readonly ended_at: string | null;
    readonly work_path: string;
    readonly agent_session_id: string;
  };
  readonly delivery: { readonly state: string } | null;
  readonly warnings: readonly string[];
}

const resume = (agent: Agent, fields: Record<string, unknown> = {}): Promise<Resumed> =>
  agent.ask<Resumed>("session.resume", fields);

async function errorOf(asked: Promise<unknown>): Promise<ErrorBody> {
  const thrown: unknown = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  return (thrown as { toBody: () => ErrorBody }).toBody();
}

/** The agent's own process, which its newest start tells. */
function pidOf(agent: Agent): number {
  return Number(agent.facts("start").at(-1)?.["pid"]);
}

async function kill(agent: Agent): Promise<void> {
  process.kill(pidOf(agent), "SIGKILL");
  await agent.waitFor("exit");
}

function killTmux(home: TestHome): void {
  const ask = ["-S", home.home.tmuxSocket, "display-message", "-p", "#{pid}"];
  process.kill(Number(execFileSync("tmux", ask, { encoding: "utf8" })), "SIGKILL");
}

async function turnsOf(home: TestHome, agent: Agent): Promise<readonly string[]> {
  const turns = await home.app.store.turns.ofSession(agent.id);
  return turns.map((turn) => `${turn.n} ${turn.state} ${turn.prompt}`);
}

describe("a session that is resumed", () => {
  it("goes on with its conversation, its turns and its id", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "first things", { persona: "multi_turn" });
    await agent.waitFor("completed");
    const before = await home.app.store.sessions.get(agent.id);
    await kill(agent);

    const resumed = await resume(agent);
    expect(resumed).toMatchObject({
      from_state: "failed",
      session: { id: agent.id, state: "starting", turns: 1, exit_code: null, ended_at: null },
      warnings: [],
    });
    await agent.waitFor("idle");
    const sent = await agent.send("second things", { wait: "turn" });

    expect(sent).toMatchObject({ ok: true, turn: { n: 2, state: "completed" } });
    expect(sent.result).toContain("first things");
    expect(agent.facts("start").map((one) => one["conversation"])).toEqual([
      before?.agentSessionId,
      before?.agentSessionId,
    ]);
    expect(await turnsOf(home, agent)).toEqual([
      "1 completed first things",
      "2 completed second things",
    ]);
    const session = await home.app.store.sessions.get(agent.id);
    expect(session?.agentSessionId).toBe(before?.agentSessionId);
  });

  it("keeps how it ended and who brought it back in its events", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello");
    await agent.waitFor("completed");
    await kill(agent);
    await resume(agent);
    await agent.waitFor("idle");
    const events = await home.app.store.events.since(0, { sessionIds: [agent.id], limit: 1_000 });
    const told = events.map(({ body }) => body);
    expect(told).toContainEqual({ type: "session_exited", exit_code: null, signal: "SIGKILL" });
    expect(told).toContainEqual(
      expect.objectContaining({ type: "session_resumed", from_state: "failed", by: "person" }),
    );
    const states = told.flatMap((one) => (one.type === "session_state_changed" ? [one.to] : []));
    expect(states.slice(states.indexOf("failed"))).toEqual(["failed", "starting", "idle"]);
  });

  it("leaves the turn that was cut off as it ended", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake sleep 60");
    await agent.waitFor("running");
    await agent.send("never typed", { wait: "none" });
    await kill(agent);
    await resume(agent);
    await agent.waitFor("idle");
    await agent.send("!fake say alive", { wait: "turn" });
    expect(await turnsOf(home, agent)).toEqual([
      "1 failed !fake sleep 60",
      "2 cancelled never typed",
      "3 completed !fake say alive",
    ]);
    expect(agent.facts("prompt").map((one) => one["text"])).not.toContain("never typed");
  });

  it("takes the same text again for a turn of its own", async () => {
    const home = await openHome();
    // one channel never tells of the second one: what it says of the third could be taken for it
    const agent = await startAgent(home, "hello", { log_delay_ms: "1000" });
    await waitFor(async () => {
      const [turn] = await home.app.store.turns.ofSession(agent.id);
      return turn?.endedBy.includes("log");
    });
    await agent.send("!fake sleep 1");
    await kill(agent);
    await resume(agent);
    await agent.waitFor("idle");
    await agent.send("!fake sleep 1", { wait: "turn" });
    const turns = await waitFor(async () => {
      const all = await home.app.store.turns.ofSession(agent.id);
      return all[2]?.endedBy.includes("log") && all;
    });
    expect(turns.map(({ state }) => state)).toEqual(["completed", "failed", "completed"]);
    expect(turns[1]?.takenBy).toHaveLength(1);
    expect(turns[2]?.takenBy.toSorted()).toEqual(["hook", "log"]);
  });

  it("is sent its next prompt once it is up", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello", { composer_delay_ms: "300" });
    await agent.waitFor("completed");
    await kill(agent);
    const { delivery } = await resume(agent, { prompt: "!fake say back again" });
    expect(delivery).toMatchObject({ state: "queued" });
    const seen = await agent.waitFor("completed", { detail: "full" });
    expect(seen).toMatchObject({ turn: { n: 2 } });
    expect(seen.worker_output.text).toBe("back again");
    expect(agent.facts("prompt")).toHaveLength(2);
  });

  it("can be collected with all of its work, also after its files were final", async () => {
    const home = await openHome();
    const repo = makeRepo(home.folder);
    const agent = await startAgent(
      home,
      "!fake edit one.txt one",
      {},
      { repo_path: repo, isolation: "worktree" },
    );
    await agent.waitFor("completed");
    await agent.ask("session.collect", { close: true });
    await resume(agent);
    await agent.waitFor("idle");
    await agent.send("!fake edit two.txt two", { wait: "turn" });
    const { git } = await agent.ask<{ git: { changed_files: string[] } }>("session.collect");
    expect(git.changed_files.toSorted()).toEqual(["one.txt", "two.txt"]);
  });

  it("comes back after the tmux server died, and after its pane was only closed", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello", { ignore_signals: "HUP" });
    await agent.waitFor("completed");
    killTmux(home);
    await agent.waitFor("lost");
    await resume(agent);
    await agent.waitFor("idle");
    const { session } = await agent.ask<{ session: { tmux: { window: string } } }>("session.show");
    execFileSync("tmux", ["-S", home.home.tmuxSocket, "kill-window", "-t", session.tmux.window]);
    await agent.waitFor("lost");
    const stubborn = pidOf(agent);
    await resume(agent);
    await agent.waitFor("idle");
    expect(existsSync(`/proc/${stubborn}`)).toBe(false);
    const sent = await agent.send("!fake say twice back", { wait: "turn" });
    expect(sent).toMatchObject({ turn: { n: 2 }, result: "twice back" });
    // it would outlive the terminals of this test
    await agent.ask("session.terminate");
  });

  it("is started with the options it was spawned with", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "clean", { persona: "approval" });
    await agent.waitFor("approval");
    await agent.ask("session.terminate");
    await resume(agent);
    await agent.waitFor("idle");
    await agent.send("clean again");
    expect((await agent.waitFor("approval")).prompts).toMatchObject([{ kind: "approval" }]);
  });
});

it("an environment is made anew from where the resume is asked, and what is missing is named", async () => {
  const home = await openHome();
  const record = join(home.folder, "record.jsonl");
  const task = '!fake run echo "in $HARBOUR_NAME" > harbour.txt';
  const { session_id } = await home.ask<{ session_id: string }>(
    "session.spawn",
    {
      provider_id: "fake",
      task,
      repo_path: home.folder,
      isolation: "shared",
      env: ["HARBOUR_NAME"],
      provider_options: { record, allow_run: "on" },
    },
    { env: { HARBOUR_NAME: "first" } },
  );
  const agent = new Agent(home, session_id, record);
  await agent.waitFor("completed");
  await kill(agent);
  await waitFor(() => !existsSync(home.home.session(agent.id).launch));

  const asked = { env: { HARBOUR_NAME: "second" } };
  const resumed = await home.ask<Resumed>("session.resume", { session_id }, asked);
  expect(resumed.warnings).toEqual([]);
  await agent.waitFor("idle");
  await agent.send(task, { wait: "turn" });
  expect(readFileSync(join(home.folder, "harbour.txt"), "utf8")).toBe("in second\n");
  await agent.ask("session.terminate");
  expect((await resume(agent)).warnings.join()).toContain("HARBOUR_NAME");
});

describe("a worktree that is gone", () => {
  it("is made again from its branch", async () => {
    const { agent, worktree } = await inWorktree();
    rmSync(worktree, { recursive: true });
    const { warnings } = await resume(agent);
    expect(warnings.join()).toMatch(/worktree/);
    expect(readdirSync(worktree)).toContain("README.md");
    await agent.waitFor("idle");
  });

  it("whose branch is gone too leaves the session as it ended, and says what to do", async () => {
    const { home, agent, worktree, repo } = await inWorktree();
    rmSync(worktree, { recursive: true });
    const branch = (await home.app.store.sessions.get(agent.id))?.workspace.branch ?? "";
    execFileSync("git", ["-C", repo, "worktree", "prune"]);
    execFileSync("git", ["-C", repo, "branch", "-D", branch], { stdio: "ignore" });
    const error = await errorOf(resume(agent));
    expect(error).toMatchObject({ code: "worktree_not_found" });
    expect(error.hint).toContain(branch);
    expect((await agent.observe()).state).toBe("failed");
  });

  it("and was cleaned up with its empty branch is made again from the commit it began at", async () => {
    const { agent, worktree, repo } = await inWorktree();
    await agent.ask("worktree.cleanup");
    expect(existsSync(worktree)).toBe(false);
    execFileSync(
      "git",
      ["-C", repo, "-c", "user.name=t", "-c", "user.email=t@example.invalid"].concat([
        "commit",
        "--allow-empty",
        "-m",
        "second",
      ]),
      { stdio: "ignore" },
    );
    const { warnings } = await resume(agent);
    expect(warnings.join()).toMatch(/worktree/);
    expect(readdirSync(worktree)).toContain("README.md");
    const subject = ["-C", worktree, "log", "-1", "--format=%s"];
    expect(execFileSync("git", subject, { encoding: "utf8" })).toBe("first\n");
    await agent.waitFor("idle");
  });

  it("so does a repository that is gone", async () => {
    const { agent, repo } = await inWorktree();
    rmSync(repo, { recursive: true });
    expect(await errorOf(resume(agent))).toMatchObject({ code: "repo_not_found" });
    expect((await agent.observe()).state).toBe("failed");
  });

  async function inWorktree() {
    const home = await openHome();
    const repo = makeRepo(home.folder);
    const where = { repo_path: repo, isolation: "worktree" };
    const agent = await startAgent(home, "hello", {}, where);
    await agent.waitFor("completed");
    await kill(agent);
    const { session } = await agent.ask<{ session: { work_path: string } }>("session.show");
    return { home, agent, repo, worktree: session.work_path };
  }
});

describe("what cannot be resumed", () => {
  it("is a session that is not over", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello");
    await agent.waitFor("completed");
    expect(await errorOf(resume(agent))).toMatchObject({ code: "session_live" });
    expect(agent.facts("start")).toHaveLength(1);
  });

  it("is one whose agent never took a prompt", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello", { trust: "always" });
    await agent.waitFor("approval");
    await agent.ask("session.terminate");
    const error = await errorOf(resume(agent));
    expect(error).toMatchObject({ code: "no_conversation" });
    expect(error.hint).toMatch(/spawn/);
  });

  it("is a conversation that another live session has", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello");
    await agent.waitFor("completed");
    await kill(agent);
    const other = await startAgent(home, "hello too");
    await other.waitFor("completed");
    const conversation = (await home.app.store.sessions.get(agent.id))?.agentSessionId ?? "";
    const there = await home.app.store.sessions.get(other.id);
    await home.app.store.commit({
      guards: [],
      writes: [{ noun: "session", id: other.id, update: { agentSessionId: conversation } }],
      events: [],
    });
    expect(there?.agentSessionId).not.toBe(conversation);
    const error = await errorOf(resume(agent));
    expect(error).toMatchObject({
      code: "conversation_in_use",
      details: { session_id: other.id, agent_session_id: conversation },
    });
  });

  it("is tried again after a process that died at once, and keeps the agent's id", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello");
    await agent.waitFor("completed");
    await kill(agent);
    const id = (await home.app.store.sessions.get(agent.id))?.agentSessionId ?? "";
    const log = join(home.home.session(agent.id).root, "conversations", `${id}.jsonl`);
    const text = execFileSync("cat", [log], { encoding: "utf8" });
    rmSync(log);
    await resume(agent);
    const seen = await agent.waitFor("exit");
    expect(seen).toMatchObject({ state: "failed", exit_code: 2 });
    expect((await home.app.store.sessions.get(agent.id))?.agentSessionId).toBe(id);
    writeFileSync(log, text);
    await resume(agent);
    await agent.waitFor("idle");
  });
});

it("two that resume at once start one agent", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "hello");
  await agent.waitFor("completed");
  await kill(agent);
  const [one, two] = await Promise.allSettled([resume(agent), resume(agent)]);
  expect([one.status, two.status].toSorted()).toEqual(["fulfilled", "rejected"]);
  await agent.waitFor("idle");
  expect(agent.facts("start")).toHaveLength(2);
});

it("a resume that is repeated with its key resumes once, and sends its prompt once", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "hello");
  await agent.waitFor("completed");
  await kill(agent);
  const input = { session_id: agent.id, prompt: "!fake say once" };
  const first = await home.ask<Resumed>("session.resume", input, { key: "r1" });
  await home.restart();
  const second = await home.ask<Resumed>("session.resume", input, { key: "r1" });
  expect(second).toMatchObject({ from_state: first.from_state, session: { id: agent.id } });
  await agent.waitFor("completed");
  expect(agent.facts("start")).toHaveLength(2);
  expect(agent.facts("prompt").map((one) => one["text"])).toEqual(["hello", "!fake say once"]);
});

describe("all that ended without anybody's will", () => {
  interface Recovered {
    readonly ok: boolean;
    readonly sessions: readonly {
      readonly session_id: string;
      readonly outcome: string;
      readonly from_state: string;
      readonly error: { readonly code: string } | null;
    }[];
  }

  it("is resumed at once, and nothing else is; a dry run only says so", async () => {
    const home = await openHome();
    const [killed, finished, closed, silent, lost] = await Promise.all([
      startAgent(home, "killed"),
      startAgent(home, "!fake exit 0"),
      startAgent(home, "closed"),
      startAgent(home, "silent", { composer_delay_ms: "60000" }),
      startAgent(home, "lost"),
    ]);
    await Promise.all([killed, closed, lost].map((agent) => agent.waitFor("completed")));
    await finished.waitFor("exit");
    await silent.noted("start");
    await closed.ask("session.terminate");
    await Promise.all([kill(killed), kill(silent)]);
    killTmux(home);
    await lost.waitFor("lost");
    const outcomes = ({ sessions }: Recovered): unknown =>
      Object.fromEntries(sessions.map((one) => [one.session_id, [one.from_state, one.outcome]]));

    const said = await home.ask<Recovered>("session.recover", { dry_run: true });
    expect(said.ok).toBe(true);
    expect(outcomes(said)).toEqual({
      [killed.id]: ["failed", "would_resume"],
      [silent.id]: ["failed", "skipped"],
      [lost.id]: ["lost", "would_resume"],
    });
    expect(killed.facts("start")).toHaveLength(1);

    const key = { key: "all" };
    const done = await home.ask<Recovered>("session.recover", {}, key);
    expect(outcomes(done)).toEqual({
      [killed.id]: ["failed", "resumed"],
      [silent.id]: ["failed", "skipped"],
      [lost.id]: ["lost", "resumed"],
    });
    expect(done.sessions.find((one) => one.session_id === silent.id)?.error).toMatchObject({
      code: "no_conversation",
    });
    await Promise.all([killed, lost].map((agent) => agent.waitFor("idle")));

    expect(outcomes(await home.ask<Recovered>("session.recover", {}, key))).toEqual(outcomes(done));
    expect([killed, lost].map((agent) => agent.facts("start").length)).toEqual([2, 2]);
  });
});
