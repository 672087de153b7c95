// needs: tmux, git
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { Output } from "../../src/operations/orphan/gc.ts";
import type { Check } from "../../src/surface/cli/doctor/check.ts";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { makeRepo, runGit } from "../support/git-repo.ts";

beforeAll(ensureBuilt, 120_000);

const id = (n: number): string => `ap_${String(n).padStart(12, "0")}`;

/** A worktree as a session makes it, whose row is not in the store. */
function strayWorktree(repo: string, worktrees: string, n: number): string {
  const path = join(worktrees, `repo-${id(n)}`);
  const branch = `agentpool/fake/${id(n)}`;
  runGit(repo, "worktree", "add", "--quiet", "-b", branch, path);
  const link = readFileSync(join(path, ".git"), "utf8").replace("gitdir: ", "").trim();
  const base = runGit(repo, "rev-parse", "HEAD").trim();
  writeFileSync(join(link, "agentpool.json"), JSON.stringify({ branch, base }));
  return path;
}

test("gc removes what nobody looks after, keeps what holds work, and says why; a dry run only says", async () => {
  const { home, folder, run, json } = cliHome();
  const repo = makeRepo(join(folder, "repo"), { "a.txt": "a\n" });
  const spawn = ["spawn", "-p", "fake-completed", "--repo", repo, "--task", "x"];
  const live = await json<{ session_id: string }>([
    ...spawn,
    "--isolation",
    "worktree",
    "--name",
    "live",
  ]);

  const clean = strayWorktree(repo, home.worktrees, 1);
  const dirty = strayWorktree(repo, home.worktrees, 2);
  writeFileSync(join(dirty, "new.txt"), "work");
  const worked = strayWorktree(repo, home.worktrees, 3);
  writeFileSync(join(worked, "b.txt"), "b");
  runGit(worked, "add", "--all");
  runGit(worked, "commit", "--quiet", "-m", "work");
  runGit(repo, "branch", `agentpool/fake/${id(4)}`);
  // another home's, whose agent left its branch
  runGit(strayWorktree(repo, join(folder, "other"), 8), "checkout", "--quiet", "--detach");
  runGit(repo, "branch", "agentpool-of-mine");
  mkdirSync(join(home.worktrees, "mine"));
  const launched = home.session(id(5));
  mkdirSync(launched.root, { recursive: true });
  writeFileSync(launched.launch, JSON.stringify({ env: {} }));
  const collected = home.session(id(6));
  mkdirSync(collected.artifacts, { recursive: true });
  for (const { root } of [launched, collected]) utimesSync(root, 1_000_000, 1_000_000);
  const tmux = (...args: string[]) =>
    spawnSync("tmux", ["-S", home.tmuxSocket, ...args], { encoding: "utf8" }).stdout.trim();
  const pane = tmux("new-window", "-d", "-P", "-F", "#{pane_id}", "-t", "=agents:", "sleep 60");
  tmux("set-option", "-p", "-t", pane, "@ap_session", id(7));

  const doctor = await run(["doctor", "--json"]);
  const { checks } = JSON.parse(doctor.stdout) as { checks: Check[] };
  const dry = await json<Output>(["gc", "--dry-run"]);
  expect(existsSync(clean)).toBe(true);
  const done = await json<Output>(["gc"]);
  const none = { runs: 0, tasks: 0, approvals: 0, participants: 0, messages: 0 };
  expect([dry.forgotten, done.forgotten]).toEqual([none, none]);

  expect(checks.find(({ name }) => name === "orphans")).toMatchObject({
    status: "warn",
    message: expect.stringContaining(pane),
    repair: expect.stringContaining("agentpool gc"),
  });
  const told = (output: Output) =>
    Object.fromEntries(output.orphans.map(({ kind, what, stays }) => [`${kind} ${what}`, stays]));
  expect(told(dry)).toEqual({
    [`pane tmux pane ${pane}`]: null,
    [`worktree ${clean}`]: null,
    [`worktree ${dirty}`]: "it holds uncommitted work",
    [`worktree ${worked}`]: null,
    [`worktree ${join(home.worktrees, "mine")}`]: "nothing of agentpool has such a name",
    [`branch agentpool/fake/${id(1)} in ${repo}`]: null,
    [`branch agentpool/fake/${id(3)} in ${repo}`]: "its commits are on no other branch",
    [`branch agentpool/fake/${id(4)} in ${repo}`]: null,
    [`files ${launched.root}`]: null,
    [`files ${collected.root}`]: "it may be somebody's only copy: artifacts",
  });
  expect(dry).toMatchObject({ removed: 0, left: 4 });
  expect(told(done)).toEqual(told(dry));
  expect(done).toMatchObject({ removed: 6, left: 4 });

  expect(readdirSync(home.worktrees).toSorted()).toEqual(
    ["mine", `repo-${id(2)}`, `repo-${live.session_id}`].toSorted(),
  );
  expect(runGit(repo, "branch", "--format=%(refname:short)").trim().split("\n").toSorted()).toEqual(
    [
      "agentpool-of-mine",
      `agentpool/fake/${id(2)}`,
      `agentpool/fake/${id(3)}`,
      `agentpool/fake/${id(8)}`,
      `agentpool/fake/${live.session_id}`,
      "main",
    ].toSorted(),
  );
  expect(tmux("list-panes", "-s", "-t", "=agents:", "-F", "#{pane_id}").split("\n")).not.toContain(
    pane,
  );
  expect(existsSync(launched.root)).toBe(false);
  expect((await run(["observe", "live", "--wait-for", "turn", "--timeout", "60s"])).status).toBe(0);
  expect((await run(["gc"])).stdout).toContain("it holds uncommitted work");
});
