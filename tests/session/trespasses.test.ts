// needs: tmux
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findTrespasses } from "../../src/domain/trespass.ts";
import { makeRepo, openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";
import { makeLease } from "../support/records.ts";

interface Collected {
  readonly artifact_dir: string;
  readonly warnings: readonly string[];
  readonly git: {
    readonly changed_files: readonly string[];
    readonly uncovered_files: readonly string[] | null;
    readonly not_allowed_files: readonly string[] | null;
  };
}

const task = ["a.txt", "src/b.txt", "docs/c.txt"].map((file) => `!fake edit ${file} x`).join("\n");

test("collect tells what a session changed without a lease, and outside of what it may", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  const where = { repo_path: repo, isolation: "worktree", allowed_files: ["src/**", "docs"] };
  const agent = await startAgent(home, "hello", {}, where);
  await agent.waitFor("completed");
  await home.ask("lease.acquire", { session_id: agent.id, files: ["src/**"] });
  await home.ask("lease.acquire", { session_id: agent.id, files: ["docs/**"], mode: "read" });
  await home.ask("lease.acquire", { agent: "other", files: ["a.txt"] }, { cwd: repo });
  await agent.send(task, { wait: "turn" });

  const seen = await agent.ask<Collected>("session.collect", { close: true });

  expect(seen.git).toMatchObject({
    changed_files: ["a.txt", "docs/c.txt", "src/b.txt"],
    uncovered_files: ["a.txt", "docs/c.txt"],
    not_allowed_files: ["a.txt"],
  });
  expect(seen.warnings.slice(0, 3)).toEqual([
    "2 changed files covered by no lease of the session",
    "1 changed file outside of what the session may change",
    "1 changed file leased by others: agent:other",
  ]);
  const summary = readFileSync(join(seen.artifact_dir, "summary.md"), "utf8");
  expect(summary).toContain('## Changed without a lease\n\n- "a.txt"\n- "docs/c.txt"\n');
  // its base is not kept any more: this comes from the files
  const again = await agent.ask<Collected>("session.collect");
  expect(again.git.uncovered_files).toEqual(["a.txt", "docs/c.txt"]);
});

test("a session without leases is judged where the settings ask for it", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  const agent = await startAgent(home, task, {}, { repo_path: repo, isolation: "worktree" });
  await agent.waitFor("completed");
  const before = await agent.ask<Collected>("session.collect");
  expect(before.git).toMatchObject({ uncovered_files: null, not_allowed_files: null });

  mkdirSync(home.home.root, { recursive: true });
  writeFileSync(home.home.config, "leases:\n  report_uncovered: true\n");
  const after = await agent.ask<Collected>("session.collect");

  expect(after.git.uncovered_files).toEqual(["a.txt", "docs/c.txt", "src/b.txt"]);
});

test("only a lease that was given, and lets one change files, covers any", () => {
  const rules = {
    own: [
      makeLease({ key: "/r/a", state: "released" }),
      makeLease({ key: "/r/b", mode: "shared" }),
      makeLease({ key: "/r/c", grantedAt: null, state: "withdrawn" }),
    ],
    active: [makeLease({ key: "/r/**", holder: "agent:me" })],
    holder: "agent:me",
    allowed: null,
    asksLeases: false,
  };
  const changed = ["a", "b", "c"].map((path) => ({ path, key: `/r/${path}` }));

  expect(findTrespasses(changed, rules)).toEqual({
    uncovered: ["b", "c"],
    notAllowed: null,
    heldByOthers: [],
  });
});
