import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
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
async function sessionBesideUserWork(env: Record<string, string> = {}) {
  const home = await openHome({ env });
  const repo = makeRepo(home.folder);
  writeFileSync(join(repo, "notes.txt"), "the user's own words\n");
  const agent = await startAgent(
    home,
    "!fake edit theirs.txt new",
    {},
    { repo_path: repo, env: Object.keys(env) },
  );
  await agent.waitFor("completed");
  const { objects } = home.home.session(agent.id);
  expect(existsSync(objects)).toBe(true);
  return { home, repo, agent, objects };
}

const shas = (collected: Collected): (string | null)[] =>
  collected.artifacts.map((file) => file.sha256);

test("files as they were at the start go with the first collect after the end, which is final", async () => {
  const { agent, repo, objects } = await sessionBesideUserWork();
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

test("they go with the end where the work is still what was collected, and the files are final", async () => {
  const secret = "hunter2-of-the-environment";
  const { agent, repo, objects } = await sessionBesideUserWork({ DB_PASSWORD: secret });
  writeFileSync(join(repo, "config.txt"), `${secret}\n`);
  await agent.ask<Collected>("session.collect");
  expect(existsSync(objects)).toBe(true);

  await agent.ask("session.terminate");

  expect(existsSync(objects)).toBe(false);
  const last = await agent.ask<Collected>("session.collect");
  expect(last.git.changed_files).toEqual(["config.txt", "theirs.txt"]);
  expect(last.warnings).not.toContainEqual(expect.stringMatching(/^the session is live/));
  const read = (name: string) => readFileSync(join(last.artifact_dir, name), "utf8");
  expect(JSON.parse(read("metadata.json"))).toMatchObject({ state: "completed" });
  expect(read("diff.patch")).toContain("+new");
  expect(read("diff.patch")).not.toContain(secret);
});

test("they stay where somebody took the work away since, and so does the diff that was kept", async () => {
  const { agent, repo, objects } = await sessionBesideUserWork();
  const kept = await agent.ask<Collected>("session.collect");
  rmSync(join(repo, "theirs.txt"));

  await agent.ask("session.terminate");

  expect(existsSync(objects)).toBe(true);
  expect(readFileSync(join(kept.artifact_dir, "diff.patch"), "utf8")).toContain("+new");
});

test("others cannot read them, even of a repository that is shared; ignored files are not there", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  execFileSync("git", ["-C", repo, "config", "core.sharedRepository", "world"]);
  writeFileSync(join(repo, ".gitignore"), ".env\n");
  writeFileSync(join(repo, ".env"), "the user's own secret\n");
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  const agent = await startAgent(home, "hello", {}, { repo_path: repo });
  await agent.waitFor("completed");

  const { objects } = home.home.session(agent.id);
  const files = readdirSync(objects, { recursive: true, encoding: "utf8" });
  const open = files.filter((name) => (statSync(join(objects, name)).mode & 0o077) !== 0);
  expect(open).toEqual([]);
  const base = files.filter(
    (name) => /^base\/../.test(name) && statSync(join(objects, name)).isFile(),
  );
  const kinds = base.map((name) => {
    const bytes = inflateSync(readFileSync(join(objects, name))).toString("latin1");
    expect(bytes).not.toContain("own secret");
    return bytes.split(" ")[0];
  });
  expect(new Set(kinds)).toEqual(new Set(["blob", "tree"]));
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
