// needs: tmux
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { makeRepo } from "../support/git-repo.ts";
import { cliEnvironment } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { terminal } from "../support/terminal.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

async function spawn({ run }: CliHome, persona: string, name: string): Promise<string> {
  const args = ["spawn", "-p", `fake-${persona}`, "--task", "-", "--name", name, "-q"];
  return (await run(args, { input: `task of ${name}` })).stdout.trim();
}

test("sessions are listed, read, followed, answered by keys, removed and pruned", async () => {
  const home = cliHome();
  const { run, json } = home;
  const [asks, done] = [
    await spawn(home, "question", "painter"),
    await spawn(home, "completed", "d"),
  ];
  const waits = [
    "wait",
    "painter",
    "d",
    "--for",
    "question,completed",
    "--all",
    "--timeout",
    "60s",
  ];
  await run(waits);

  // what programs read
  expect((await run(["ps", "-q"])).stdout).toBe(`${done}\n${asks}\n`);
  expect((await run(["ls", "--format", "name"])).stdout).toBe("d\npainter\n");
  expect(await json(["ls", "--fields", "id,state"])).toEqual({
    sessions: [
      { id: done, state: "idle" },
      { id: asks, state: "awaiting_input" },
    ],
  });
  const [heading, first] = (await run(["sessions"])).stdout.split("\n");
  expect(heading).toBe("ID\tNAME\tPROVIDER\tSTATE\tTURNS\tCREATED\tBECAUSE");
  expect(first?.split("\t")[5]).toMatch(/^\d{4}-.*Z$/);
  expect((await run(["ls", "--format", "wide"])).stdout).toContain("WORKS IN");
  expect((await run(["status", "--tmux"])).stdout).toBe("ap !1 2 live\n");
  expect(await json(["status"])).toMatchObject({
    live: 2,
    states: { idle: 1, awaiting_input: 1 },
    waiting: [{ session_id: asks, name: "painter", kind: "question" }],
  });

  // what they said and did
  const logs = (await run(["logs", "painter", "d"])).stdout;
  expect(logs).toMatch(/^painter \| [\d:]+ > task of painter$/m);
  expect(logs).toMatch(/^d {7}\| [\d:]+ < Done: task of d$/m);
  expect((await run(["logs", "d", "--tail", "1"])).stdout.trim().split("\n")).toHaveLength(1);
  expect((await run(["logs", "d", "--raw"])).stdout).toContain("Done: task of d");
  const events = await json<{ events: { seq: number; type: string }[]; cursor: number }>([
    "events",
    "painter",
    "--type",
    "prompt_opened",
  ]);
  expect(events.events.map(({ type }) => type)).toEqual(["prompt_opened"]);
  expect(await json(["events", "--since", "1h", "--type", "session_created"])).toMatchObject({
    events: [{ session_id: asks }, { session_id: done }],
  });
  const typo = await run(["events", "--type", "prompt_opend"], { status: 2 });
  expect(typo.stderr).toContain("Did you mean prompt_opened?");

  // keys are off until the person says otherwise
  expect((await run(["keys", "painter", "Down"], { status: 6 })).stderr).toContain(
    "allow_raw_keys",
  );
  writeFileSync(home.home.config, "policy:\n  allow_raw_keys: true\n");
  expect((await run(["keys", "painter", "Dwn"], { status: 2 })).stderr).toContain("is no key");
  const follower = home.start(["logs", "-f", "painter"]);
  await run(["keys", "painter", "down", "Enter"]);
  await run(["wait", "painter", "--for", "completed", "--timeout", "60s"]);

  expect((await run(["rm", "painter"], { status: 5 })).stderr).toContain("session_live");
  await run(["terminate", "painter"]);
  const followed = await follower.ended;
  expect(followed).toMatchObject({ status: 0, stderr: "" });
  expect(followed.stdout).toContain("keys pressed by person: Down Enter");
  expect(followed.stdout).toContain("turn 1 completed");

  expect((await run(["rm", "painter", "--dry-run"])).stdout).toContain("would be removed");
  expect(existsSync(home.home.session(asks).root)).toBe(true);
  await run(["rm", "painter"]);
  expect(existsSync(home.home.session(asks).root)).toBe(false);
  await run(["session", "show", asks], { status: 3 });
  const expired = await run(["events", "--since", "0"], { status: 5 });
  expect(expired.stderr).toContain("cursor_expired");

  await run(["terminate", "d"]);
  expect((await run(["prune"])).stderr).toBe("Nothing is that old.\n");
  expect(await json(["prune", "--older-than", "0"])).toMatchObject({ removed: 1, kept: 0 });
  expect((await run(["ls", "-q"])).stdout).toBe("");
});

test("once starts, waits, prints the result and ends the session, whatever became of it", async () => {
  const { run, json, start, folder } = cliHome();
  const repository = makeRepo(join(folder, "repo"), { "a.txt": "a" });

  const said = await run(["once", "-p", "fake-completed", "--task", "Say hello"]);
  expect(said.stdout).toBe("Done: Say hello\n");

  const question = ["once", "-p", "fake-question", "--task", "x", "--json"];
  const asked = JSON.parse((await run(question, { status: 8 })).stdout) as Record<string, unknown>;
  expect(asked).toMatchObject({ outcome: "needs_input", state: "cancelled", kept: false });

  const worktree = ["--isolation", "worktree", "--repo", repository, "--json"];
  const patched = await run(["once", "-p", "fake-patch", "--task", "x", ...worktree]);
  expect(JSON.parse(patched.stdout)).toMatchObject({
    outcome: "completed",
    changed_files: ["agentpool_fake_patch.txt"],
    // it holds work that nobody has yet
    worktree: { removed: false },
  });

  const line = ["once", "-p", "fake", "--task", "!fake sleep 60", "--name", "gone"];
  const interrupted = start(line);
  await waitFor(async () => (await run(["ps", "--format", "name"])).stdout.includes("gone"));
  process.kill(interrupted.pid, "SIGINT");
  const { status, stderr } = await interrupted.ended;
  expect(status, stderr).toBe(130);
  expect(await json(["ps"])).toMatchObject({ sessions: [] });
});

test("top draws the sessions, answers what they ask, and gives the terminal back", async () => {
  const home = cliHome();
  await spawn(home, "approval", "asks");
  await home.run(["wait", "asks", "--for", "approval", "--timeout", "60s"]);
  const pane = terminal({ columns: 100, rows: 20 });
  pane.run(`echo before; '${process.execPath}' '${agentpoolBin}' top`, {
    AGENTPOOL_HOME: home.home.root,
  });
  const shows = (text: string): Promise<unknown> =>
    waitFor(() => pane.screen().includes(text), { what: `${text} in:\n${pane.screen()}` });

  await shows("1 waiting for you");
  await shows("Run this command?");
  pane.resize({ columns: 60, rows: 12 });
  await waitFor(() =>
    pane
      .screen()
      .split("\n")
      .every((line) => line.length <= 60),
  );
  pane.type("y");
  await shows("nobody waits for you");
  pane.type("q");
  await shows("status 0");

  // the screen it was started from is back
  expect(pane.screen()).toContain("before");
  expect(pane.screen()).not.toContain("waits for you");
  expect((await home.run(["top"], { status: 2 })).stderr).toContain("sessions --follow");
});

test("bash completes a command, a flag, a session's name and its id", async () => {
  const home = cliHome();
  const id = await spawn(home, "idle", "sleeper");
  const folder = tempFolder();
  mkdirSync(join(folder, "bin"));
  const program = join(folder, "bin", "agentpool");
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${agentpoolBin}' "$@"\n`);
  chmodSync(program, 0o755);
  const complete = (...words: string[]): string[] => {
    const script = `source <(agentpool completion bash)
      COMP_WORDS=(agentpool ${words.map((word) => `'${word}'`).join(" ")})
      COMP_CWORD=${words.length}; _agentpool; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync("bash", ["--norc", "-c", script], {
      encoding: "utf8",
      cwd: folder,
      env: {
        ...cliEnvironment({ home: home.home.root }),
        PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      },
    });
    return stdout.trim().split("\n");
  };
  writeFileSync(join(folder, "task.md"), "x");

  expect(complete("terminat")).toEqual(["terminate"]);
  expect(complete("observe", "--wait")).toEqual(["--wait-for"]);
  expect(complete("observe", "sl")).toEqual(["sleeper"]);
  expect(complete("observe", id.slice(0, 6))).toEqual([id]);
  expect(complete("spawn", "--task-file", "ta")).toEqual(["task.md"]);
});

const asRoot = process.getuid?.() === 0;
const through = asRoot ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];

test.each([
  ["provider", "new", "mine"],
  ["spawn", "-p", "fake", "--task", "x"],
])("a home that cannot be written is told as that: %s", async (...line) => {
  const { run, folder } = cliHome();
  const closed = join(folder, "closed");
  mkdirSync(closed, { mode: 0o500 });
  const canBeHeldBack = spawnSync("setpriv", [...through.slice(1), "true"]).status === 0;
  const places = [
    { root: "/dev/null/home", given: {} },
    ...(asRoot && !canBeHeldBack ? [] : [{ root: join(closed, "home"), given: { through } }]),
  ];

  for (const { root, given } of places) {
    const told = await run(line, { ...given, env: { AGENTPOOL_HOME: root }, status: 1 });
    expect(told.stderr).toContain(`agentpool's home ${root} cannot be written`);
  }
});

test("a pipe nobody writes into keeps nobody waiting; two names for one thing are refused", async () => {
  const { run, folder } = cliHome();
  const pipe = join(folder, "pipe");
  spawnSync("mkfifo", [pipe]);

  const read = await run(["detect", "read", "--provider", "fake", "--file", pipe], { status: 2 });
  expect(read.stderr).toContain("nobody writes into the pipe");
  const task = await run(["spawn", "-p", "fake", "--task-file", pipe], { status: 2 });
  expect(task.stderr).toContain("nobody writes into the pipe");
  const two = await run(["models", "claude", "-p", "codex"], { status: 2 });
  expect(two.stderr).toContain("was given two: claude, codex");
});
