import { spawn as spawnProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { AgentpoolError, errorKinds, type ErrorCode } from "../../../src/domain/errors.ts";
import type { App } from "../../../src/operations/app.ts";
import type { Send } from "../../../src/session/send.ts";
import type { SpawnRequest } from "../../../src/session/spawn-request.ts";
import { operations } from "../../../src/operations/index.ts";
import { serveOperations } from "../../../src/rpc/server.ts";
import { appDouble } from "../../support/app-double.ts";
import { agentpoolBin, ensureBuilt } from "../../support/built.ts";
import { cliEnvironment, runCli, type CliOptions, type CliResult } from "../../support/run-cli.ts";
import { makeSession } from "../../support/session.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitFor } from "../../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

type Services = Parameters<typeof appDouble>[0];

/** A home where a double of the supervisor answers. */
async function home(services: Services = {}) {
  const root = tempFolder();
  const version = readFileSync(join(agentpoolBin, "../../dist/help/version.txt"), "utf8").trim();
  const { app, memory } = appDouble(services, { root, version });
  const server = await serveOperations({
    socketPath: app.home.supervisorSocket,
    operations,
    app,
    authenticate: async () => ({ kind: "person" }),
    health: () => ({
      version,
      pid: process.pid,
      epoch: 1,
      started_at: "2026-01-01T00:00:00.000Z",
      inline: true,
      accepting: true,
    }),
    handover: async () => undefined,
    subscribeOutput: () => () => undefined,
    log: () => undefined,
    now: () => Date.now(),
  });
  onTestFinished(() => server.close());
  const run = (
    args: readonly string[],
    options: Omit<CliOptions, "home"> = {},
  ): Promise<CliResult> => runCli(args, { home: root, ...options });
  return { root, memory, run };
}

const delivery = {
  id: "dl_1",
  turnId: null,
  promptId: null,
  state: "accepted",
  because: null,
  sizeBytes: 1,
  sha256: "",
  acceptance: "exact",
  acceptedBy: "hook",
  enters: 1,
  author: "person",
  createdAt: 0,
  pastedAt: 0,
  submittedAt: 0,
  acceptedAt: 0,
  expiresAt: 0,
};

/** Records what `send` was asked and says that it was taken. */
function recordSends() {
  const sent: Send[] = [];
  const send: App["sessions"]["send"] = async (request) => {
    sent.push(request);
    return {
      session: makeSession(),
      delivery: delivery as never,
      turn: null,
      timedOut: false,
      needsInput: false,
    };
  };
  return { sent, send };
}

function recordSpawns() {
  const asked: SpawnRequest[] = [];
  const spawn: App["sessions"]["spawn"] = async (request) => {
    asked.push(request);
    return { session: makeSession(), delivery: null, warnings: [] };
  };
  return { asked, spawn };
}

test("--json prints exactly the operation's output", async () => {
  const { run, memory } = await home();
  memory.sessions.push(makeSession({ id: "ap_0000000000aa", name: "one" }));

  const { status, stdout, stderr } = await run(["sessions", "--json"]);

  expect(status).toBe(0);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({
    sessions: [{ id: "ap_0000000000aa", name: "one", open_prompts: 0 }],
    pagination: { total: 1 },
  });
});

test("without a terminal a table is tab-separated, whole and without colours", async () => {
  const { run, memory } = await home();
  memory.sessions.push(makeSession({ stateBecause: "b".repeat(300) }));

  const { stdout } = await run(["sessions"]);

  const [headings, row] = stdout.trimEnd().split("\n");
  expect(headings?.split("\t")).toContain("STATE");
  expect(row?.split("\t").at(-1)).toBe("b".repeat(300));
  expect(stdout).not.toContain("\u001b");
});

test("--fields keeps the named fields, through lists too, and names them when one is wrong", async () => {
  const { run, memory } = await home();
  memory.sessions.push(makeSession({ id: "ap_0000000000aa" }));

  const kept = await run(["sessions", "--fields", "sessions.id,pagination.total"]);
  const wrong = await run(["sessions", "--fields", "sessions.ident"]);

  expect(JSON.parse(kept.stdout)).toEqual({
    sessions: [{ id: "ap_0000000000aa" }],
    pagination: { total: 1 },
  });
  expect(wrong.status).toBe(2);
  expect(JSON.parse(wrong.stderr)).toMatchObject({
    error: { code: "invalid_input", message: "--fields: the output has no sessions.ident" },
  });
});

test("an error says what, why and what to try on standard error, and nothing on standard output", async () => {
  const { run } = await home({
    sessions: {
      interrupt: async () => {
        throw new AgentpoolError("nothing_to_interrupt", "No turn runs", {
          why: "It is idle.",
          hint: "wait",
        });
      },
    },
  });

  const missing = await run(["session", "show", "nobody"]);

  expect(missing).toEqual({
    status: 3,
    stdout: "",
    stderr: 'error: No session "nobody" (session_not_found)\n  try: List all: agentpool sessions\n',
  });
});

test("with --json an error is JSON on standard error", async () => {
  const { run } = await home();

  const { status, stdout, stderr } = await run(["session", "show", "nobody", "--json"]);

  expect(status).toBe(3);
  expect(stdout).toBe("");
  expect(JSON.parse(stderr)).toEqual({
    error: {
      code: "session_not_found",
      message: 'No session "nobody"',
      hint: "List all: agentpool sessions",
    },
  });
});

test.each<ErrorCode>([
  "invalid_task",
  "provider_not_found",
  "tmux_missing",
  "repo_dirty",
  "policy_blocked",
  "spawn_failed",
  "internal",
])("%s ends the command with its exit status", async (code) => {
  const { run } = await home({
    sessions: {
      spawn: async () => {
        throw new AgentpoolError(code, "no", { hint: "do this" });
      },
    },
  });

  const { status, stderr } = await run(["spawn", "--provider", "x", "--task", "y"]);

  expect(status).toBe(errorKinds[code].exit);
  expect(stderr).toContain(`(${code})`);
});

test.each([
  [["sesions"], "agentpool sessions"],
  [["supervisor", "statsu"], "agentpool supervisor status"],
  [["worktree", "list"], "agentpool worktrees list"],
  [["taks", "list"], "agentpool task list\n"],
  [["sesions", "foo"], "agentpool sessions"],
  [["--jsn"], "agentpool --help"],
])("a mistyped command %j is answered with the nearest", async (args, hint) => {
  const { run } = await home();

  const { status, stderr } = await run(args);

  expect(status).toBe(2);
  expect(stderr).toContain(`try: ${hint}`);
});

test("a command of two words, its aliases and a leading --json all find it", async () => {
  const { run, memory } = await home();
  memory.sessions.push(makeSession({ name: "one" }));

  for (const args of [
    ["ls", "--json"],
    ["ps", "--json"],
    ["--json", "sessions"],
  ]) {
    expect((await run(args)).status, args.join(" ")).toBe(0);
  }
  expect((await run(["session", "show", "one"])).stdout).toContain("one");
});

test("spawn hands over the task, the folder it was typed in and the environment", async () => {
  const { asked, spawn } = recordSpawns();
  const { run, root } = await home({ sessions: { spawn } });

  const { status } = await run(
    ["spawn", "-p", "fake", "--task", "héllo\n", "--isolation", "worktree", "--env", "A,B"],
    { cwd: root, env: { A: "1" } },
  );

  expect(status).toBe(0);
  expect(asked[0]).toMatchObject({
    provider: "fake",
    task: "héllo\n",
    mode: "worktree",
    envNames: ["A", "B"],
    cwd: root,
    repo: ".",
  });
  expect(asked[0]?.env["A"]).toBe("1");
});

test("a task from standard input or a file arrives byte for byte, up to 1 MB and over", async () => {
  const { asked, spawn } = recordSpawns();
  const { run, root } = await home({ sessions: { spawn } });
  const text = "\ufeffline 1\r\n\tline 2 \u0001 🚀\n\n".repeat(40_000);
  writeFileSync(join(root, "task.md"), text);

  await run(["spawn", "-p", "fake", "--task-stdin"], { input: text });
  await run(["spawn", "-p", "fake", "--stdin"], { input: text });
  await run(["spawn", "-p", "fake", "--task-file", join(root, "task.md")]);
  await run(["spawn", "-p", "fake", "--task-file", "-"], { input: text });

  expect(asked.map((request) => request.task === text)).toEqual([true, true, true, true]);
});

test("a text that is given twice, cannot be read, or is no UTF-8 is refused before anything starts", async () => {
  const { asked, spawn } = recordSpawns();
  const { run, root } = await home({ sessions: { spawn } });

  const twice = await run(["spawn", "-p", "f", "--task", "x", "--task-stdin"]);
  const absent = await run(["spawn", "-p", "f", "--task-file", join(root, "no")]);
  const folder = await run(["spawn", "-p", "f", "--task-file", root]);
  const bytes = await run(["spawn", "-p", "f", "--task-stdin"], {
    input: Buffer.from([0xff, 0xfe]),
  });

  expect(twice.stderr).toContain("--task and --task-stdin both give the task");
  expect(absent.stderr).toContain("cannot be read");
  expect(folder.stderr).toContain("is a folder");
  expect(bytes.stderr).toContain("The task is no UTF-8 text");
  expect([twice, absent, folder, bytes].map((one) => one.status)).toEqual([2, 2, 2, 2]);
  expect(asked).toEqual([]);
});

test("--runtime tmux is taken, and any other refused plainly", async () => {
  const { asked, spawn } = recordSpawns();
  const { run } = await home({ sessions: { spawn } });

  await run(["spawn", "-p", "f", "--task", "x", "--runtime", "tmux"]);
  const other = await run(["spawn", "-p", "f", "--task", "x", "--runtime", "terminal-control"]);

  expect(asked).toHaveLength(1);
  expect(other.status).toBe(2);
  expect(other.stderr).toContain("Sessions always run in tmux");
});

test("send takes its message from the line, from - and from --stdin", async () => {
  const { sent, send } = recordSends();
  const { run } = await home({ sessions: { send } });

  await run(["send", "s", "go on", "--when", "now", "--wait", "turn", "--timeout", "5m"]);
  await run(["send", "s", "-"], { input: "a\nb\n" });
  await run(["send", "s", "--stdin"], { input: "a\nb\n" });
  await run(["send", "s", ""]);

  expect(sent.map((request) => request.text)).toEqual(["go on", "a\nb\n", "a\nb\n", ""]);
  expect(sent[0]).toMatchObject({ when: "now", waitFor: "turn", timeoutMs: 300_000 });
});

test.each([
  ["satisfied", {}, 0],
  ["looked", {}, 0],
  ["needs_input", {}, 8],
  ["timeout", {}, 124],
  ["ended", { state: "completed" }, 0],
  ["ended", { state: "failed" }, 1],
] as const)(
  "an observation that ends %s with %j has its own exit status",
  async (outcome, fields, status) => {
    const session = makeSession({ ...fields, name: "s" });
    const { run, memory } = await home({
      sessions: { wait: async () => ({ session, outcome, event: null }) },
    });
    memory.sessions.push(session);

    const observed = await run(["observe", "s", "--wait-for", "completed", "--timeout", "1"]);

    expect(observed.status).toBe(status);
  },
);

test("observe --output writes the JSON into a file of the caller's, 0600, and prints none", async () => {
  const session = makeSession({ name: "s" });
  const { run, memory, root } = await home({
    sessions: { wait: async () => ({ session, outcome: "looked", event: null }) },
  });
  memory.sessions.push(session);

  const { status, stdout } = await run(["observe", "s", "--output", "seen.json"], { cwd: root });

  expect([status, stdout]).toEqual([0, ""]);
  expect(JSON.parse(readFileSync(join(root, "seen.json"), "utf8"))).toMatchObject({
    outcome: "looked",
  });
  expect(statSync(join(root, "seen.json")).mode & 0o777).toBe(0o600);
  const refused = await run(["observe", "s", "--output", join(root, "no", "seen.json")]);
  expect(refused.status).toBe(2);
});

test("a reader that goes away ends the command quietly; a full disk does not", async () => {
  const { root, memory } = await home();
  for (let i = 0; i < 50; i++) memory.sessions.push(makeSession({ task: "x".repeat(5_000) }));
  const shell = async (line: string): Promise<{ status: unknown; stderr: string }> => {
    const child = spawnProcess("sh", ["-c", line, process.execPath, agentpoolBin], {
      env: cliEnvironment({ home: root }),
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    return { status: await new Promise((resolve) => child.on("close", resolve)), stderr };
  };

  // the status of the pipe's first command, by a descriptor of its own
  const left = await shell('{ { "$0" "$1" sessions --json; echo $? >&3; } | head -c 10; } 3>&2');
  const closed = await shell('"$0" "$1" sessions --json >&-');
  const full = await shell('"$0" "$1" sessions >/dev/full');

  expect(left.stderr).toBe("0\n");
  expect(closed).toEqual({ status: 0, stderr: "" });
  expect(full.stderr).toContain("error: Standard output cannot be written (disk_full)");
  expect(full.status).toBe(1);
});

test("attach without a terminal prints the command that would", async () => {
  const session = makeSession();
  const { run } = await home({
    sessions: {
      attach: async () => ({ session, argv: ["tmux", "-S", "/a b", "x"], detachKeys: "C-b d" }),
    },
  });

  expect(await run(["attach", "s"])).toEqual({
    status: 0,
    stdout: "tmux -S '/a b' x\n",
    stderr: "",
  });
});

test("sessions --follow --json prints one line for each session that changed", async () => {
  const { root, memory } = await home();
  memory.sessions.push(makeSession({ id: "ap_000000000001", state: "running" }));
  const child = spawnProcess(process.execPath, [agentpoolBin, "sessions", "-f", "--json"], {
    env: cliEnvironment({ home: root }),
  });
  onTestFinished(() => void child.kill());
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  const lines = (): { id: string; state: string }[] =>
    stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  await waitFor(() => lines().length === 1);

  memory.sessions.push(makeSession({ id: "ap_000000000002", state: "idle" }));
  memory.commit({ session: "ap_000000000002", body: { type: "session_reachable" } });

  await waitFor(() => lines().length === 2);
  expect(lines().map((one) => [one.id, one.state])).toEqual([
    ["ap_000000000001", "running"],
    ["ap_000000000002", "idle"],
  ]);
});

test("colours stay out when they are not wanted", async () => {
  const { run } = await home();

  const forced = await run(["session", "show", "x"], { env: { FORCE_COLOR: "1" } });
  const both = await run(["session", "show", "x"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });

  expect(forced.stderr).toContain("\u001b[31m");
  expect(both.stderr).not.toContain("\u001b");
});

test("an inline home is announced by a wrong word", async () => {
  const { run } = await home();

  const { status, stderr } = await run(["sessions"], { env: { AGENTPOOL_SUPERVISOR: "inlien" } });

  expect(status).toBe(2);
  expect(stderr).toContain('AGENTPOOL_SUPERVISOR is "inlien" (invalid_config)');
});

test("the log is shown from its end, and following it goes on when it rolls", async () => {
  const { root, run } = await home();
  const log = join(root, "log", "supervisor.log");
  mkdirSync(join(root, "log"));
  const entry = (n: number): string =>
    `${JSON.stringify({ at: "2026-01-01T00:00:00.000Z", level: "info", message: `m${n}`, n })}\n`;
  writeFileSync(log, [1, 2, 3].map(entry).join(""));
  expect((await run(["supervisor", "logs", "-n", "2"])).stdout).toBe(
    "2026-01-01T00:00:00.000Z  info   m2  n=2\n2026-01-01T00:00:00.000Z  info   m3  n=3\n",
  );
  const child = spawnProcess(
    process.execPath,
    [agentpoolBin, "supervisor", "logs", "-f", "-n", "1", "--json"],
    {
      env: cliEnvironment({ home: root }),
    },
  );
  onTestFinished(() => void child.kill());
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  await waitFor(() => stdout === entry(3));

  writeFileSync(log, entry(4));

  await waitFor(() => stdout === entry(3) + entry(4));
  expect(existsSync(log)).toBe(true);
});
