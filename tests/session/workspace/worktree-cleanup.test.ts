import { existsSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Session } from "../../../src/domain/session.ts";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { inspectRepo } from "../../../src/session/workspace/repo.ts";
import {
  cleanupWorktree,
  planCleanup,
  type CleanupFacts,
} from "../../../src/session/workspace/worktree-cleanup.ts";
import { listWorktrees, parseEntries } from "../../../src/session/workspace/worktree-list.ts";
import { createWorktree, planWorktree } from "../../../src/session/workspace/worktree.ts";
import { makeRepo, putFiles, runGit } from "../../support/git-repo.ts";
import { makeSession } from "../../support/session.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const machine = createLocalMachine();
const id = "ap_0123456789ab";

async function sessionWithWorktree(subfolder = "") {
  const folder = realpathSync(tempFolder());
  const root = makeRepo(join(folder, "r"), {
    "a.txt": "1",
    "sub/b.txt": "2",
    ".gitignore": "*.log\n",
  });
  const worktrees = join(folder, "worktrees");
  const named = join(root, subfolder);
  const plan = await planWorktree(machine, await inspectRepo(machine, named), {
    folder: worktrees,
    providerId: "fake",
    sessionId: id,
    base: null,
  });
  await createWorktree(machine, named, plan);
  const session = makeSession({
    id,
    workspace: {
      mode: "worktree",
      repoPath: named,
      workPath: plan.workPath,
      branch: plan.branch,
      baseCommit: plan.base,
      baseTree: null,
    },
  });
  const clean = (options: Partial<Parameters<typeof cleanupWorktree>[2]> = {}) =>
    cleanupWorktree(machine, session, {
      folder: worktrees,
      active: false,
      force: false,
      dryRun: false,
      ...options,
    });
  return { root, plan, session, clean, worktrees };
}

function branches(root: string): string[] {
  return runGit(root, "branch", "--format=%(refname:short)").trim().split("\n");
}

describe("a clean-up", () => {
  test("removes a clean worktree and its branch, ignored files in it notwithstanding", async () => {
    const { root, plan, clean } = await sessionWithWorktree("sub");
    putFiles(plan.path, { "debug.log": "x" });

    const done = await clean();

    expect(done).toMatchObject({
      removed: true,
      branchRemoved: true,
      dirty: false,
      path: plan.path,
    });
    expect(existsSync(plan.path)).toBe(false);
    expect(branches(root)).toEqual(["main"]);
    expect(runGit(root, "worktree", "list").trim().split("\n")).toHaveLength(1);
  });

  test("keeps and names a branch with commits of its own", async () => {
    const { root, plan, clean } = await sessionWithWorktree();
    putFiles(plan.path, { "new.txt": "x" });
    runGit(plan.path, "add", "-A");
    runGit(plan.path, "commit", "-qm", "work");

    const done = await clean();

    expect(done).toMatchObject({ removed: true, branchRemoved: false, branch: plan.branch });
    expect(done.reason).toContain("1 commit");
    expect(branches(root)).toContain(plan.branch);
  });

  test("takes a branch whose commits the checked out branch has, and no other", async () => {
    const { root, plan, clean } = await sessionWithWorktree();
    putFiles(plan.path, { "new.txt": "x" });
    runGit(plan.path, "add", "-A");
    runGit(plan.path, "commit", "-qm", "work");
    const dryRun = () => clean({ dryRun: true });
    // a merge into another branch, or onto none, is not where the person would look
    runGit(root, "branch", "other", plan.branch);
    expect(await dryRun()).toMatchObject({ wouldRemoveBranch: false });
    runGit(root, "checkout", "-q", "--detach", plan.branch);
    expect(await dryRun()).toMatchObject({ wouldRemoveBranch: false });
    runGit(root, "checkout", "-q", "main");
    runGit(root, "cherry-pick", "--no-commit", plan.branch);
    runGit(root, "commit", "-qm", "alike");
    expect(await dryRun()).toMatchObject({ wouldRemoveBranch: false });
    runGit(root, "merge", "-q", "--no-ff", "--no-edit", plan.branch);
    putFiles(plan.path, { "late.txt": "x" });
    expect(await dryRun()).toMatchObject({ wouldRemoveBranch: false, blocked: "worktree_dirty" });
    rmSync(join(plan.path, "late.txt"));

    const done = await clean();

    expect(done).toMatchObject({ removed: true, branchRemoved: true });
    expect(done.reason).toBe(`the branch ${plan.branch} goes: main has all its commits`);
    expect(branches(root)).toEqual(["main", "other"]);
  });

  test("refuses while a commit stands on no branch, until forced", async () => {
    const { plan, clean } = await sessionWithWorktree();
    runGit(plan.path, "checkout", "-q", "--detach");
    putFiles(plan.path, { "new.txt": "x" });
    runGit(plan.path, "add", "-A");
    runGit(plan.path, "commit", "-qm", "work");

    await expect(clean()).rejects.toMatchObject({ code: "worktree_dirty" });
    runGit(plan.path, "branch", "kept");
    expect(await clean()).toMatchObject({ removed: true });
  });

  test("refuses uncommitted work, until forced; our own files in it are no work", async () => {
    const { plan, clean } = await sessionWithWorktree();
    putFiles(plan.path, { ".claude/settings.local.json": "{}" });
    expect(await clean({ dryRun: true, litter: [".claude/settings.local.json"] })).toMatchObject({
      wouldRemove: true,
      dirty: false,
    });
    putFiles(plan.path, { "new.txt": "x" });

    await expect(clean()).rejects.toMatchObject({ code: "worktree_dirty" });
    expect(existsSync(join(plan.path, "new.txt"))).toBe(true);
    expect(await clean({ dryRun: true })).toMatchObject({
      removed: false,
      wouldRemove: false,
      blocked: "worktree_dirty",
    });
    expect(await clean({ force: true })).toMatchObject({ removed: true, dirty: true });
    expect(existsSync(plan.path)).toBe(false);
  });

  test("refuses while the session lives, even when forced", async () => {
    const { plan, clean } = await sessionWithWorktree();

    await expect(clean({ active: true, force: true })).rejects.toMatchObject({
      code: "worktree_active",
      hint: expect.stringContaining("terminate"),
    });
    expect(existsSync(plan.path)).toBe(true);
  });

  test("repeated, or after somebody removed the folder, tidies up what is left", async () => {
    const { root, plan, clean } = await sessionWithWorktree();
    rmSync(plan.path, { recursive: true });

    expect(await clean()).toMatchObject({ removed: false, branchRemoved: true });
    expect(branches(root)).toEqual(["main"]);
    expect(await clean()).toMatchObject({
      removed: false,
      branchRemoved: false,
      wouldRemove: false,
    });
  });

  test("works when the repository itself is gone, but only by force", async () => {
    const { root, plan, clean } = await sessionWithWorktree();
    rmSync(root, { recursive: true });

    await expect(clean()).rejects.toMatchObject({ code: "worktree_dirty" });
    expect(await clean({ force: true })).toMatchObject({ removed: true, branchRemoved: false });
    expect(existsSync(plan.path)).toBe(false);
  });

  test("never removes a folder that is not below the worktrees of this home", async () => {
    const { root, session, worktrees } = await sessionWithWorktree();
    const options = { folder: worktrees, active: false, force: true, dryRun: false };
    const elsewhere = (fields: Partial<Session["workspace"]>) =>
      cleanupWorktree(
        machine,
        { ...session, workspace: { ...session.workspace, ...fields } },
        options,
      );

    await expect(elsewhere({ workPath: root })).rejects.toMatchObject({
      code: "worktree_not_found",
    });
    await expect(elsewhere({ workPath: worktrees })).rejects.toMatchObject({
      code: "worktree_not_found",
    });
    await expect(elsewhere({ mode: "shared" })).rejects.toMatchObject({
      code: "worktree_not_found",
    });
    expect(existsSync(root)).toBe(true);
  });
});

test("a branch that a person has checked out elsewhere stays", async () => {
  const { root, plan, clean } = await sessionWithWorktree();
  runGit(plan.path, "checkout", "--quiet", "--detach");
  runGit(root, "checkout", "--quiet", plan.branch);

  expect(await clean({ dryRun: true })).toMatchObject({ wouldRemoveBranch: false });
  const done = await clean();

  expect(done).toMatchObject({ removed: true, branchRemoved: false });
  expect(done.reason).toContain(`is checked out in ${root}`);
  expect(runGit(root, "status", "--short")).toBe("");
  expect(runGit(root, "rev-parse", "HEAD").trim()).toBe(plan.base);
});

test("the decision needs nothing but facts", () => {
  const facts: CleanupFacts = {
    sessionId: id,
    active: false,
    path: "/w/r",
    exists: true,
    dirty: false,
    branch: "agentpool/fake/x",
    tip: "abc",
    commitsAhead: 0,
    mergedInto: null,
    checkedOutIn: null,
    looseCommit: null,
    inSubmodule: null,
  };

  expect(planCleanup(facts, false)).toMatchObject({
    wouldRemove: true,
    wouldRemoveBranch: true,
    blocked: null,
  });
  expect(planCleanup({ ...facts, dirty: null }, false).blocked).toBe("worktree_dirty");
  expect(planCleanup({ ...facts, commitsAhead: null }, true).wouldRemoveBranch).toBe(false);
  expect(
    planCleanup({ ...facts, commitsAhead: 2, mergedInto: "main" }, false).wouldRemoveBranch,
  ).toBe(true);
  expect(planCleanup({ ...facts, active: true }, true).blocked).toBe("worktree_active");
});

test("the list shows every worktree with session, life, dirt and commits", async () => {
  const { root, plan } = await sessionWithWorktree();
  putFiles(plan.path, { "new.txt": "x" });
  runGit(plan.path, "add", "-A");
  runGit(plan.path, "commit", "-qm", "work");
  putFiles(plan.path, { "more.txt": "x" });
  runGit(root, "worktree", "add", "-q", "-b", "own", join(root, "../zz"));
  rmSync(join(root, "../zz"), { recursive: true });

  const { repoPath, worktrees } = await listWorktrees(
    machine,
    join(root, "sub"),
    (session) => session === id,
  );

  expect(repoPath).toBe(root);
  expect(worktrees).toMatchObject([
    {
      path: root,
      branch: "main",
      isMain: true,
      sessionId: null,
      active: false,
      dirty: false,
      commitsAhead: null,
    },
    {
      path: plan.path,
      branch: plan.branch,
      isMain: false,
      sessionId: id,
      active: true,
      dirty: true,
      commitsAhead: 1,
    },
    { branch: "own", sessionId: null, active: false, dirty: null, commitsAhead: null },
  ]);
});

test("a listing is read with and without zero bytes", () => {
  const lines = [
    "worktree /a b",
    "HEAD abc",
    "branch refs/heads/x/y",
    "",
    "worktree /bare",
    "bare",
    "",
    "",
  ];

  const expected = [
    { path: "/a b", branch: "x/y", head: "abc", bare: false },
    { path: "/bare", branch: null, head: null, bare: true },
  ];
  expect(parseEntries(lines.join("\n"), "\n")).toEqual(expected);
  expect(parseEntries(lines.join("\0"), "\0")).toEqual(expected);
});
