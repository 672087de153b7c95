// needs: tmux
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepo, openHome } from "../../support/home.ts";
import { runGit } from "../../support/git-repo.ts";
import { startAgent } from "../../support/observed.ts";

interface Finish {
  readonly path: string;
  readonly branch: string;
  readonly into: string | null;
  readonly commits_ahead: number;
  readonly uncommitted: readonly string[];
  readonly would_conflict: boolean | null;
  readonly conflicts: readonly string[];
  readonly notes: readonly string[];
  readonly commands: Readonly<Record<string, readonly string[]>>;
}

/** A session that changed README.md in its worktree and is over. */
async function finished() {
  const home = await openHome();
  const repo = makeRepo(home.folder, "it's a repo");
  const where = { repo_path: repo, isolation: "worktree" };
  const agent = await startAgent(home, "!fake edit README.md mine", {}, where);
  await agent.waitFor("completed");
  await agent.ask("session.terminate");
  const ask = (input = {}) => agent.ask<Finish>("worktree.finish", input);
  return { home, repo, agent, ask };
}

const identity = {
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.invalid",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.invalid",
};

function type(lines: readonly string[] = []): void {
  for (const line of lines) {
    const env = { PATH: process.env["PATH"], ...identity };
    execFileSync("sh", ["-ec", line], { stdio: "ignore", env });
  }
}

test("the commands it prints take the work over and leave nothing behind", async () => {
  const { repo, agent, ask } = await finished();
  const objects = () => runGit(repo, "count-objects");
  const before = objects();

  const first = await ask();
  expect(objects()).toBe(before);
  expect(first).toMatchObject({ into: "main", commits_ahead: 0, uncommitted: [" M README.md"] });
  type(first.commands["commit"]);
  const second = await ask();
  expect(second).toMatchObject({ commits_ahead: 1, uncommitted: [], would_conflict: false });
  type(second.commands["review"]);
  type(second.commands["merge"]);
  const merged = await ask();
  expect(merged.commands).toMatchObject({ merge: [], cleanup: second.commands["cleanup"] });
  expect(merged.commands["cleanup"]).toEqual([`agentpool worktrees cleanup ${agent.id}`]);
  await agent.ask("worktree.cleanup");

  expect(readFileSync(join(repo, "README.md"), "utf8")).toContain("mine");
  expect(existsSync(second.path)).toBe(false);
  expect(runGit(repo, "branch", "--list", "agentpool/*")).toBe("");
  await expect(ask()).rejects.toMatchObject({ code: "worktree_not_found" });
});

test("a merge that would conflict says in which files, and changes nothing", async () => {
  const { repo, ask } = await finished();
  type((await ask()).commands["commit"]);
  writeFileSync(join(repo, "README.md"), "theirs\n");
  runGit(repo, "commit", "--all", "--quiet", "--message=theirs");

  const seen = await ask();

  expect(seen).toMatchObject({ would_conflict: true, conflicts: ["README.md"] });
  expect(runGit(repo, "status", "--short")).toBe("");
  expect(() => type(seen.commands["merge"])).toThrow(/merge/);
});

test("it goes into another branch when asked, and refuses one that is not there", async () => {
  const { repo, ask } = await finished();
  runGit(repo, "branch", "next");
  type((await ask()).commands["commit"]);

  const seen = await ask({ into: "next" });
  type(seen.commands["cherry_pick"]);

  expect(runGit(repo, "log", "-1", "--format=%s", "next")).toContain("Work of ap_");
  await expect(ask({ into: "nowhere" })).rejects.toMatchObject({ code: "base_not_found" });
});

test("a session without a worktree has nothing to finish", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "hello");

  await expect(agent.ask("worktree.finish")).rejects.toMatchObject({ code: "worktree_not_found" });
});

test("commits beside the branch are told of, and taken over with what lies uncommitted", async () => {
  const { repo, agent, ask } = await finished();
  const { path } = await ask();
  runGit(path, "checkout", "--quiet", "--detach");
  writeFileSync(join(path, "new.txt"), "x\n");
  runGit(path, "add", "new.txt");
  runGit(path, "commit", "--quiet", "--message=beside");

  const seen = await ask();
  expect(seen).toMatchObject({
    commits_ahead: 0,
    commits_beside: 1,
    uncommitted: [" M README.md"],
  });
  expect(seen.notes.join()).toContain("with 1 commit that the branch has not");
  type(seen.commands["commit"]);
  type((await ask()).commands["merge"]);

  expect(readFileSync(join(repo, "README.md"), "utf8")).toContain("mine");
  expect(existsSync(join(repo, "new.txt"))).toBe(true);
  await agent.ask("worktree.cleanup");
});
