import { existsSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Workspace } from "../../../src/domain/session.ts";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { takeDiff } from "../../../src/session/workspace/diff.ts";
import { inspectRepo } from "../../../src/session/workspace/repo.ts";
import { takeSnapshot } from "../../../src/session/workspace/snapshot.ts";
import { isDirty } from "../../../src/session/workspace/uncommitted.ts";
import { cleanupWorktree } from "../../../src/session/workspace/worktree-cleanup.ts";
import { listWorktrees } from "../../../src/session/workspace/worktree-list.ts";
import { createWorktree, planWorktree } from "../../../src/session/workspace/worktree.ts";
import { makeRepo, putFiles, runGit } from "../../support/git-repo.ts";
import { makeSession } from "../../support/session.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const machine = createLocalMachine();
const id = "ap_0123456789ab";
const allow = ["-c", "protocol.file.allow=always"];

/** A worktree of a repository whose submodule `dep` has a submodule `deep`; both are empty there. */
async function worktreeWithSubmodules() {
  const folder = realpathSync(tempFolder());
  const deep = makeRepo(join(folder, "deep"), { "d.txt": "1\n" });
  const inner = makeRepo(join(folder, "inner"), { "i.txt": "1\n" });
  runGit(inner, ...allow, "submodule", "add", "--quiet", deep, "deep");
  runGit(inner, "commit", "--quiet", "-m", "submodule");
  const root = makeRepo(join(folder, "r"), { "a.txt": "1\n", ".gitignore": "*.log\n" });
  runGit(root, ...allow, "submodule", "add", "--quiet", inner, "dep");
  runGit(root, "commit", "--quiet", "-m", "submodule");
  const worktrees = join(folder, "worktrees");
  const wish = { folder: worktrees, providerId: "fake", sessionId: id, base: null };
  const plan = await planWorktree(machine, await inspectRepo(machine, root), wish);
  await createWorktree(machine, root, plan);
  const objects = join(folder, "objects");
  const snapshot = await takeSnapshot(machine, plan.path, { objects });
  const workspace: Workspace = {
    mode: "worktree",
    repoPath: root,
    workPath: plan.path,
    branch: plan.branch,
    baseCommit: snapshot.commit,
    baseTree: snapshot.tree,
  };
  const session = makeSession({ id, workspace });
  return {
    root,
    path: plan.path,
    populate: () =>
      runGit(plan.path, ...allow, "submodule", "update", "--quiet", "--init", "--recursive"),
    diff: () => takeDiff(machine, workspace, { objects, now: Date.now() }),
    clean: (options: { readonly force?: boolean } = {}) =>
      cleanupWorktree(machine, session, {
        folder: worktrees,
        active: false,
        force: false,
        dryRun: false,
        ...options,
      }),
  };
}

test("files in the folder of a submodule that is not checked out are told and kept", async () => {
  const { root, path, diff, clean } = await worktreeWithSubmodules();
  expect(await isDirty(machine, path)).toBe(false);
  expect((await diff()).notes).toEqual([]);

  putFiles(path, { "dep/work.txt": "1\n", "dep/more/work.txt": "2\n" });
  symlinkSync("nowhere", join(path, "dep/link"));

  expect(runGit(path, "status", "--porcelain", "--ignore-submodules=none")).toBe("");
  expect(await isDirty(machine, path)).toBe(true);
  const told = "3 files in dep, the folder of a submodule that is not checked out";
  expect(await diff()).toMatchObject({
    dirty: true,
    changedTotal: 0,
    notes: [`not in the diff: ${told}`],
  });
  const listed = await listWorktrees(machine, root, () => false);
  expect(listed.worktrees.map(({ dirty }) => dirty)).toEqual([false, true]);
  await expect(clean()).rejects.toMatchObject({
    code: "worktree_dirty",
    why: `it holds ${told}.`,
    hint: expect.stringContaining("move its files elsewhere"),
  });
  expect(existsSync(join(path, "dep/work.txt"))).toBe(true);
  expect(await clean({ force: true })).toMatchObject({ removed: true, dirty: true });
  expect(existsSync(path)).toBe(false);
});

test("they are found without .gitmodules, and in the submodule of a submodule", async () => {
  const { path, populate, diff } = await worktreeWithSubmodules();
  populate();
  expect(await isDirty(machine, path)).toBe(false);
  runGit(join(path, "dep"), "submodule", "--quiet", "deinit", "deep");
  runGit(path, "rm", "--quiet", ".gitmodules");
  runGit(path, "commit", "--quiet", "-m", "no list of submodules");
  expect(await isDirty(machine, path)).toBe(false);

  putFiles(path, { "dep/deep/work.txt": "1\n" });

  expect(await isDirty(machine, path)).toBe(true);
  expect((await diff()).notes).toEqual([
    "not in the diff: 1 file in dep/deep, the folder of a submodule that is not checked out",
  ]);
});

test("folders without a file and ignored files in there are no work", async () => {
  const { path } = await worktreeWithSubmodules();
  mkdirSync(join(path, "dep/empty"), { recursive: true });
  putFiles(path, { "dep/.gitignore": ".gitignore\nbuild/\n", "dep/build/out.o": "1" });

  expect(await isDirty(machine, path)).toBe(false);
});

test("changes in a checked-out submodule count whatever settings hide them, and each is told", async () => {
  const { path, populate, diff, clean } = await worktreeWithSubmodules();
  populate();
  runGit(path, "config", "diff.ignoreSubmodules", "all");
  putFiles(path, { "dep/new.txt": "1\n", "dep/deep/d.txt": "2\n" });

  expect(await isDirty(machine, path)).toBe(true);
  expect(await diff()).toMatchObject({
    dirty: true,
    notes: [
      "the submodule dep holds uncommitted work, which is not in the diff",
      "the submodule dep/deep holds uncommitted work, which is not in the diff",
    ],
  });
  await expect(clean()).rejects.toMatchObject({ code: "worktree_dirty" });
});

test("commits and stashes of a submodule that are on no remote keep the worktree", async () => {
  const { path, populate, diff, clean } = await worktreeWithSubmodules();
  populate();
  const dep = join(path, "dep");
  putFiles(dep, { "i.txt": "2\n" });
  runGit(dep, "commit", "--quiet", "--all", "-m", "work");
  runGit(path, "commit", "--quiet", "--all", "-m", "moved");
  const tip = runGit(dep, "rev-parse", "HEAD").trim();

  expect(await isDirty(machine, path)).toBe(false);
  const found = await diff();
  expect(found.changed).toMatchObject([{ path: "dep", status: "modified", newId: tip }]);
  expect(found.notes).toEqual([
    "the submodule dep moved to another commit; the diff holds its name, not what changed",
  ]);
  await expect(clean()).rejects.toMatchObject({
    code: "worktree_dirty",
    why: `the submodule dep holds the commit ${tip.slice(0, 12)}, which is on no remote.`,
    hint: expect.stringContaining("push it from the submodule"),
  });

  runGit(dep, "push", "--quiet", "origin", "HEAD:refs/heads/work");
  putFiles(dep, { "deep/d.txt": "2\n" });
  runGit(join(dep, "deep"), "stash", "--quiet");
  await expect(clean()).rejects.toMatchObject({
    why: expect.stringContaining("the submodule dep/deep holds the commit"),
  });
  runGit(join(dep, "deep"), "stash", "drop", "--quiet");
  expect(await clean()).toMatchObject({ removed: true, branchRemoved: false });
});

test("a submodule that stands where it began, on no branch of its remote, is no work", async () => {
  const { path, populate, clean } = await worktreeWithSubmodules();
  populate();
  const dep = join(path, "dep");
  runGit(dep, "remote", "remove", "origin");

  expect(runGit(dep, "branch", "--remotes")).toBe("");
  expect(await clean()).toMatchObject({ removed: true });
});

test("a worktree whose submodule is damaged is listed, and goes by force alone", async () => {
  const { root, path, clean } = await worktreeWithSubmodules();
  putFiles(path, { "dep/.git": "gitdir: /nonexistent\n", "dep/work.txt": "1\n" });

  const listed = await listWorktrees(machine, root, () => false);
  expect(listed.worktrees.map(({ dirty }) => dirty)).toEqual([false, null]);
  await expect(clean()).rejects.toMatchObject({
    code: "worktree_dirty",
    why: "git cannot tell whether it holds work.",
  });
  expect(await clean({ force: true })).toMatchObject({ removed: true, dirty: null });
});
