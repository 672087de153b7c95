import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { inspectRepo } from "../../../src/session/workspace/repo.ts";
import { createWorktree, planWorktree } from "../../../src/session/workspace/worktree.ts";
import { makeRepo, putFiles, runGit } from "../../support/git-repo.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitFor } from "../../support/wait.ts";

const machine = createLocalMachine();
const sessionId = "ap_0123456789ab";

async function plan(root: string, fields: { base?: string; attempt?: number } = {}) {
  return planWorktree(machine, await inspectRepo(machine, root), {
    folder: join(realpathSync(join(root, "..")), "worktrees"),
    providerId: "fake",
    sessionId,
    base: fields.base ?? null,
    ...(fields.attempt === undefined ? {} : { attempt: fields.attempt }),
  });
}

describe("the plan", () => {
  test("names folder and branch after repository, provider and session", async () => {
    const root = makeRepo(join(tempFolder(), "my repo"), { "a.txt": "1" });

    const made = await plan(root);

    expect(made.path.endsWith(`/worktrees/my-repo-${sessionId}`)).toBe(true);
    expect(made.workPath).toBe(made.path);
    expect(made.branch).toBe(`agentpool/fake/${sessionId}`);
    expect(made.base).toBe(runGit(root, "rev-parse", "HEAD").trim());
    expect((await plan(root, { attempt: 2 })).branch).toBe(`agentpool/fake/${sessionId}-a2`);
  });

  test("keeps the subfolder that was named, and begins at the base that was named", async () => {
    const root = makeRepo(join(tempFolder(), "r"), { "packages/app/a.txt": "1" });
    runGit(root, "tag", "v1");
    putFiles(root, { "packages/app/b.txt": "2" });
    runGit(root, "add", "-A");
    runGit(root, "commit", "-qm", "second");

    const made = await plan(join(root, "packages/app"), { base: "v1" });

    expect(made.workPath).toBe(join(made.path, "packages/app"));
    expect(made.base).toBe(runGit(root, "rev-parse", "v1").trim());
  });

  test("is refused without git, without commits and with an unknown base", async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "plain"));
    mkdirSync(join(folder, "empty"));
    runGit(join(folder, "empty"), "init", "--quiet");
    const root = makeRepo(join(folder, "r"), { "a.txt": "1" });
    mkdirSync(join(root, "untracked"));

    await expect(plan(join(folder, "plain"))).rejects.toMatchObject({
      code: "not_a_git_repository",
      hint: expect.stringContaining("git init"),
    });
    await expect(plan(join(folder, "empty"))).rejects.toMatchObject({
      code: "repo_without_commits",
    });
    await expect(plan(root, { base: "nope" })).rejects.toMatchObject({ code: "base_not_found" });
    await expect(plan(root, { base: "--all" })).rejects.toMatchObject({ code: "base_not_found" });
    await expect(plan(join(root, "untracked"))).rejects.toMatchObject({ code: "base_not_found" });
  });
});

describe("making it", () => {
  test("gives a clean checkout on its own branch, runs no hook, and may be repeated", async () => {
    const folder = tempFolder();
    const root = makeRepo(join(folder, "r"), { "a.txt": "1", "sub/b.txt": "2" });
    const hook = join(root, ".git/hooks/post-checkout");
    writeFileSync(hook, `#!/bin/sh\ntouch ${join(folder, "hooked")}\n`, { mode: 0o755 });
    const made = await plan(root);

    await createWorktree(machine, root, made);
    putFiles(made.path, { "work.txt": "of the agent" });
    await createWorktree(machine, root, made);

    expect(readFileSync(join(made.path, "sub/b.txt"), "utf8")).toBe("2");
    expect(readFileSync(join(made.path, "work.txt"), "utf8")).toBe("of the agent");
    expect(runGit(made.path, "symbolic-ref", "--short", "HEAD").trim()).toBe(made.branch);
    expect(runGit(root, "status", "--porcelain")).toBe("");
    expect(existsSync(join(folder, "hooked"))).toBe(false);
  });

  test("from a subfolder, a bare repository and a linked worktree works alike", async () => {
    const folder = tempFolder();
    const root = makeRepo(join(folder, "r"), { "sub/b.txt": "2" });
    runGit(folder, "clone", "--quiet", "--bare", "r", "bare.git");
    runGit(root, "worktree", "add", "--quiet", "--detach", join(folder, "linked"));

    for (const from of [join(root, "sub"), join(folder, "bare.git"), join(folder, "linked")]) {
      const made = await plan(from);
      await createWorktree(machine, from, made);
      expect(existsSync(join(made.path, "sub/b.txt"))).toBe(true);
      rmSync(made.path, { recursive: true });
      runGit(root, "worktree", "prune");
      runGit(join(folder, "bare.git"), "worktree", "prune");
      for (const repo of [root, join(folder, "bare.git")]) {
        if (runGit(repo, "branch", "--list", made.branch) !== "")
          runGit(repo, "branch", "-D", made.branch);
      }
    }
  });

  test.for([
    [
      "a branch without a worktree",
      (root: string, made: { branch: string; path: string }) => {
        runGit(root, "branch", made.branch);
      },
    ],
    [
      "a folder that git knows nothing of",
      (_root: string, made: { path: string }) => {
        putFiles(made.path, { "half.txt": "x" });
      },
    ],
    [
      "a worktree whose folder is gone",
      (root: string, made: { branch: string; path: string }) => {
        runGit(root, "worktree", "add", "-q", "-b", made.branch, made.path);
        rmSync(made.path, { recursive: true });
      },
    ],
    [
      "a checkout that stopped half-way",
      (root: string, made: { branch: string; path: string }) => {
        runGit(root, "worktree", "add", "-q", "--no-checkout", "-b", made.branch, made.path);
      },
    ],
    [
      "a worktree that lost its link to the repository",
      (root: string, made: { branch: string; path: string }) => {
        runGit(root, "worktree", "add", "-q", "-b", made.branch, made.path);
        writeFileSync(join(made.path, ".git"), "gitdir: /nonexistent\n");
      },
    ],
    [
      "a complete worktree without its mark",
      (root: string, made: { branch: string; path: string }) => {
        runGit(root, "worktree", "add", "-q", "-b", made.branch, made.path);
      },
    ],
  ] as const)("is completed or made anew over %s", async ([, leave]) => {
    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1" });
    const made = await plan(root);
    leave(root, made);

    await createWorktree(machine, root, made);

    expect(runGit(made.path, "status", "--porcelain")).toBe("");
    expect(readFileSync(join(made.path, "a.txt"), "utf8")).toBe("1");
    expect(existsSync(join(made.path, "half.txt"))).toBe(false);
  });

  test("never touches a branch of that name with commits of its own", async () => {
    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1" });
    const made = await plan(root);
    runGit(root, "checkout", "-q", "-b", made.branch);
    runGit(root, "commit", "-q", "--allow-empty", "-m", "own work");
    runGit(root, "checkout", "-q", "main");

    await expect(createWorktree(machine, root, made)).rejects.toMatchObject({ code: "conflict" });

    expect(runGit(root, "log", "-1", "--format=%s", made.branch).trim()).toBe("own work");
  });

  test("after git was killed at any moment gives a complete worktree", async () => {
    const root = makeRepo(join(tempFolder(), "r"), manyFiles);
    const made = await plan(root);
    const folders = [0, 1, 6, 15];
    for (const seen of folders) {
      const git = startGit(root, made);
      const ended = new Promise((resolve) => git.on("exit", resolve));
      await waitFor(
        async () => git.exitCode !== null || (await machine.list(made.path)).length >= seen,
      );
      git.kill("SIGKILL");
      await ended;

      await createWorktree(machine, root, made);

      expect(runGit(made.path, "status", "--porcelain")).toBe("");
      runGit(root, "worktree", "remove", "--force", made.path);
      runGit(root, "branch", "-D", made.branch);
    }
  });

  test("ends the git of a killed supervisor that is still at it", async () => {
    const folder = tempFolder();
    const root = makeRepo(join(folder, "r"), { "a.slow": "1" });
    const gate = join(folder, "gate");
    // a content filter that hangs stands for a long checkout
    putFiles(root, { ".gitattributes": "*.slow filter=slow\n" });
    runGit(root, "add", ".gitattributes");
    runGit(root, "commit", "-qm", "filter");
    runGit(root, "config", "filter.slow.smudge", `sh -c 'test -e ${gate} || sleep 60; cat'`);
    const made = await plan(root);
    const git = startGit(root, made);
    const ended = new Promise((resolve) => git.on("exit", resolve));
    await waitFor(() => existsSync(join(made.path, ".git")));
    writeFileSync(gate, "");

    await createWorktree(machine, root, made);

    await ended;
    expect(readFileSync(join(made.path, "a.slow"), "utf8")).toBe("1");
    expect(runGit(made.path, "status", "--porcelain")).toBe("");
  });
});

const manyFiles = Object.fromEntries(
  Array.from({ length: 400 }, (_, n) => [`d${n % 20}/f${n}.txt`, "x".repeat(2_000)]),
);

/** What a supervisor that was killed leaves running. */
function startGit(root: string, made: { readonly path: string; readonly branch: string }) {
  const args = ["-C", root, "worktree", "add", "--quiet", "-b", made.branch, made.path];
  return spawn("git", args, {
    stdio: "ignore",
    env: { ...process.env, AGENTPOOL_WORKTREE: made.path },
  });
}
