/** Faults of an earlier tool in what it kept: races, growth, secrets, diffs. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepo, openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";

test("20: observers beside a sender lose none of its turns, and doubled sends are two turns", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "one", { persona: "multi_turn" });
  await agent.waitFor("completed");
  const watching = Array.from({ length: 20 }, () => agent.observe({ detail: "full" }));
  await Promise.all([agent.send("two"), agent.send("three"), ...watching]);
  await agent.noted("turn_end", 3);
  const texts = agent.facts("prompt").map((one) => String(one["text"]));
  expect(texts.toSorted()).toEqual(["one", "three", "two"]);
  const turns = await home.app.store.turns.ofSession(agent.id);
  expect(turns.map(({ n }) => n)).toEqual([1, 2, 3]);
});

test("23: looking at an idle session again and again writes nothing", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake say done");
  await agent.waitFor("completed");
  const { root } = home.home.session(agent.id);
  const files = (): Record<string, number> =>
    Object.fromEntries(
      readdirSync(root, { recursive: true })
        .map(String)
        // the agent's own, which it may write to at any time
        .filter((name) => !/^(terminal|agent)\b/.test(name))
        .map((name) => {
          const stat = statSync(join(root, name));
          return [name, stat.isFile() ? stat.size : 0];
        }),
    );
  // what the turn's end still had to put away
  await waitFor(() => Object.keys(files()).every((name) => !/^(outbox|spool)\//.test(name)));
  const before = { events: (await agent.events()).length, files: files() };
  for (let look = 0; look < 20; look++) await agent.observe({ detail: "full" });
  expect({ events: (await agent.events()).length, files: files() }).toEqual(before);
});

test("24: a transcript holds what was said once, however often it was looked at", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake stream 1\n!fake say the very last words");
  const watching = (async () => {
    while ((await agent.observe({ detail: "full" })).turn?.state !== "completed");
  })();
  await agent.waitFor("completed");
  await watching;
  const { text } = await agent.ask<{ text: string }>("session.transcript");
  expect(text.match(/^the very last words$/gm)).toHaveLength(1);
});

test("34 to 36: no secret and nothing for other users is at rest, in prompts either", async () => {
  const home = await openHome();
  // put together here, so that no scanner takes this file for a leak
  const secret = ["sk", "proj", "abcdefghijklmnopqrstuvwxyz0123456789ABCD"].join("-");
  const agent = await startAgent(home, `Use the key ${secret}\n!fake say I used ${secret}`);
  await agent.waitFor("completed");
  await agent.ask("session.collect", { close: true });
  expect(agent.facts("prompt")[0]?.["text"]).toContain(secret);
  await home.leave();
  const left = readdirSync(home.home.root, { recursive: true })
    .map((name) => join(home.home.root, String(name)))
    .filter((path) => existsSync(path) && statSync(path).isFile());
  expect(left.filter((path) => readFileSync(path).includes(secret))).toEqual([]);
  const open = [home.home.root, ...left].filter((path) => (statSync(path).mode & 0o077) !== 0);
  expect(open).toEqual([]);
});

test("43: new, staged and committed work is in the diff", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  const work = [
    "!fake edit new.txt new",
    "!fake edit staged.txt staged",
    "!fake run git add staged.txt",
    "!fake edit committed.txt committed",
    "!fake run git add committed.txt && git -c user.name=a -c user.email=a@example.org commit -qm work committed.txt",
    "!fake edit README.md changed",
  ].join("\n");
  const agent = await startAgent(
    home,
    work,
    { allow_run: "on" },
    { repo_path: repo, isolation: "worktree" },
  );
  await agent.waitFor("completed");
  const { git } = await agent.ask<{ git: { changed_files: string[] } }>("session.collect");
  expect(git.changed_files.toSorted()).toEqual([
    "README.md",
    "committed.txt",
    "new.txt",
    "staged.txt",
  ]);
});

test("44 and 45: a worktree lies in our home, begins where it was asked, and its branch goes with it", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  execFileSync("mkdir", [join(repo, "part")]);
  writeFileSync(join(repo, "part", "x.txt"), "x\n");
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
      cwd: repo,
    }).toString();
  git("add", ".");
  git("commit", "-qm", "part");
  const agent = await startAgent(
    home,
    "!fake say nothing to do",
    {},
    { repo_path: join(repo, "part"), isolation: "worktree" },
  );
  await agent.waitFor("completed");
  const cwd = String(agent.facts("start")[0]?.["cwd"]);
  expect(cwd.startsWith(home.home.worktrees)).toBe(true);
  expect(cwd.endsWith("/part")).toBe(true);
  expect(git("status", "--porcelain")).toBe("");
  await agent.ask("session.terminate");
  await agent.ask("worktree.cleanup");
  expect(git("branch", "--format=%(refname:short)").trim()).toBe("main");
});
