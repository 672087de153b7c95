// needs: tmux
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLocalMachine } from "../../src/runtime/local/machine.ts";
import { copyIncluded } from "../../src/session/workspace/include-files.ts";
import { makeRepo, putFiles, runGit } from "../support/git-repo.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { startAgent, type Agent } from "../support/observed.ts";
import { tempFolder } from "../support/temp-folder.ts";

async function homeWith(config: string, files: Readonly<Record<string, string>> = {}) {
  const home = await openHome();
  const repo = makeRepo(join(realpathSync(home.folder), "repo"), { "README.md": "", ...files });
  mkdirSync(home.home.root, { recursive: true });
  putFiles(home.home.root, { "config.yaml": config });
  const start = (task = "hello"): Promise<Agent> =>
    startAgent(home, task, {}, { repo_path: repo, isolation: "worktree" });
  return { home, repo, start };
}

async function treeOf(home: TestHome, agent: Agent): Promise<string> {
  return (await home.app.store.sessions.get(agent.id))?.workspace.workPath ?? "";
}

test("a new worktree gets the ignored files that are named, then the setup script is run in it", async () => {
  const setup =
    'worktree:\n  setup: |\n    cat .env\n    pwd > where.txt\n    echo "$AGENTPOOL_BRANCH" >> where.txt\n';
  const { home, repo, start } = await homeWith(setup, {
    ".gitignore": ".env\n*.cache\n",
    ".worktreeinclude": ".env\n",
  });
  putFiles(repo, {
    ".env": "PORT=1\nAPI_TOKEN=ghp_0123456789abcdefghijklmnopqrstuvwxyz\n",
    "x.cache": "",
  });

  const agent = await start("!fake edit a.txt x");
  await agent.waitFor("completed");

  const tree = await treeOf(home, agent);
  expect(readFileSync(join(tree, ".env"), "utf8")).toContain("PORT=1");
  expect(existsSync(join(tree, "x.cache"))).toBe(false);
  expect(readFileSync(join(tree, "where.txt"), "utf8")).toBe(
    `${tree}\nagentpool/fake/${agent.id}\n`,
  );
  const log = join(home.home.session(agent.id).root, "worktree-setup.log");
  expect(readFileSync(log, "utf8")).toContain("PORT=1");
  expect(readFileSync(log, "utf8")).not.toContain("ghp_0123");
  expect(statSync(log).mode & 0o777).toBe(0o600);
  const events = await home.app.store.events.since(0, { sessionIds: [agent.id], limit: 99 });
  expect(events.map(({ body }) => body)).toEqual(
    expect.arrayContaining([
      { type: "worktree_files_included", files: [".env"], total: 1 },
      expect.objectContaining({ type: "worktree_script_ended", ok: true, exit_code: 0, log }),
    ]),
  );
  // what the script made is no work of the agent's
  const seen = await agent.ask<{ git: { changed_files: string[] } }>("session.collect");
  expect(seen.git.changed_files).toEqual(["a.txt"]);
});

test("a setup script that fails stops the start with the end of its output, and nothing stays", async () => {
  const { home, repo, start } = await homeWith(
    "worktree:\n  setup: |\n    echo one\n    echo the disk is made of cheese >&2\n    false\n    echo two\n",
  );

  await expect(start()).rejects.toMatchObject({
    code: "worktree_script_failed",
    why: "it ended with code 1; it wrote last: one | the disk is made of cheese.",
    hint: expect.stringContaining("worktree-setup.log"),
  });

  const { sessions } = await home.app.store.sessions.list({ limit: 9, offset: 0 });
  expect(sessions).toMatchObject([{ state: "failed" }]);
  expect(existsSync(sessions[0]?.workspace.workPath ?? "/")).toBe(false);
  expect(runGit(repo, "branch", "--list", "agentpool/*")).toBe("");
});

test("a setup script that takes too long is ended", async () => {
  const { start } = await homeWith(
    "worktree:\n  setup: echo begun; sleep 60\n  script_timeout_seconds: 4\n",
  );

  await expect(start()).rejects.toMatchObject({
    code: "worktree_script_failed",
    why: expect.stringMatching(/within 4 s; it wrote last: begun/),
  });
});

test("a project names scripts only where the person trusts its repository", async () => {
  const { home, repo, start } = await homeWith("", {
    ".agentpool.yaml": "worktree:\n  setup: touch made.txt\n",
  });
  const before = await start();
  expect(existsSync(join(await treeOf(home, before), "made.txt"))).toBe(false);

  const trust = `worktree:\n  trusted_repositories: [${repo}]\n`;
  putFiles(home.home.root, { "config.yaml": trust });
  const after = await start();
  expect(existsSync(join(await treeOf(home, after), "made.txt"))).toBe(true);
});

test("a teardown script is run before a worktree goes, and its failure keeps it unless forced", async () => {
  const teardown = 'worktree:\n  teardown: cp README.md "$AGENTPOOL_REPOSITORY/torn"; test -e ok\n';
  const { home, repo, start } = await homeWith(teardown, { ".gitignore": "torn\nok\n" });
  const agent = await start();
  await agent.waitFor("completed");
  await agent.ask("session.terminate");
  const tree = await treeOf(home, agent);

  await agent.ask("worktree.cleanup", { dry_run: true });
  expect(existsSync(join(repo, "torn"))).toBe(false);
  await expect(agent.ask("worktree.cleanup")).rejects.toMatchObject({
    code: "worktree_script_failed",
  });
  expect(existsSync(join(repo, "torn"))).toBe(true);
  expect(existsSync(tree)).toBe(true);
  const forced = await agent.ask("worktree.cleanup", { force: true });

  expect(forced).toMatchObject({ removed: true, branch_removed: true });
  expect(forced).toMatchObject({ reason: expect.stringContaining("teardown script failed") });
});

test("a worktree that a resume makes anew is set up anew", async () => {
  const { home, start } = await homeWith("worktree:\n  setup: touch made.txt\n", {
    ".gitignore": "made.txt\n",
  });
  const agent = await start();
  await agent.waitFor("completed");
  await agent.ask("session.terminate");
  await agent.ask("worktree.cleanup");
  const made = join(await treeOf(home, agent), "made.txt");
  expect(existsSync(made)).toBe(false);

  await agent.ask("session.resume");

  expect(existsSync(made)).toBe(true);
});

test("only ignored files are copied, none over another, and none out of the worktree", async () => {
  const folder = realpathSync(tempFolder());
  const outside = join(folder, "outside");
  mkdirSync(outside);
  const from = makeRepo(join(folder, "from"), {
    ".gitignore": "*.env\nkeys/\n",
    ".worktreeinclude": "*.env\nkeys/\nplain.txt\n",
  });
  putFiles(from, {
    "a.env": "mine",
    "b.env": "b",
    "keys/id": "k",
    "deep/er/c.env": "c",
    "plain.txt": "",
  });
  const to = makeRepo(join(folder, "to"), { "a.env": "theirs" });
  symlinkSync(outside, join(to, "keys"));

  const copied = await copyIncluded(createLocalMachine(), from, to);

  expect(copied.toSorted()).toEqual(["b.env", "deep/er/c.env"]);
  expect(readFileSync(join(to, "a.env"), "utf8")).toBe("theirs");
  expect(existsSync(join(outside, "id"))).toBe(false);
});
