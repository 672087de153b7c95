// needs: tmux, git
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { onTestFinished } from "vitest";
import type { ErrorBody } from "../../../src/domain/errors.ts";
import { moduleStarter } from "../../../src/surface/cli/trial/starter.ts";
import { openStore } from "../../../src/store/open.ts";
import { agentpoolBin } from "../../support/built.ts";
import { cliHome, type CliHome } from "../../support/cli-home.ts";
import { makeRepo } from "../../support/home.ts";
import { decide, makeSnapshot, makeWindow } from "../../support/records.ts";
import { cliEnvironment } from "../../support/run-cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** An MCP host whose calls are refused, as they should be. */
export interface RefusedHost {
  /** The error of a call. @throws when the call succeeded */
  readonly call: (tool: string, args: object) => Promise<ErrorBody>;
  /** What a call gives. @throws when it was refused */
  readonly ask: <T = object>(tool: string, args: object) => Promise<T>;
}

const toolsets =
  "default,sessions,usage,stats,leases,worktrees,approvals,messages,runs,tasks,worker,lead";

/**
 * Runs the built `agentpool mcp` as hosts do, with the environment that commands of the home have.
 * @param answers says what the user answers where the host can ask; without it the host cannot
 */
export async function refusedHost(
  { home, folder }: CliHome,
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly answers?: "decline";
    readonly bin?: string;
  } = {},
): Promise<RefusedHost> {
  const client = new Client(
    { name: "host", version: "1" },
    { capabilities: options.answers ? { elicitation: {} } : {} },
  );
  if (options.answers) {
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: "decline" }));
  }
  const env = cliEnvironment({
    home: home.root,
    env: { AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "30", ...options.env },
  });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [options.bin ?? agentpoolBin, "mcp", "--toolsets", toolsets],
    cwd: folder,
    env: env as Record<string, string>,
    stderr: "ignore",
  });
  await client.connect(transport);
  onTestFinished(() => client.close());
  const ask = async (name: string, args: object) => {
    const call = { name, arguments: { ...args } };
    const result = await client.callTool(call, undefined, { timeout: 60_000 });
    return { isError: result.isError === true, content: result.structuredContent ?? {} };
  };
  const wrong = (what: string, content: object): Error =>
    new Error(`${what}: ${JSON.stringify(content).slice(0, 400)}`);
  return {
    call: async (tool, args) => {
      const { isError, content } = await ask(tool, args);
      const { error } = content as { error?: ErrorBody };
      if (!isError || !error) throw wrong(`${tool} was not refused`, content);
      return error;
    },
    ask: async <T>(tool: string, args: object) => {
      const { isError, content } = await ask(tool, args);
      if (isError) throw wrong(`${tool} was refused`, content);
      return content as T;
    },
  };
}

/** Everything that the errors of a home in use are met in. */
export interface Situation {
  readonly home: CliHome;
  readonly host: RefusedHost;
  /** A repository with one commit; branches `slow` and `broken` have files that its setup minds. */
  readonly repo: string;
  /** Folders in odd states, by what is odd about them. */
  readonly odd: Readonly<
    Record<
      "plain" | "file" | "badRun" | "nowhere" | "unborn" | "dirty" | "damaged" | "misconfigured",
      string
    >
  >;
  /** Account folders: what is left of them, as somebody said. */
  readonly accounts: Readonly<Record<"spent" | "nearly" | "limited", string>>;
}

const config = `policy:
  min_remaining_percent: 10
worktree:
  setup: "test ! -e broken || exit 3; test ! -e slow || sleep 2"
`;

/** A module as a person begins one, with a fault in it. */
function brokenModule(): string {
  const starter = moduleStarter({
    id: "broken",
    binary: "sh",
    args: [],
    env: {},
    prompts: ["$ "],
    version: { args: ["-c", "echo 1.0.0"], pattern: "(.+)" },
    reply: "echo pong",
    work: null,
    free: true,
  });
  return starter.replace(/launch: .*=> .*\(\{/, "launch: () => ({ ...settings, ");
}

/** Makes the home, its repository and its providers; no supervisor runs yet. */
export async function prepare(): Promise<Situation> {
  const home = cliHome();
  const { folder } = home;
  mkdirSync(home.home.providers, { recursive: true });
  mkdirSync(dirname(home.home.config), { recursive: true });
  writeFileSync(home.home.config, config);
  writeFileSync(
    join(home.home.providers, "shell.json"),
    JSON.stringify({
      binary: {
        candidates: ["sh"],
        versionArgs: ["-c", "echo 1.0.0"],
        versionPattern: "(.+)",
        tried: [],
      },
      launch: ["{binary}"],
      prompt: ["$ ", "# "],
    }),
  );
  writeFileSync(
    join(home.home.providers, "absent.json"),
    JSON.stringify({ binary: ["no-such-agent"], launch: ["{binary}"], prompt: ["$ "] }),
  );
  writeFileSync(join(home.home.providers, "broken.mjs"), brokenModule());

  const repo = makeRepo(folder);
  const git = (where: string, ...args: string[]): void =>
    void execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.invalid", ...args], {
      cwd: where,
      stdio: "ignore",
    });
  for (const branch of ["slow", "broken"]) {
    git(repo, "checkout", "-q", "-b", branch);
    writeFileSync(join(repo, branch), "");
    git(repo, "add", ".");
    git(repo, "commit", "-q", "-m", branch);
    git(repo, "checkout", "-q", "main");
  }
  const plain = join(folder, "plain");
  const unborn = join(folder, "unborn");
  const misconfigured = join(folder, "misconfigured");
  for (const one of [plain, unborn, misconfigured]) mkdirSync(one);
  writeFileSync(join(plain, "file"), "");
  writeFileSync(join(plain, "run.yaml"), "tasks:\n  - prompt: Say one\n    promt: Say two\n");
  git(unborn, "init", "-q");
  git(misconfigured, "init", "-q");
  writeFileSync(join(misconfigured, ".agentpool.yaml"), "policy:\n  max_trns: 3\n");
  const dirty = makeRepo(folder, "dirty");
  writeFileSync(join(dirty, "README.md"), "changed\n");
  const damaged = makeRepo(folder, "damaged");
  writeFileSync(join(damaged, ".git", "index"), "no index at all");

  const accounts = {
    spent: join(folder, "account-spent"),
    nearly: join(folder, "account-nearly"),
    limited: join(folder, "account-limited"),
  };
  for (const account of Object.values(accounts)) mkdirSync(account);
  mkdirSync(dirname(home.home.database), { recursive: true });
  const store = await openStore({ file: home.home.database, mode: "write", now: Date.now() });
  const left = { [accounts.spent]: 0, [accounts.nearly]: 4 };
  await store.commit(
    decide({
      writes: Object.entries(left).map(([account, remainingPercent], n) => ({
        noun: "usage",
        insert: makeSnapshot({
          id: `us_${n}`,
          accountId: `fake:${account}`,
          providerId: "fake",
          at: Date.now(),
          windows: [
            makeWindow({
              remainingPercent,
              usedPercent: 100 - remainingPercent,
              resetsAt: Date.now() + 3_600_000,
            }),
          ],
        }),
      })),
    }),
  );
  await store.close();
  return {
    home,
    host: await refusedHost(home),
    repo,
    odd: {
      plain,
      file: join(plain, "file"),
      badRun: join(plain, "run.yaml"),
      nowhere: join(folder, "nowhere"),
      unborn,
      dirty,
      damaged,
      misconfigured,
    },
    accounts,
  };
}

/** Starts the sessions that errors are about, and leaves each in the state its name says. */
export async function populate({ host, home, repo, accounts }: Situation): Promise<void> {
  const spawn = (
    name: string,
    task: string,
    more: object = {},
    set: object = {},
  ): Promise<unknown> =>
    host.ask("spawn_worker", {
      provider_id: "fake",
      name,
      task,
      repo_path: home.folder,
      provider_options: { hooks: "off", ...set },
      ...more,
    });
  const tree = { repo_path: repo, isolation: "worktree" };
  const blind = { composer_delay_ms: "60000" };
  await Promise.all([
    spawn("idle", "hello", { max_turns: 1, ...tree }),
    spawn("dirty", "!fake edit a.txt x", tree),
    spawn("asks", "!fake approve make", {}, { answers: "keys", swallow_answers: "99" }),
    spawn("deaf", "!fake sleep 900", {}, { ignore_interrupts: "99" }),
    spawn("brief", "!fake sleep 60", { max_runtime_seconds: 1 }),
    spawn("blind", "hello", {}, blind),
    spawn("fresh", "hello", {}, blind),
    spawn("twin", "hello", {}, blind),
    spawn("worker", "hello", { toolset: "worker" }),
    spawn("limited", "hello", { account: accounts.limited }, { persona: "limit" }),
    host.ask("spawn_worker", {
      provider_id: "shell",
      name: "shell",
      task: ":",
      repo_path: home.folder,
      isolation: "shared",
    }),
  ]);
  const until = (session_id: string, wait_for: string): Promise<unknown> =>
    host.ask("observe_worker", { session_id, wait_for, timeout_seconds: 20 });
  await Promise.all([
    until("idle", "completed"),
    until("dirty", "completed"),
    until("asks", "approval"),
    until("deaf", "running"),
    until("brief", "exit"),
    until("limited", "limited"),
  ]);
  await host.ask("send_worker_message", { session_id: "idle", message: "more", wait: "turn" });
  for (const session_id of ["dirty", "fresh", "shell"]) {
    await host.ask("terminate_worker", { session_id, confirm: true });
  }
  await spawn("twin", "hello", {}, blind);
}

/** A PATH of so few programs, each as it is on this machine. */
export function pathOf(...programs: readonly string[]): string {
  const folder = tempFolder();
  for (const program of programs) {
    const found =
      program === "node"
        ? process.execPath
        : execFileSync("sh", ["-c", `command -v ${program} || true`], { encoding: "utf8" }).trim();
    if (found.startsWith("/")) symlinkSync(found, join(folder, program));
  }
  return folder;
}
