// needs: tmux, git
/** Every code of errors, met as people and agents meet it; and what its hint says can be done. */
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { errorKinds, type ErrorBody, type ErrorCode } from "../../src/domain/errors.ts";
import { findCommand } from "../../src/surface/cli/commands.ts";
import { openStore } from "../../src/store/open.ts";
import { ensureBuilt, repository } from "../support/built.ts";
import { putBuiltFields } from "../support/built-fields.ts";
import { copyBuild } from "../support/build-copy.ts";
import { asksSupervisor, cliHome, type CliHome } from "../support/cli-home.ts";
import { linesIn, problemOf } from "../support/hint-lines.ts";
import { executable } from "../support/programs.ts";
import type { CliOptions } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";
import {
  pathOf,
  populate,
  prepare,
  refusedHost,
  type RefusedHost,
  type Situation,
} from "./errors/situation.ts";

beforeAll(ensureBuilt, 120_000);
putBuiltFields();

/** A command that is refused: its words alone, or with what else it is run with. */
type Typed = readonly string[] | (Partial<CliOptions> & { readonly words: readonly string[] });

/** Of commands that have no JSON. */
const plainOnly: ReadonlySet<string> = new Set(["top"]);

/** A call of a tool that is refused. */
type Called = readonly [tool: string, args: object, host?: RefusedHost];

/** A home in a bad way, or on a machine that lacks something. */
interface Place {
  readonly home: CliHome;
  readonly env?: Readonly<Record<string, string>>;
  readonly bin?: string;
}

/** How a code is met; a text says why it cannot be met through that window. */
interface Met {
  /** Where; in the home in use when absent. */
  readonly in?: () => Place | Promise<Place>;
  readonly cli: string | ((s: Situation) => Typed | Promise<Typed>);
  readonly mcp: string | ((s: Situation) => Called | Promise<Called>);
}

/** Not met by typing anything here: why, and the test that provokes it nearer to where it arises. */
interface Unmet {
  readonly because: string;
  readonly elsewhere: string;
}

const spawn = (...words: string[]): string[] => ["spawn", "--task", "Do it", ...words];
const fake = (...words: string[]): string[] => spawn("-p", "fake", ...words);
const worker = (args: object): Called => [
  "spawn_worker",
  { provider_id: "fake", task: "Do it", repo_path: ".", ...args },
];
const shellOnly = (what: string): string => `${what} is done by the command line alone`;

/** In the order of `errorKinds`; a code without a row fails the first test. */
const rows: Readonly<Record<ErrorCode, Met | Unmet>> = {
  invalid_input: {
    cli: () => ["sessions", "--limit", "many"],
    mcp: () => ["list_sessions", { limit: "many" }],
  },
  invalid_task: {
    cli: () => ["spawn", "-p", "fake", "--task", "<your task here>"],
    mcp: () => worker({ task: "<your task here>" }),
  },
  text_too_large: {
    cli: () => ({ words: ["send", "idle", "--stdin"], input: "a".repeat(1_048_577) }),
    mcp: () => ["send_worker_message", { session_id: "idle", message: "a".repeat(1_048_577) }],
  },
  provider_required: { cli: () => spawn(), mcp: () => worker({ provider_id: "auto" }) },
  invalid_config: {
    cli: ({ odd }) => fake("--repo", odd.misconfigured),
    mcp: ({ odd }) => worker({ repo_path: odd.misconfigured }),
  },
  invalid_run: {
    cli: ({ odd }) => ["run", "pool", "--file", odd.badRun],
    mcp: () => ["start_run", { kind: "pool", spec: { tasks: ["a"], tsks: [] } }],
  },
  invalid_wait_for: {
    cli: () => ["observe", "idle", "--wait-for", "complted"],
    mcp: () => ["observe_worker", { session_id: "idle", wait_for: "complted" }],
  },
  resume_unsupported: {
    cli: () => ["resume", "shell"],
    mcp: () => ["resume_worker", { session_id: "shell" }],
  },
  not_a_terminal: { cli: () => ["top"], mcp: "no tool draws on a terminal" },
  dependency_unknown: {
    cli: () => ["task", "add", "later", "--depends-on", "nothing"],
    mcp: () => ["add_task", { title: "later", depends_on: ["nothing"] }],
  },
  dependency_cycle: {
    because: "a task is added after what it waits for; only those of a run come together, checked",
    elsewhere: "tests/domain/task-rules.test.ts",
  },
  ambiguous_id: {
    cli: () => ["observe", "twin"],
    mcp: () => ["observe_worker", { session_id: "twin" }],
  },
  unknown_operation: {
    because: "commands and tools ask for what they were built with; only another version does not",
    elsewhere: "tests/rpc/rpc.test.ts",
  },
  session_not_found: {
    cli: () => ["observe", "nobody"],
    mcp: () => ["observe_worker", { session_id: "nobody" }],
  },
  provider_not_found: {
    cli: () => spawn("-p", "fakke"),
    mcp: () => worker({ provider_id: "fakke" }),
  },
  prompt_not_found: {
    cli: () => ["answer", "idle", "--option", "Yes"],
    mcp: () => ["answer_worker", { session_id: "idle", option: "Yes" }],
  },
  repo_not_found: {
    cli: ({ odd }) => fake("--repo", odd.nowhere),
    mcp: ({ odd }) => worker({ repo_path: odd.nowhere }),
  },
  store_not_found: {
    because: "whoever opens a store to read takes one that is not there yet for an empty one",
    elsewhere: "tests/store/open.test.ts",
  },
  base_not_found: {
    cli: ({ repo }) => fake("--repo", repo, "--isolation", "worktree", "--base", "nothing"),
    mcp: ({ repo }) => worker({ repo_path: repo, isolation: "worktree", base: "nothing" }),
  },
  worktree_not_found: {
    cli: () => ["worktrees", "cleanup", "fresh"],
    mcp: () => ["cleanup_worktree", { session_id: "fresh" }],
  },
  profile_not_found: {
    cli: () => ["profiles", "show", "wrker"],
    mcp: "a run that names one nobody knows is refused as a whole; no tool shows profiles",
  },
  lease_not_found: {
    cli: () => ["leases", "release", "--lease-id", "ls_nothing", "--agent", "x"],
    mcp: () => ["release_file_lease", { lease_id: "ls_nothing" }],
  },
  task_not_found: {
    cli: () => ["task", "show", "tk_nothing"],
    mcp: () => ["get_task", { task_id: "tk_nothing" }],
  },
  approval_not_found: {
    cli: () => ["approval", "show", "av_nothing"],
    mcp: () => ["get_approval", { approval_id: "av_nothing" }],
  },
  thread_not_found: {
    cli: () => ["thread", "reply", "th_nothing", "Yes"],
    mcp: () => ["reply_thread", { thread_id: "th_nothing", body: "Yes" }],
  },
  message_not_found: {
    cli: () => ["msg", "ack", "ms_nothing", "--agent", "ci"],
    mcp: () => ["ack_messages", { message_ids: ["ms_nothing"] }],
  },
  recipient_not_found: {
    cli: () => ["msg", "send", "idel", "Hello"],
    mcp: () => ["send_message", { to: "idel", body: "Hello" }],
  },
  run_not_found: {
    cli: () => ["run", "show", "rn_nothing"],
    mcp: () => ["get_run", { run_id: "rn_nothing" }],
  },
  workers_not_found: {
    cli: () => ["workers", "status", "nobody"],
    mcp: () => ["get_workers", { workers: "nobody" }],
  },
  account_not_found: { cli: () => ["accounts", "lift", "nobody"], mcp: "no tool lifts a limit" },
  renderer_missing: {
    cli: () => ({ words: ["stats", "--share", "card.png"], env: { PATH: pathOf("node") } }),
    mcp: async ({ home }) => [
      "get_stats_card",
      { format: "png" },
      await refusedHost(home, { env: { PATH: pathOf("node") } }),
    ],
  },
  provider_not_installed: {
    cli: () => spawn("-p", "absent", "--isolation", "shared"),
    mcp: () => worker({ provider_id: "absent", isolation: "shared" }),
  },
  not_logged_in: {
    because: "a probe meets it, and `usage --refresh` tells it as the outcome of that account",
    elsewhere: "tests/session/usage/refresh.test.ts",
  },
  tmux_missing: {
    in: () => poorMachine(),
    cli: () => fake("--isolation", "shared"),
    mcp: () => worker({ isolation: "shared" }),
  },
  tmux_too_old: {
    in: () => poorMachine("tmux_missing", oldTmux),
    cli: () => fake("--isolation", "shared"),
    mcp: () => worker({ isolation: "shared" }),
  },
  git_missing: {
    in: () => poorMachine("tmux_too_old", presentTmux),
    cli: () => fake("--isolation", "worktree"),
    mcp: () => worker({ isolation: "worktree" }),
  },
  driver_missing: {
    in: () => {
      const home = cliHome();
      const first = join(home.folder, "first.cjs");
      writeFileSync(first, withoutDrivers);
      return {
        home,
        env: { NODE_OPTIONS: `--require=${first}`, AGENTPOOL_SUPERVISOR: "inline" },
      };
    },
    cli: () => asksSupervisor,
    mcp: "a server that cannot act at all ends before it greets, and says so on standard error",
  },
  node_too_old: {
    because: "no part of agentpool is loaded by a Node that old",
    elsewhere: "tests/surface/cli/start.test.ts",
  },
  not_a_git_repository: {
    cli: ({ odd }) => fake("--repo", odd.plain, "--isolation", "worktree"),
    mcp: ({ odd }) => worker({ repo_path: odd.plain, isolation: "worktree" }),
  },
  repo_without_commits: {
    cli: ({ odd }) => fake("--repo", odd.unborn, "--isolation", "worktree"),
    mcp: ({ odd }) => worker({ repo_path: odd.unborn, isolation: "worktree" }),
  },
  repo_not_a_directory: {
    cli: ({ odd }) => fake("--repo", odd.file),
    mcp: ({ odd }) => worker({ repo_path: odd.file }),
  },
  repo_dirty: {
    cli: ({ odd }) => fake("--repo", odd.dirty, "--require-clean"),
    mcp: ({ odd }) => worker({ repo_path: odd.dirty, require_clean: true }),
  },
  prompt_open: {
    cli: () => ["send", "asks", "go on"],
    mcp: () => ["send_worker_message", { session_id: "asks", message: "go on" }],
  },
  prompt_changed: {
    cli: () => ["answer", "asks", "--option", "Yes", "--fingerprint", "another"],
    mcp: () => ["answer_worker", { session_id: "asks", option: "Yes", fingerprint: "another" }],
  },
  option_not_found: {
    cli: () => ["answer", "asks", "--option", "Perhaps"],
    mcp: () => ["answer_worker", { session_id: "asks", option: "Perhaps" }],
  },
  session_ended: {
    cli: () => ["send", "dirty", "x"],
    mcp: () => ["send_worker_message", { session_id: "dirty", message: "x" }],
  },
  session_live: {
    cli: () => ["rm", "idle"],
    mcp: () => ["resume_worker", { session_id: "idle" }],
  },
  no_conversation: {
    cli: () => ["resume", "fresh"],
    mcp: () => ["resume_worker", { session_id: "fresh" }],
  },
  conversation_in_use: {
    because:
      "it takes a person who opens, in one agent's pane, the conversation of another session",
    elsewhere: "tests/session/resume.test.ts",
  },
  session_busy: {
    cli: (s) => whileItStarts(s, (name) => ["send", name, "x"]),
    mcp: (s) =>
      whileItStarts(s, (name) => ["send_worker_message", { session_id: name, message: "x" }]),
  },
  nothing_to_interrupt: {
    cli: () => ["interrupt", "idle"],
    mcp: () => ["interrupt_worker", { session_id: "idle" }],
  },
  delivery_refused: {
    cli: () => ["send", "blind", ""],
    mcp: () => ["send_worker_message", { session_id: "blind", message: "" }],
  },
  worktree_active: {
    cli: () => ["worktrees", "cleanup", "idle"],
    mcp: () => ["cleanup_worktree", { session_id: "idle" }],
  },
  worktree_dirty: {
    cli: () => ["worktrees", "cleanup", "dirty"],
    mcp: () => ["cleanup_worktree", { session_id: "dirty" }],
  },
  lease_conflict: {
    cli: async (s) => {
      await leaseOf(s, "README.md");
      return ["leases", "acquire", "--agent", "other", "--file", "README.md"];
    },
    mcp: async (s) => {
      await leaseOf(s, "README.md");
      return ["acquire_file_lease", { agent: "other", files: ["README.md"] }];
    },
  },
  lease_ended: {
    cli: async (s) => ["leases", "renew", "--lease-id", await endedLease(s), "--agent", "holder"],
    mcp: async (s) => ["renew_file_lease", { lease_id: await endedLease(s), agent: "holder" }],
  },
  run_ended: {
    cli: async (s) => ["run", "pause", await endedRun(s)],
    mcp: "no tool pauses a run, and one that is over can be cancelled again",
  },
  workers_exist: {
    cli: async (s) => {
      await workersOf(s, "there");
      return ["workers", "start", "there", "-p", "fake"];
    },
    mcp: async (s) => {
      await workersOf(s, "there-too");
      return ["start_workers", { name: "there-too", provider_id: "fake" }];
    },
  },
  workers_ended: {
    cli: async (s) => ["workers", "scale", await drainedWorkers(s, "gone"), "--max", "2"],
    mcp: async (s) => ["scale_workers", { workers: await drainedWorkers(s, "gone-too"), max: 2 }],
  },
  nothing_to_retry: {
    cli: async (s) => ["run", "retry", await endedRun(s)],
    mcp: "no tool begins a run's tasks anew",
  },
  lease_not_held: {
    cli: async (s) => [
      "leases",
      "release",
      "--lease-id",
      await leaseOf(s, "mine.txt"),
      "--agent",
      "other",
    ],
    mcp: async (s) => [
      "release_file_lease",
      { lease_id: await leaseOf(s, "mine.txt"), agent: "other" },
    ],
  },
  task_not_claimable: {
    cli: async (s) => {
      const first = await taskOf(s);
      const waiting = await taskOf(s, { depends_on: [first] });
      return ["task", "claim", waiting, "--agent", "ci"];
    },
    mcp: async (s) => {
      const others = await taskOf(s, { provider_id: "shell" });
      return ["claim_task", { task_id: others, agent: "ci" }];
    },
  },
  task_claimed: {
    cli: async (s) => ["task", "claim", (await claimedTask(s)).id, "--agent", "other"],
    mcp: async (s) => ["claim_task", { task_id: (await claimedTask(s)).id, agent: "other" }],
  },
  task_ended: {
    cli: async (s) => ["task", "cancel", await completedTask(s)],
    mcp: async (s) => ["retry_task", { task_id: await completedTask(s) }],
  },
  claim_lost: {
    cli: async (s) => {
      const { id, token } = await lostTask(s);
      return ["task", "complete", id, "--agent", "ci", "--token", String(token)];
    },
    mcp: async (s) => {
      const { id, token } = await lostTask(s);
      return ["complete_task", { task_id: id, agent: "ci", token }];
    },
  },
  claim_not_held: {
    cli: async (s) => {
      const { id } = await claimedTask(s);
      return ["task", "fail", id, "--agent", "other", "--error", "It cannot be done"];
    },
    mcp: async (s) => {
      const { id } = await claimedTask(s);
      return ["release_task", { task_id: id, agent: "other" }];
    },
  },
  approval_over: {
    cli: async (s) => ["approval", "approve", await rejectedApproval(s)],
    mcp: async (s) => ["approve_plan", { approval_id: await rejectedApproval(s), confirm: true }],
  },
  thread_resolved: {
    cli: async (s) => ["thread", "reply", await resolvedThread(s), "One more"],
    mcp: async (s) => ["reply_thread", { thread_id: await resolvedThread(s), body: "One more" }],
  },
  idempotency_conflict: {
    cli: "each command has a key of its own",
    mcp: async ({ host }) => {
      const key = { session_id: "deaf", idempotency_key: "one key" };
      await host.ask("send_worker_message", { ...key, message: "first", wait: "none" });
      return ["send_worker_message", { ...key, message: "second", wait: "none" }];
    },
  },
  cursor_expired: {
    cli: async (s) => {
      await removeOne(s);
      return ["events", "--since", "0"];
    },
    mcp: "a worker's own events are kept as long as it is, and no tool reads those of all",
  },
  store_locked: {
    in: async () => {
      const home = await homeWithStore();
      const database = new Database(home.home.database);
      database.exec("BEGIN IMMEDIATE");
      onTestFinished(() => void database.close());
      return { home };
    },
    cli: () => asksSupervisor,
    mcp: () => ["interrupt_worker", { session_id: "nobody" }],
  },
  supervisor_stuck: {
    in: async () => {
      const home = cliHome();
      mkdirSync(dirname(home.home.supervisorSocket), { recursive: true });
      const silent = createServer(() => undefined);
      await new Promise<void>((resolve) => silent.listen(home.home.supervisorSocket, resolve));
      onTestFinished(() => void silent.close());
      return { home };
    },
    cli: () => asksSupervisor,
    mcp: () => ["interrupt_worker", { session_id: "nobody" }],
  },
  conflict: {
    cli: () => ["provider", "new", "shell"],
    mcp: "no tool makes a thing whose name could be taken",
  },
  stale_epoch: {
    because: "the supervisor that meets it leaves, and the request goes to the next one",
    elsewhere: "tests/contract/store/epoch.ts",
  },
  account_limited: {
    cli: ({ accounts }) => fake("--account", accounts.limited),
    mcp: ({ accounts }) => worker({ account: accounts.limited }),
  },
  budget_used_up: {
    in: () => {
      const home = cliHome();
      mkdirSync(dirname(home.home.config), { recursive: true });
      writeFileSync(home.home.config, "budgets:\n  day_tokens: 0\n");
      return { home };
    },
    cli: () => ["run", "pool", "Do it", "-p", "fake"],
    mcp: () => ["start_run", { kind: "pool", spec: { tasks: ["a"], provider: "fake" } }],
  },
  confirmation_required: {
    cli: "a person types it and so wants it",
    mcp: () => ["terminate_worker", { session_id: "deaf" }],
  },
  confirmation_refused: {
    cli: "a person types it and so wants it",
    mcp: async ({ home }) => [
      "terminate_worker",
      { session_id: "deaf" },
      await refusedHost(home, { answers: "decline" }),
    ],
  },
  own_approval: {
    cli: async (s) => ["approval", "approve", await approvalOf(s, "ci"), "--agent", "ci"],
    mcp: async ({ host }) => {
      const asked = { subject: "Push the branch" };
      const { approval } = await host.ask<{ approval: Named }>("request_approval", asked);
      return ["approve_plan", { approval_id: approval.id, confirm: true }];
    },
  },
  not_decider: {
    cli: async (s) => ({
      words: ["approval", "approve", await approvalOf(s, "ci")],
      env: carrying(await tokenOf(s, "deaf")),
    }),
    mcp: async (s) => {
      const env = carrying(await tokenOf(s, "deaf"));
      const args = { approval_id: await approvalOf(s, "ci") };
      return ["reject_plan", args, await refusedHost(s.home, { env })];
    },
  },
  policy_blocked: {
    cli: () => ["keys", "idle", "Enter"],
    mcp: () => ["send_worker_keys", { session_id: "idle", keys: ["Enter"], confirm: true }],
  },
  session_token_forged: {
    cli: (s) => ({ words: ["task", "list"], env: carrying(forgedToken(s)) }),
    mcp: "a server whose token is forged ends before it greets, and says so on standard error",
  },
  session_token_stale: {
    cli: ({ home }) => ({ words: ["task", "list"], env: carrying(join(home.home.tokens, "gone")) }),
    mcp: "a server whose token is gone ends before it greets, and says so on standard error",
  },
  tool_refused: {
    cli: async (s) => ({
      words: ["terminate", "deaf"],
      env: carrying(await tokenOfWorker(s)),
    }),
    // it lists what its environment names; what it may do the supervisor decides
    mcp: async (s) => {
      const env = { ...carrying(await tokenOfWorker(s)), AGENTPOOL_SESSION_TOOLSET: "lead" };
      return ["add_task", { title: "One more" }, await refusedHost(s.home, { env })];
    },
  },
  other_run: {
    cli: async (s) => ({
      words: ["task", "list", "--run", "rn_x"],
      env: carrying(await tokenOfWorker(s)),
    }),
    mcp: async (s) => ["list_tasks", { run_id: "rn_x" }, await hostInWorker(s)],
  },
  usage_policy_blocked: {
    cli: ({ accounts }) => fake("--account", accounts.spent),
    mcp: ({ accounts }) => worker({ account: accounts.spent }),
  },
  turn_limit_reached: {
    cli: () => ["send", "idle", "again"],
    mcp: () => ["send_worker_message", { session_id: "idle", message: "again" }],
  },
  session_timeout: {
    cli: () => ["send", "brief", "x"],
    mcp: () => ["send_worker_message", { session_id: "brief", message: "x" }],
  },
  quota_low: {
    cli: ({ accounts }) => fake("--account", accounts.nearly),
    mcp: ({ accounts }) => worker({ account: accounts.nearly }),
  },
  wait_timed_out: {
    because: "a wait that ends is an outcome; only a call that takes 24 s and `try` that hangs are",
    elsewhere: "tests/surface/mcp/relay.test.ts",
  },
  interrupted: {
    because: "a command that a signal ends says nothing, and a cancelled call gets no answer",
    elsewhere: "tests/surface/mcp/stdio.test.ts",
  },
  card_failed: {
    cli: () => ({ words: ["stats", "--share", "card.png"], env: { PATH: withBadRenderer() } }),
    mcp: async ({ home }) => [
      "get_stats_card",
      { format: "png" },
      await refusedHost(home, { env: { PATH: withBadRenderer() } }),
    ],
  },
  spawn_failed: {
    cli: () => spawn("-p", "broken", "--isolation", "shared"),
    mcp: () => worker({ provider_id: "broken", isolation: "shared" }),
  },
  terminal_failed: {
    because: "it takes a tmux that goes away or fails under a running session",
    elsewhere: "tests/e2e/tmux.test.ts",
  },
  answer_unconfirmed: {
    cli: () => ["answer", "asks", "--option", "Yes"],
    mcp: () => ["answer_worker", { session_id: "asks", option: "Yes" }],
  },
  interrupt_unconfirmed: {
    cli: () => ["interrupt", "deaf"],
    mcp: () => ["interrupt_worker", { session_id: "deaf" }],
  },
  supervisor_unreachable: {
    in: () => {
      const leaves = join(tempFolder(), "leaves.mjs");
      writeFileSync(leaves, "process.exit(9);\n");
      const { bin } = copyBuild(join(tempFolder(), "build"), { supervisorLoads: leaves });
      return { home: cliHome(), bin };
    },
    cli: () => asksSupervisor,
    mcp: () => ["interrupt_worker", { session_id: "nobody" }],
  },
  store_newer: {
    in: async () => {
      const home = await homeWithStore();
      const database = new Database(home.home.database);
      database.exec("UPDATE meta SET value = '99' WHERE key IN ('min_reader', 'min_writer')");
      database.close();
      return { home };
    },
    cli: () => ["sessions"],
    mcp: () => ["list_sessions", {}],
  },
  store_read_only: {
    because: "root, which tests may be, is held back by no permission",
    elsewhere: "tests/e2e/store.test.ts",
  },
  store_failed: {
    in: async () => {
      const home = await homeWithStore();
      writeFileSync(home.home.database, "something else\n");
      return { home };
    },
    cli: () => ["sessions"],
    mcp: () => ["list_sessions", {}],
  },
  disk_full: {
    because: "only root can make a disk small enough",
    elsewhere: "tests/e2e/store.test.ts",
  },
  usage_unknown: {
    because: "a probe meets it, and `usage --refresh` tells it as the outcome of that account",
    elsewhere: "tests/providers/claude-code/usage.test.ts",
  },
  export_broken: {
    cli: ({ odd }) => ["export", "verify", odd.file],
    mcp: "no tool reads a file that was exported",
  },
  worktree_script_failed: {
    cli: ({ repo }) => fake("--repo", repo, "--isolation", "worktree", "--base", "broken"),
    mcp: ({ repo }) => worker({ repo_path: repo, isolation: "worktree", base: "broken" }),
  },
  git_failed: {
    cli: ({ odd }) => fake("--repo", odd.damaged),
    mcp: ({ odd }) => worker({ repo_path: odd.damaged }),
  },
  exec_failed: {
    cli: () => {
      const path = `${pathOf("node")}:${tempFolder()}`;
      executable(path.split(":")[1] ?? "", "claude", "#!/bin/sh\nexit 1\n");
      const words = ["mcp-config", "--client", "claude-code", "--install"];
      return { words, env: { PATH: path } };
    },
    mcp: shellOnly("running the command of a host"),
  },
  internal: {
    because: "it is a bug; one that is known is mended",
    elsewhere: "tests/rpc/rpc.test.ts",
  },
};

/** A PATH with one program that draws pictures, badly. */
function withBadRenderer(): string {
  const path = pathOf("node", "sh");
  executable(path, "rsvg-convert", "#!/bin/sh\necho no fonts >&2\nexit 1\n");
  return path;
}

/** What agentpool and its log writer run besides tmux and git. */
const programs =
  "node sh env pwd stty dd wc rm mv cat mktemp mkfifo sleep kill printf mkdir ls ps".split(" ");

/** One home on a machine that lacks tmux and git, which is changed once a code was met on it. */
async function poorMachine(after?: ErrorCode, change?: (path: string) => void): Promise<Place> {
  if (after !== undefined) await ended.get(after);
  poor ??= { home: cliHome(), env: { PATH: pathOf(...programs) } };
  change?.(poor.env?.["PATH"] ?? "");
  return poor;
}
let poor: Place | undefined;
/** When each code was met through both windows. */
const ended = new Map<ErrorCode, Promise<void>>();

function oldTmux(path: string): void {
  executable(path, "tmux", "#!/bin/sh\necho tmux 2.9a\n");
}

function presentTmux(path: string): void {
  rmSync(join(path, "tmux"));
  symlinkSync(join(pathOf("tmux"), "tmux"), join(path, "tmux"));
}

/** Loaded before a command: the modules that open a database are not there. */
const withoutDrivers = `
const { Module } = require("node:module");
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (name.startsWith("better-sqlite3")) {
    throw Object.assign(new Error("Cannot find module " + name), { code: "MODULE_NOT_FOUND" });
  }
  return resolve.call(this, name, ...rest);
};
const builtin = process.getBuiltinModule;
process.getBuiltinModule = (name) => (name === "node:sqlite" ? undefined : builtin(name));
`;

async function homeWithStore(): Promise<CliHome> {
  const home = cliHome();
  mkdirSync(dirname(home.home.database), { recursive: true });
  const store = await openStore({ file: home.home.database, mode: "write", now: Date.now() });
  await store.close();
  return home;
}

/** While a session with a slow setup script is being started. */
async function whileItStarts<T>({ host, repo }: Situation, then: (name: string) => T): Promise<T> {
  const name = `slow-${++started}`;
  const [, args] = worker({ name, repo_path: repo, isolation: "worktree", base: "slow" });
  const starting = host.ask("spawn_worker", args);
  await waitFor(async () => {
    const { sessions } = await host.ask<{ sessions: { name: string }[] }>("list_sessions", {});
    return sessions.some((one) => one.name === name);
  });
  starting.catch(() => undefined);
  return then(name);
}
let started = 0;

async function leaseOf({ host, home }: Situation, file: string): Promise<string> {
  const args = { agent: "holder", files: [join(home.folder, file)] };
  const { lease } = await host.ask<{ lease: { id: string } }>("acquire_file_lease", args);
  return lease.id;
}

/** A lease that was given back. */
async function endedLease(s: Situation): Promise<string> {
  const lease_id = await leaseOf(s, "given-back.txt");
  await s.host.ask("release_file_lease", { lease_id, agent: "holder" });
  return lease_id;
}

interface Named {
  readonly id: string;
}

/** A task that somebody can claim, unless more is said of it. */
async function taskOf({ host }: Situation, more: object = {}): Promise<string> {
  const { task } = await host.ask<{ task: Named }>("add_task", { title: "Find out", ...more });
  return task.id;
}

/** A task that ci works on. */
async function claimedTask(s: Situation): Promise<{ id: string; token: number }> {
  const asked = { task_id: await taskOf(s), agent: "ci" };
  const { task } = await s.host.ask<{ task: { id: string; claim: { token: number } } }>(
    "claim_task",
    asked,
  );
  return { id: task.id, token: task.claim.token };
}

async function completedTask(s: Situation): Promise<string> {
  const { id, token } = await claimedTask(s);
  await s.host.ask("complete_task", { task_id: id, agent: "ci", token });
  return id;
}

/** A task with the token of a claim that was given back. */
async function lostTask(s: Situation): Promise<{ id: string; token: number }> {
  const claimed = await claimedTask(s);
  await s.host.ask("release_task", { task_id: claimed.id, agent: "ci", token: claimed.token });
  return claimed;
}

async function approvalOf({ home }: Situation, agent: string): Promise<string> {
  const words = ["approval", "request", "Push the branch", "--agent", agent];
  return (await home.json<{ approval: Named }>(words)).approval.id;
}

async function rejectedApproval(s: Situation): Promise<string> {
  const approval_id = await approvalOf(s, "ci");
  await s.host.ask("reject_plan", { approval_id });
  return approval_id;
}

async function resolvedThread({ host }: Situation): Promise<string> {
  const said = { title: "Names", body: "camelCase or not?" };
  const { thread } = await host.ask<{ thread: Named }>("open_thread", said);
  await host.ask("resolve_thread", { thread_id: thread.id });
  return thread.id;
}

/** A group of which nobody is started: no task has its tag. */
async function workersOf({ host }: Situation, name: string): Promise<string> {
  const asked = { name, provider_id: "fake", tags: ["of-nothing"] };
  return (await host.ask<{ workers: Named }>("start_workers", asked)).workers.id;
}

async function drainedWorkers(s: Situation, name: string): Promise<string> {
  const workers = await workersOf(s, name);
  await s.host.ask("drain_workers", { workers });
  return workers;
}

/** The id of a run whose only task was done; begun once, for whoever asks. */
function endedRun({ home }: Situation): Promise<string> {
  const words = ["run", "pool", "Say one", "--provider", "fake-completed", "--repo", home.folder];
  run ??= home.json<{ run: Named }>(words).then((told) => told.run.id);
  return run;
}
let run: Promise<string> | undefined;

/** The environment of a process that carries a session's token. */
function carrying(file: string): Readonly<Record<string, string>> {
  return { AGENTPOOL_SESSION_TOKEN_FILE: file };
}

function forgedToken({ home }: Situation): string {
  const file = join(home.home.tokens, "forged");
  writeFileSync(file, `ap_nobody.${"x".repeat(43)}`);
  return file;
}

const tokenOfWorker = (s: Situation): Promise<string> => tokenOf(s, "worker");

/** What the agent of a session was given. */
async function tokenOf({ home, host }: Situation, name: string): Promise<string> {
  const { session } = await host.ask<{ session: Named }>("get_session", { session_id: name });
  const names = readdirSync(home.home.tokens);
  return join(home.home.tokens, names.find((name) => name.startsWith(`${session.id}.`)) ?? "");
}

/** What serves the tools of the session `worker`, offered more than that may call. */
function hostInWorker(s: Situation): Promise<RefusedHost> {
  inWorker ??= tokenOfWorker(s).then((file) => refusedHost(s.home, { env: carrying(file) }));
  return inWorker;
}
let inWorker: Promise<RefusedHost> | undefined;

/** Removes a session, and with it events that others may ask for. */
async function removeOne({ home, host }: Situation): Promise<void> {
  const name = `gone-${++started}`;
  const set = { hooks: "off", composer_delay_ms: "60000" };
  await host.ask("spawn_worker", {
    provider_id: "fake",
    name,
    task: "hello",
    repo_path: home.folder,
    provider_options: set,
  });
  await host.ask("terminate_worker", { session_id: name, confirm: true });
  await home.run(["rm", name]);
}

/** What is wrong with an error as a program gets it; nothing when all is right. */
function faultsOf(error: ErrorBody, code: ErrorCode): string[] {
  const known = ["code", "message", "why", "hint", "details"];
  return [
    ...(error.code === code ? [] : [`it is ${error.code}: ${JSON.stringify(error)}`]),
    ...(typeof error.message === "string" && error.message.length > 5 ? [] : ["no message"]),
    ...(error.why === undefined || error.why.length > 5 ? [] : ["an empty why"]),
    ...(typeof error.hint === "string" && error.hint.length > 5 ? [] : ["nothing to try"]),
    ...Object.keys(error).filter((key) => !known.includes(key)),
  ];
}

function readJson(stderr: string): ErrorBody {
  return (JSON.parse(stderr) as { error: ErrorBody }).error;
}

/** The same from the lines that a person reads. */
function readPlain(stderr: string): ErrorBody {
  const lines = /^error: (.+) \((\w+)\)\n(?: {2}why: (.+)\n)?(?: {2}try: (.+)\n)?$/.exec(stderr);
  const [, message = "", code, why, hint] = lines ?? [];
  return {
    code: code as ErrorCode,
    message,
    ...(why === undefined ? {} : { why }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** What a hint tells to type and cannot be typed. */
function untypable(hint: string, words: readonly string[]): string[] {
  const wrong = linesIn(hint).flatMap((line) => problemOf(line) ?? []);
  const command = findCommand(words)?.command;
  const flags = command?.fields().map((field) => `--${field.flag ?? ""}`) ?? [];
  const ours = hint.replaceAll(/\b(?:agentpool|npm|git|apt-get|brew) .*/g, "");
  const named = [...ours.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag);
  return [
    ...wrong,
    ...named.filter((flag) => !flags.includes(flag)).map((flag) => `${flag} is no flag of it`),
  ];
}

/** Words of a hint of a tool that look like the name of one and are none. */
function unknownTools(hint: string): string[] {
  const { tools } = JSON.parse(readFileSync(join(repository, "dist", "mcp.json"), "utf8")) as {
    tools: { definition: { name: string }; aliases: string[] }[];
  };
  // workers know some by another name
  const names = tools.flatMap(({ definition, aliases }) => [definition.name, ...aliases]);
  const told = [...hint.matchAll(/\b[a-z]+(?:_[a-z]+)*_(?:workers?|worker_[a-z]+|lease)\b/g)];
  return told.map(([word]) => word).filter((word) => !names.includes(word));
}

test("each code is provoked here, or has its reason and a test that provokes it elsewhere", () => {
  expect(Object.keys(rows)).toEqual(Object.keys(errorKinds));
  const unproved = Object.entries(rows).filter(([code, row]) =>
    "cli" in row
      ? typeof row.cli === "string" && typeof row.mcp === "string"
      : !readFileSync(join(repository, row.elsewhere), "utf8").includes(code),
  );
  expect(unproved).toEqual([]);
});

test("each code that can be met is told with its status and its shape, and its hint can be typed", async () => {
  const situation = await prepare();
  await populate(situation);
  const faults: Record<string, string[]> = {};

  const meet = async (code: ErrorCode, row: Met): Promise<void> => {
    const place = await row.in?.();
    const { home } = place ?? situation;
    const note = (window: string, found: readonly string[]): void => {
      if (found.length > 0) faults[`${code} by ${window}`] = [...found];
    };
    if (typeof row.cli !== "string") {
      try {
        const typed = await row.cli(situation);
        const { words, ...options } = "words" in typed ? typed : { words: typed };
        const isPlain = plainOnly.has(words[0] ?? "");
        const result = await home.run([...words, ...(isPlain ? [] : ["--json"])], {
          ...options,
          ...(place?.bin === undefined ? {} : { bin: place.bin }),
          env: { ...place?.env, ...options.env },
          status: errorKinds[code].exit,
        });
        const error = isPlain ? readPlain(result.stderr) : readJson(result.stderr);
        note("CLI", [
          ...faultsOf(error, code),
          ...(result.stdout === "" ? [] : [`it printed ${result.stdout}`]),
          ...untypable(error.hint ?? "", words),
        ]);
      } catch (thrown) {
        note("CLI", [String(thrown)]);
      }
    }
    if (typeof row.mcp !== "string") {
      try {
        const [tool, args, host] = await row.mcp(situation);
        const asked = host ?? (place ? await refusedHost(home, place) : situation.host);
        const error = await asked.call(tool, args);
        note("MCP", [...faultsOf(error, code), ...unknownTools(error.hint ?? "")]);
      } catch (thrown) {
        note("MCP", [String(thrown)]);
      }
    }
  };

  const met = Object.entries(rows).filter((one): one is [ErrorCode, Met] => "cli" in one[1]);
  // what waits by the clock goes on beside the rest
  const next = met[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (const [code, row] of next) {
      const meeting = meet(code, row);
      ended.set(code, meeting);
      await meeting;
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));

  expect(faults).toEqual({});
}, 300_000);
