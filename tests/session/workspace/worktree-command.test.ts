import { mkdirSync, realpathSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { inspectRepo } from "../../../src/session/workspace/repo.ts";
import { createWorktree, planWorktree, readMark } from "../../../src/session/workspace/worktree.ts";
import { makeRepo, runGit } from "../../support/git-repo.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const machine = createLocalMachine();

async function plan(root: string, sessionId: string) {
  return planWorktree(machine, await inspectRepo(machine, root), {
    folder: join(realpathSync(join(root, "..")), "worktrees"),
    providerId: "fake",
    sessionId,
    base: null,
  });
}

test("agents that start side by side in one repository all get their worktree", async () => {
  const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1" });
  for (const round of ["a", "b", "c", "d"]) {
    const ids = Array.from({ length: 10 }, (_, i) => `ap_${round}${i}`);
    const plans = await Promise.all(ids.map((id) => plan(root, id)));

    await Promise.all(plans.map((one) => createWorktree(machine, root, one, { first: true })));

    for (const one of plans) {
      expect(runGit(one.path, "status", "--porcelain", "--branch")).toBe(`## ${one.branch}\n`);
    }
  }
});

test("an entry that a killed git left unfinished fails nobody", async () => {
  const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1" });
  const entry = join(root, ".git/worktrees/other");
  mkdirSync(entry, { recursive: true });
  writeFileSync(join(entry, "locked"), "initializing");
  writeFileSync(join(entry, "gitdir"), join(root, "../other/.git\n"));
  writeFileSync(join(entry, "commondir"), "");
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(join(entry, "commondir"), longAgo, longAgo);
  expect(() => runGit(root, "worktree", "list")).toThrow("commondir");

  const made = await plan(root, "ap_1");
  await createWorktree(machine, root, made, { first: true });

  expect(runGit(made.path, "status", "--porcelain", "--branch")).toBe(`## ${made.branch}\n`);
  expect(runGit(root, "worktree", "list")).toContain(made.path);
});

test("a repository whose path holds a line break gets a worktree that is known as ours", async () => {
  const root = makeRepo(join(tempFolder(), "it's\na repo"), { "a.txt": "1" });
  const made = await plan(root, "ap_x");

  await createWorktree(machine, root, made, { first: true });

  const mark = await readMark(machine, made.path);
  expect(mark).toEqual({ branch: made.branch, base: made.base });
});
