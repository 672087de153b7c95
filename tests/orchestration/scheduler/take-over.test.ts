// needs: tmux, git
import { execFileSync } from "node:child_process";
import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepo, openHome } from "../../support/home.ts";
import { runOver, startPool } from "../../support/orchestration/pool-run.ts";

interface Finish {
  readonly branches: readonly {
    readonly branch: string;
    readonly title: string;
    readonly path: string;
    readonly uncommitted: boolean;
    readonly changed_files: readonly string[];
  }[];
  readonly conflicts: readonly { readonly a: string; readonly b: string; files: string[] }[];
  readonly order: readonly { readonly branch: string }[];
  readonly commands: readonly string[];
  readonly cleanup: readonly string[];
  readonly notes: readonly string[];
}

const env = {
  ...process.env,
  GIT_AUTHOR_NAME: "t",
  GIT_AUTHOR_EMAIL: "t@example.invalid",
  GIT_COMMITTER_NAME: "t",
  GIT_COMMITTER_EMAIL: "t@example.invalid",
};

test("finish tells branches, conflicts, order and commands that work, and changes nothing", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  const run = await startPool(
    { app: home.app, folder: repo },
    ["!fake edit README.md left", "!fake edit README.md right", "!fake edit other.md new"],
    { worker: { mode: "worktree" } },
  );
  expect(await runOver(home, run.id)).toMatchObject({ state: "completed" });
  const before = execFileSync("git", ["-C", repo, "status", "--short"]).toString();

  const found = await home.ask<Finish & Record<string, unknown>>("run.finish", {
    run_id: run.id,
  });

  expect(found.branches.map((one) => [one.changed_files, one.uncommitted])).toEqual([
    [["README.md"], true],
    [["README.md"], true],
    [["other.md"], true],
  ]);
  const [left, right, other] = found.branches.map(({ branch }) => branch);
  expect(found.conflicts).toEqual([{ a: left, b: right, files: ["README.md"] }]);
  expect(found.order[0]?.branch).toBe(other);
  expect(execFileSync("git", ["-C", repo, "status", "--short"]).toString()).toBe(before);
  // what is printed can be typed, up to the merge that conflicts; pasting the rest commits no marks
  const stops = found.commands.findIndex((line) => line.startsWith("#")) - 1;
  for (const line of found.commands.slice(0, stops)) {
    execFileSync("sh", ["-c", line], { env, stdio: "pipe" });
  }
  expect(() =>
    execFileSync("sh", ["-c", found.commands[stops] ?? ""], { env, stdio: "pipe" }),
  ).toThrow(/Command failed/);
  const unmerged = ["-C", repo, "diff", "--name-only", "--diff-filter=U"];
  expect(execFileSync("git", unmerged).toString()).toBe("README.md\n");
  execFileSync("sh", ["-c", found.commands.slice(stops + 1).join("\n")], { env, stdio: "pipe" });
  expect(execFileSync("git", unmerged).toString()).toBe("README.md\n");
  const files = execFileSync("git", ["-C", repo, "ls-files"]).toString();
  expect(files).toContain("other.md");
});

test("after the merges its clean-up leaves no worktree and no branch", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  const run = await startPool(
    { app: home.app, folder: repo },
    ["!fake edit a.md one", "!fake edit b.md two", "!fake say nothing to merge"],
    { worker: { mode: "worktree" } },
  );
  await runOver(home, run.id);
  const { commands, cleanup } = await home.ask<Finish & Record<string, unknown>>("run.finish", {
    run_id: run.id,
  });

  for (const line of commands) execFileSync("sh", ["-c", line], { env, stdio: "pipe" });
  expect(cleanup).toHaveLength(3);
  for (const line of cleanup) {
    const [, session_id = ""] = /^agentpool worktrees cleanup (ap_\w+)$/.exec(line) ?? [];
    expect(await home.ask("worktree.cleanup", { session_id })).toMatchObject({
      removed: true,
      branch_removed: true,
    });
  }

  const left = (...args: string[]) => execFileSync("git", ["-C", repo, ...args]).toString();
  expect(left("branch", "--format=%(refname:short)")).toBe("main\n");
  expect(left("worktree", "list").trim().split("\n")).toHaveLength(1);
  expect(left("ls-files")).toContain("a.md\nb.md");
  const subjects = left("log", "--no-merges", "--format=%s").split("\n");
  expect(subjects).toEqual(expect.arrayContaining(["task 1", "task 2"]));
});

test("finish tells what has become otherwise in the branch it goes into", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  const run = await startPool(
    { app: home.app, folder: repo },
    ["!fake edit README.md left", "!fake edit other.md new"],
    { worker: { mode: "worktree" } },
  );
  await runOver(home, run.id);
  appendFileSync(join(repo, "README.md"), "by hand\n");
  execFileSync("git", ["-C", repo, "commit", "--quiet", "--all", "--message", "by hand"]);

  const found = await home.ask<Finish & Record<string, unknown>>("run.finish", { run_id: run.id });

  const [left, other] = found.branches.map(({ branch }) => branch);
  expect(found.order.map(({ branch }) => branch)).toEqual([other, left]);
  expect(found.order[1]).toMatchObject({ because: expect.stringMatching(/conflicts with ma/) });
  expect(found.commands.at(-2)).toBe("# it stops at README.md: put these right, then");
});

test("finish says where work is gone, and what stands in the way of a merge", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  const git = (...args: string[]) => execFileSync("git", ["-C", repo, ...args], { stdio: "pipe" });
  const run = await startPool(
    { app: home.app, folder: repo },
    ["!fake edit a.md one", "!fake edit b.md two", "!fake edit c.md three"],
    { worker: { mode: "worktree" } },
  );
  await runOver(home, run.id);
  const look = () => home.ask<Finish & Record<string, unknown>>("run.finish", { run_id: run.id });
  const [first, second] = (await look()).branches;
  expect((await look()).notes).toEqual([]);

  rmSync(first?.path ?? "", { recursive: true });
  git("worktree", "remove", "--force", second?.path ?? "");
  git("branch", "-D", second?.branch ?? "");
  appendFileSync(join(repo, "README.md"), "more\n");
  git("checkout", "--quiet", "--detach");
  const { notes, commands } = await look();

  expect(notes).toEqual([
    expect.stringMatching(
      `the branch ${second?.branch} is gone: .*: agentpool collect ${second?.branch.split("/").at(-1)}$`,
    ),
    expect.stringMatching(
      `the worktree of ${first?.branch} is gone, and only its commits are left`,
    ),
    expect.stringContaining("no branch is checked out"),
    expect.stringContaining("has uncommitted changes"),
  ]);
  expect(commands.filter((line) => line.includes(" switch "))).toEqual([]);
});

test("a report holds results, failures with their reasons, times, and tokens", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake usage 100 20\n!fake say fine", "!fake fail broken"], {
    name: "nightly",
  });
  await runOver(home, run.id);

  const { markdown, tokens } = await home.ask<{
    markdown: string;
    tokens: { input: number; output: number };
  }>("run.report", { run_id: "nightly" });

  expect(markdown).toMatch(/^# nightly: partial\n/);
  expect(markdown).toContain("### task 1\n\nfine\n");
  expect(markdown).toContain("Not done: its turn failed: broken");
  // the scripted agent counts the turn that failed as well
  expect(tokens.input).toBeGreaterThan(100);
  expect(tokens.output).toBe(20);
});
