import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeRepo, openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";

interface Collected {
  artifact_dir: string;
  artifacts: { kind: string; path: string; exists: boolean; sha256: string | null }[];
  git: { is_repo: boolean; changed_files: string[] };
  state: string;
  warnings: string[];
}

describe("what an agent leaves behind", () => {
  it("works in a worktree of its own, and its diff applies to the repository", async () => {
    const home = await openHome();
    const repo = makeRepo(home.folder);
    const agent = await startAgent(
      home,
      "!fake edit README.md changed by the agent\n!fake edit docs/new.md a new file\n!fake say done",
      {},
      { repo_path: repo, isolation: "worktree" },
    );
    await agent.waitFor("completed");
    const collected = await agent.ask<Collected>("session.collect");
    expect(collected.git.changed_files.toSorted()).toEqual(["README.md", "docs/new.md"]);
    expect(readFileSync(join(repo, "README.md"), "utf8")).toBe("# Test\n");
    execFileSync("git", ["apply", join(collected.artifact_dir, "diff.patch")], { cwd: repo });
    expect(readFileSync(join(repo, "README.md"), "utf8")).toBe("changed by the agent\n");
    expect(readFileSync(join(repo, "docs", "new.md"), "utf8")).toBe("a new file\n");
    expect(readFileSync(join(collected.artifact_dir, "result.md"), "utf8")).toMatch(/done/);
    for (const file of collected.artifacts.filter((one) => one.exists)) {
      expect(statSync(file.path).mode & 0o077).toBe(0);
    }
    const transcript = await agent.ask<{ text: string; source: string }>("session.transcript");
    expect(transcript.source).toBe("agent_log");
    expect(transcript.text.match(/done/g)).toHaveLength(1 + 1);
  });

  it("keeps a worktree while it is active or dirty, and removes it with its empty branch", async () => {
    const home = await openHome();
    const repo = makeRepo(home.folder);
    const agent = await startAgent(
      home,
      "!fake edit x.txt dirt",
      {},
      { repo_path: repo, isolation: "worktree" },
    );
    await agent.waitFor("completed");
    await expect(agent.ask("worktree.cleanup")).rejects.toMatchObject({ code: "worktree_active" });
    await agent.ask("session.terminate");
    await expect(agent.ask("worktree.cleanup")).rejects.toMatchObject({ code: "worktree_dirty" });
    const plan = await agent.ask<{ would_remove: boolean; path: string }>("worktree.cleanup", {
      force: true,
      dry_run: true,
    });
    expect(plan.would_remove).toBe(true);
    expect(existsSync(plan.path)).toBe(true);
    const done = await agent.ask<{ removed: boolean; branch_removed: boolean }>(
      "worktree.cleanup",
      { force: true },
    );
    expect(done).toMatchObject({ removed: true, branch_removed: true });
    expect(existsSync(plan.path)).toBe(false);
  });

  it("shows in a shared folder only what changed since the session began", async () => {
    const home = await openHome();
    const repo = makeRepo(home.folder);
    writeFileSync(join(repo, "mine.txt"), "my own work\n");
    const agent = await startAgent(
      home,
      "!fake edit theirs.txt by the agent",
      {},
      { repo_path: repo },
    );
    await agent.waitFor("completed");
    const { git } = await agent.ask<Collected>("session.collect");
    expect(git.changed_files).toEqual(["theirs.txt"]);
  });

  it("keeps secrets out of rows and files, and delivers them byte for byte", async () => {
    const home = await openHome();
    const secret = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOP";
    const agent = await startAgent(home, `Use the key ${secret} for the test`);
    await agent.waitFor("completed");
    expect(agent.facts("prompt")[0]?.["text"]).toBe(`Use the key ${secret} for the test`);
    const collected = await agent.ask<Collected>("session.collect", { close: true });
    for (const file of collected.artifacts.filter((one) => one.exists)) {
      expect(readFileSync(file.path, "utf8"), file.path).not.toContain(secret);
    }
    await home.leave();
    const found = spawnSync("grep", ["-rlF", secret, home.home.root], { encoding: "utf8" });
    expect(found.stdout).toBe("");
  });

  it("says that the session is live only when it is so afterwards", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello");
    await agent.waitFor("completed");
    const live = /^the session is live/;
    const first = await agent.ask<Collected>("session.collect");
    expect(first.warnings).toContainEqual(expect.stringMatching(live));

    const closed = await agent.ask<Collected>("session.collect", { close: true });
    expect(closed.state).toBe("completed");
    const again = await agent.ask<Collected>("session.collect");
    for (const { warnings, artifact_dir } of [closed, again]) {
      expect(warnings).not.toContainEqual(expect.stringMatching(live));
      expect(readFileSync(join(artifact_dir, "manifest.json"), "utf8")).not.toContain("is live");
    }
  });

  it("keeps the diff it has when the work folder was taken away since", async () => {
    const home = await openHome();
    const repo = makeRepo(home.folder);
    const agent = await startAgent(
      home,
      "!fake edit README.md changed by the agent",
      {},
      { repo_path: repo, isolation: "worktree" },
    );
    await agent.waitFor("completed");
    const first = await agent.ask<Collected>("session.collect");
    const diff = readFileSync(join(first.artifact_dir, "diff.patch"), "utf8");
    const { worktrees } = await home.ask<{ worktrees: { path: string; session_id: string }[] }>(
      "worktree.list",
      { repo_path: repo },
    );
    const path = worktrees.find((one) => one.session_id === agent.id)?.path ?? "";
    rmSync(path, { recursive: true });

    const second = await agent.ask<Collected>("session.collect");

    expect(second.warnings).toContain("the diff of an earlier collect stands");
    expect(readFileSync(join(second.artifact_dir, "diff.patch"), "utf8")).toBe(diff);
    expect(second.artifacts.find((one) => one.kind === "diff")).toMatchObject({ exists: true });
  });

  it("brings back a result of any length", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "tell me everything", {
      persona: "long_result",
      long_chars: "60000",
    });
    await agent.waitFor("completed");
    const collected = await agent.ask<Collected>("session.collect");
    const result = readFileSync(join(collected.artifact_dir, "result.md"), "utf8");
    expect(result.length).toBeGreaterThanOrEqual(60_000);
  });
});
