import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { inspectRepo } from "../../../src/session/workspace/repo.ts";
import { makeRepo, putFiles, runGit } from "../../support/git-repo.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const machine = createLocalMachine();

test("a path that does not exist is refused and not created", async () => {
  const path = join(tempFolder(), "nowhere");

  await expect(inspectRepo(machine, path)).rejects.toMatchObject({ code: "repo_not_found" });
  expect(await machine.stat(path)).toBeUndefined();
});

test("a file is refused", async () => {
  const path = join(tempFolder(), "file");
  writeFileSync(path, "");

  await expect(inspectRepo(machine, path)).rejects.toMatchObject({ code: "repo_not_a_directory" });
});

test("a folder without git says why there is no git", async () => {
  const repo = await inspectRepo(machine, tempFolder());

  expect(repo.git).toBeNull();
  expect(repo.noGitBecause).toBe("neither it nor a folder above it has a .git");
  expect(repo.dirty).toBe(false);
});

test("a subfolder reached through a symbolic link is named by its real path", async () => {
  const folder = tempFolder();
  const root = makeRepo(join(folder, "real repo"), { "a/b/c.txt": "1" });
  symlinkSync(root, join(folder, "link"));

  const repo = await inspectRepo(machine, join(folder, "link/a/b"));

  expect(repo.path).toBe(join(realpathSync(root), "a/b"));
  expect(repo.git).toMatchObject({
    topLevel: realpathSync(root),
    subfolder: "a/b",
    branch: "main",
    isLinked: false,
    hasSubmodules: false,
  });
  expect(repo.git?.head).toMatch(/^[0-9a-f]{40}$/);
});

test("a folder whose name holds odd characters is read like any other", async () => {
  const root = makeRepo(join(tempFolder(), 'odd "näme"\n$x '), { "a.txt": "1" });

  const repo = await inspectRepo(machine, root);

  expect(repo.path).toBe(realpathSync(root));
  expect(repo.git?.topLevel).toBe(realpathSync(root));
});

test("a repository before its first commit has no head", async () => {
  const root = join(tempFolder(), "new");
  mkdirSync(root);
  runGit(root, "init", "--quiet");

  const repo = await inspectRepo(machine, root);

  expect(repo.git).toMatchObject({ head: null });
});

test("new files make a repository dirty, ignored ones do not", async () => {
  const root = makeRepo(join(tempFolder(), "r"), { ".gitignore": "*.log\n" });

  putFiles(root, { "debug.log": "x" });
  expect((await inspectRepo(machine, root)).dirty).toBe(false);

  putFiles(root, { "new.txt": "x" });
  expect((await inspectRepo(machine, root)).dirty).toBe(true);
});

test("a bare repository, a linked worktree and a .git folder are told apart", async () => {
  const folder = tempFolder();
  const root = makeRepo(join(folder, "r"), { "a.txt": "1" });
  runGit(folder, "clone", "--quiet", "--bare", "r", "bare.git");
  runGit(root, "worktree", "add", "--quiet", "--detach", join(folder, "linked"));

  const bare = await inspectRepo(machine, join(folder, "bare.git"));
  expect(bare.git).toMatchObject({ topLevel: null, branch: "main" });
  const linked = await inspectRepo(machine, join(folder, "linked"));
  expect(linked.git).toMatchObject({ isLinked: true, branch: null });
  expect((await inspectRepo(machine, join(root, ".git"))).noGitBecause).toBe(
    "it lies inside a .git folder",
  );
});

test("settings of the repository and of our own surroundings run no program and change nothing", async () => {
  const folder = tempFolder();
  const root = makeRepo(join(folder, "r"), { "a.txt": "1" });
  const trap = join(folder, "trap.sh");
  writeFileSync(trap, `#!/bin/sh\ntouch ${join(folder, "sprung")}\n`, { mode: 0o755 });
  runGit(root, "config", "core.fsmonitor", trap);
  runGit(root, "config", "core.pager", trap);
  runGit(root, "config", "alias.status", "!false");
  process.env["GIT_DIR"] = "/nonexistent";
  process.env["GIT_INDEX_FILE"] = "/nonexistent";
  try {
    putFiles(root, { "b.txt": "1" });
    expect((await inspectRepo(machine, root)).dirty).toBe(true);
  } finally {
    delete process.env["GIT_DIR"];
    delete process.env["GIT_INDEX_FILE"];
  }
  expect(await machine.stat(join(folder, "sprung"))).toBeUndefined();
});
