import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Session } from "../../src/domain/session.ts";
import { makeRepo, openHome, type TestHome } from "../support/home.ts";
import { Agent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";

/** A repository whose checkout hangs until `gate` is there: a content filter stands for its size. */
function makeSlowRepo(folder: string): { readonly repo: string; readonly gate: string } {
  const repo = makeRepo(folder);
  const gate = join(folder, "gate");
  writeFileSync(join(repo, "a.slow"), "1");
  writeFileSync(join(repo, ".gitattributes"), "*.slow filter=slow\n");
  git(repo, "add", ".");
  git(repo, "-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-qm", "slow");
  const hangs = `sh -c 'for i in $(seq 600); do test -e ${gate} && break; sleep 0.1; done; cat'`;
  git(repo, "config", "filter.slow.smudge", hangs);
  return { repo, gate };
}

function git(repo: string, ...args: string[]): string {
  return execFileSync("git", ["-C", repo, ...args], { encoding: "utf8" });
}

/** A session whose worktree is being made, and what becomes of the call that asked for it. */
async function startSlowly(home: TestHome) {
  const { repo, gate } = makeSlowRepo(home.folder);
  const record = join(home.folder, "record.jsonl");
  const spawned = home
    .ask("session.spawn", {
      provider_id: "fake",
      task: "hello",
      repo_path: repo,
      isolation: "worktree",
      provider_options: { record },
    })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  const session = await waitFor(async () => {
    const [first] = await home.app.store.sessions.live();
    return first && existsSync(join(first.workspace.workPath, ".git")) ? first : undefined;
  });
  return { repo, gate, spawned, session, agent: new Agent(home, session.id, record) };
}

function expectNothingOf({ workspace }: Session, repo: string): void {
  expect(existsSync(workspace.workPath)).toBe(false);
  expect(git(repo, "worktree", "list").trim().split("\n")).toHaveLength(1);
  expect(git(repo, "branch", "--list", "agentpool/*")).toBe("");
  expect(readdirSync(join(repo, ".git")).filter((name) => name.endsWith(".lock"))).toEqual([]);
}

describe("a session that is ended while its worktree is being made", () => {
  it("is over at once, its agent never ran, and nothing of the worktree stays", async () => {
    const home = await openHome();
    const { repo, spawned, session, agent } = await startSlowly(home);

    const ended = await agent.ask("session.terminate");

    expect(ended).toMatchObject({ ok: true, state: "cancelled", already_terminated: false });
    expect(await spawned).toMatchObject({
      code: "spawn_failed",
      why: "it was closed by person while it was being started",
    });
    expectNothingOf(session, repo);
    expect(agent.facts()).toEqual([]);
    expect(existsSync(home.home.session(session.id).launch)).toBe(false);
    expect(await agent.observe()).toMatchObject({
      state: "cancelled",
      because: "it was closed by person while it was being started",
    });
    expect(await agent.events()).toContain("worktree_removed");
    expect(await agent.ask("session.terminate")).toMatchObject({ already_terminated: true });
  });

  it("stays over when the supervisor is replaced meanwhile", async () => {
    const home = await openHome();
    const { gate, session, agent } = await startSlowly(home);
    const { store } = home.app;
    const at = Date.now();
    // what a supervisor that was killed in the middle of it leaves behind
    const because = "it was closed by person while it was being started";
    const closing = { value: "cancelled", source: "operation", at, because } as const;
    await store.commit({
      guards: [],
      writes: [{ noun: "session", id: session.id, update: { closing } }],
      events: [],
    });
    await home.restart();
    writeFileSync(gate, "");

    await agent.waitFor("exit");
    expect(await agent.observe()).toMatchObject({ state: "cancelled", because });
    expect(agent.facts()).toEqual([]);
  });
});
