import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLocalMachine } from "../../src/runtime/local/machine.ts";
import { forgetOldBases } from "../../src/session/seal.ts";
import { makeRepo, openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";

interface Collected {
  artifact_dir: string;
  artifacts: { kind: string; sha256: string | null }[];
  git: { changed_files: string[]; dirty: boolean };
  warnings: string[];
}

/** A session in a repository with work of the user's own, which goes into the base snapshot. */
async function sessionBesideUserWork() {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  writeFileSync(join(repo, "notes.txt"), "the user's own words\n");
  const agent = await startAgent(home, "!fake edit theirs.txt new", {}, { repo_path: repo });
  await agent.waitFor("completed");
  const { objects } = home.home.session(agent.id);
  expect(existsSync(objects)).toBe(true);
  return { home, repo, agent, objects };
}

const shas = (collected: Collected): (string | null)[] =>
  collected.artifacts.map((file) => file.sha256);

test("files as they were at the start go with the first collect after the end, which is final", async () => {
  const { agent, repo, objects } = await sessionBesideUserWork();
  await agent.ask<Collected>("session.collect");
  expect(existsSync(objects)).toBe(true);
  await agent.ask("session.terminate");
  expect(existsSync(objects)).toBe(true);

  const last = await agent.ask<Collected>("session.collect");

  expect(last.git.changed_files).toEqual(["theirs.txt"]);
  expect(existsSync(objects)).toBe(false);
  writeFileSync(join(repo, "later.txt"), "not of the agent\n");
  const again = await agent.ask<Collected>("session.collect");
  expect(again.git).toEqual(last.git);
  expect(shas(again)).toEqual(shas(last));
  expect(again.warnings.at(-1)).toMatch(/^these are the files of .+ is not kept any more$/);
  expect(readFileSync(join(again.artifact_dir, "diff.patch"), "utf8")).toContain("+new");
});

test("they go with a collect that closes the session, and with its worktree", async () => {
  const { agent, objects } = await sessionBesideUserWork();
  const closed = await agent.ask<Collected>("session.collect", { close: true });
  expect(existsSync(objects)).toBe(false);
  const again = await agent.ask<Collected>("session.collect");
  expect(again.git.changed_files).toEqual(closed.git.changed_files);

  const home = await openHome();
  const where = { repo_path: makeRepo(home.folder), isolation: "worktree" };
  const other = await startAgent(home, "!fake edit theirs.txt new", {}, where);
  await other.waitFor("completed");
  await other.ask("session.terminate");
  expect(existsSync(home.home.session(other.id).objects)).toBe(true);
  await other.ask("worktree.cleanup", { force: true });
  expect(existsSync(home.home.session(other.id).objects)).toBe(false);
});

test("of sessions that nobody collects they go when their time is over, of live ones never", async () => {
  const { home, agent, objects } = await sessionBesideUserWork();
  const parts = { store: home.app.store, machine: createLocalMachine(), home: home.home };
  const soon = Date.now() + 1_000;
  await forgetOldBases(parts, soon);
  expect(existsSync(objects)).toBe(true);

  await agent.ask("session.terminate");
  await forgetOldBases(parts, 0);
  expect(existsSync(objects)).toBe(true);
  await forgetOldBases(parts, soon + 10_000);
  expect(existsSync(objects)).toBe(false);

  const late = await agent.ask<Collected>("session.collect");
  expect(late.warnings).toContain(
    "there is no diff: what was there when the session began is not kept any more",
  );
});
