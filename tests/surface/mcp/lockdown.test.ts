import { AjvJsonSchemaValidator } from "@modelcontextprotocol/server/validators/ajv";
import { expect, test } from "vitest";
import type { Account } from "../../../src/domain/account.ts";
import type { Delivery } from "../../../src/domain/delivery.ts";
import type { Prompt } from "../../../src/domain/prompt.ts";
import type { Session } from "../../../src/domain/session.ts";
import type { Turn } from "../../../src/domain/turn.ts";
import type { AgentService } from "../../../src/operations/agent/service.ts";
import type { ApprovalService } from "../../../src/operations/approval/service.ts";
import type { LeaseService } from "../../../src/operations/lease/service.ts";
import type { MessageService } from "../../../src/operations/message/service.ts";
import type { RunService } from "../../../src/operations/run/service.ts";
import type { SessionService } from "../../../src/operations/session/service.ts";
import type { ClaimService, TaskService } from "../../../src/operations/task/service.ts";
import type { WorkerGroupService } from "../../../src/operations/workers/service.ts";
import type { WorktreeService } from "../../../src/operations/worktree/service.ts";
import { operations } from "../../../src/operations/index.ts";
import { createInlineCaller } from "../../../src/rpc/inline.ts";
import {
  formatAddress,
  sessionParts,
  type SessionPart,
} from "../../../src/surface/mcp/addresses.ts";
import { gateFiles } from "../../../src/surface/mcp/lockdown.ts";
import { createOffer } from "../../../src/surface/mcp/offer.ts";
import { readResource } from "../../../src/surface/mcp/read-resource.ts";
import { createRelay } from "../../../src/surface/mcp/relay.ts";
import { selectTools } from "../../../src/surface/mcp/select-tools.ts";
import { appDouble } from "../../support/app-double.ts";
import {
  makeApproval,
  makeLease,
  makeMessage,
  makeParticipant,
  makeReceipt,
  makeRun,
  makeTask,
  makeThread,
  makeWorkerGroup,
} from "../../support/records.ts";
import { makeSession } from "../../support/session.ts";
import { manifest, tool } from "./support/manifest.ts";

/** Stands wherever a worker, or what it shows, can put words. */
const said = "the worker's own words";

const session: Session = {
  ...makeSession({ stateBecause: said, task: said }),
  state: "awaiting_approval",
};

const turn: Turn = {
  id: "tn_1",
  sessionId: session.id,
  n: 1,
  state: "failed",
  prompt: said,
  author: "person",
  deliveryId: null,
  createdAt: 1,
  startedAt: 1,
  endedAt: 2,
  result: said,
  error: said,
  agentTurn: null,
  takenBy: ["hook"],
  endedBy: ["hook"],
  tokens: null,
};

const prompt: Prompt = {
  id: "pr_1",
  sessionId: session.id,
  turnId: turn.id,
  state: "open",
  ref: null,
  channel: null,
  kind: "question",
  text: said,
  subject: said,
  options: [{ label: said, key: "1", role: "other", reply: null }],
  acceptsText: true,
  screenFingerprint: null,
  fingerprint: "f",
  screenLines: null,
  openedBy: "hook",
  openedAt: 1,
  answeredAt: null,
  endedAt: null,
  answer: null,
  because: said,
};

const delivery = {
  id: "dl_1",
  because: said,
  state: "refused",
  acceptance: "exact",
  acceptedBy: null,
  createdAt: 1,
  expiresAt: 2,
  pastedAt: null,
  submittedAt: null,
  acceptedAt: null,
} as unknown as Delivery;

const account: Account = {
  id: "fake",
  providerId: "fake",
  limit: {
    resetsAt: null,
    until: 1,
    since: 1,
    sessionId: session.id,
    source: "log",
    because: said,
  },
};

const sessions: Partial<SessionService> = {
  wait: async () => ({ session, outcome: "needs_input", event: null }),
  screen: async () => ({ text: said, live: true }),
  answer: async () => ({ session, prompt }),
  send: async () => ({ session, delivery, turn, timedOut: false, needsInput: false }),
  interrupt: async () => session,
  terminate: async () => ({
    session,
    alreadyEnded: false,
    survivors: [{ pid: 7, parentPid: 1, startToken: "1", name: said }],
  }),
  explain: async () => ({
    session,
    at: null,
    state: "idle",
    because: said,
    sources: [{ source: "hook", heardAt: 1, claim: said, confidence: "high" }],
    rules: [{ id: "r", shows: "busy", matched: true, text: said }],
    observations: [{ at: 1, source: "hook", claim: said, foreign: false, outcome: said }],
  }),
  collect: async () => ({
    session,
    folder: "/artifacts",
    files: [],
    failures: [],
    git: {
      isRepo: true,
      dirty: true,
      changedFiles: [said],
      note: null,
      uncoveredFiles: [said],
      notAllowedFiles: [said],
    },
    warnings: [],
    result: said,
  }),
  transcript: async () => ({
    path: "/t",
    exists: true,
    mode: "page",
    offset: 0,
    limit: 100,
    tailLines: null,
    nextOffset: 1,
    hasMore: false,
    sizeBytes: 1,
    text: said,
    source: "agent_log",
    provisionalFrom: null,
  }),
  attach: async () => ({ session, argv: ["tmux"], detachKeys: "C-b d" }),
};

const lease = makeLease({ intent: said, filePath: said, expiresAt: 2 ** 42 });

const leases: Partial<LeaseService> = {
  acquire: async () => [lease],
  renew: async () => [lease],
  release: async () => [lease],
  check: async () =>
    [{ named: "a", place: lease, conflicts: [{ place: lease, with: lease }] }].map((one) => ({
      ...one,
      place: { ...one.place, filePath: "a" },
    })),
};

const run = makeRun({ output: said, because: said });

const runs: Partial<RunService> = {
  providers: async () => new Map([["fake", { definitionId: "fake", whyUnfit: () => null }]]),
  folders: async () => new Map(),
  start: async () => run,
  cancel: async () => run,
  pause: async () => run,
  resume: async () => run,
  retry: async () => ({ run, retried: [] }),
  settled: async () => true,
};

const task = makeTask({
  runId: run.id,
  title: said,
  body: said,
  result: said,
  error: said,
  because: said,
  dependsOn: ["tk_1"],
  artifacts: [said],
});
const note = { id: "nt_1", taskId: task.id, author: "person", text: said, at: 1 };

const claims: Partial<ClaimService> = {
  claim: async () => task,
  assign: async () => task,
  renew: async () => task,
  complete: async () => task,
  fail: async () => task,
  release: async () => task,
};

const tasks: Partial<TaskService> = {
  cancel: async () => task,
  retry: async () => task,
  note: async () => note,
  wait: async () => "ended",
};

const group = makeWorkerGroup({
  hold: { on: "time", until: 2 ** 42, because: said },
  decided: { at: 1, because: said },
});

const workerGroups: Partial<WorkerGroupService> = {
  start: async () => group,
  scale: async () => group,
  end: async () => group,
  settled: async () => true,
};

const approval = makeApproval({ runId: run.id, subject: said, body: said, comment: said });

const approvals: Partial<ApprovalService> = {
  request: async () => approval,
  decide: async () => approval,
  wait: async () => approval,
};

const message = makeMessage({ body: said });
const thread = makeThread({ title: said });
const receipts = [makeReceipt()];

const messages: Partial<MessageService> = {
  send: async () => ({ message, receipts }),
  open: async () => ({ message, receipts, thread }),
  reply: async () => ({ message, receipts, thread }),
  resolve: async () => thread,
  receive: async () => ({
    participant: "agent:b",
    received: [{ message, receipt: makeReceipt() }],
    open: 1,
    history: [message],
  }),
};

const participant = makeParticipant({ note: said, activity: "working", seenAt: 2 ** 42 });

const agents: Partial<AgentService> = {
  register: async () => participant,
  heartbeat: async () => participant,
  progress: async () => ({ at: 1, what: "its pane wrote" }),
  logDecision: async () => ({
    id: "dc_1",
    by: "agent:b",
    runId: null,
    sessionId: null,
    taskId: null,
    kind: "decision",
    decision: said,
    context: said,
    reason: said,
    at: 1,
    idempotencyKey: null,
  }),
};

const worktrees: Partial<WorktreeService> = {
  list: async () => ({
    repoPath: "/repo",
    worktrees: [
      {
        path: "/tree",
        branch: said,
        head: "t",
        sessionId: session.id,
        active: false,
        dirty: false,
        commitsAhead: 1,
      },
    ],
  }),
  finish: async () => ({
    sessionId: session.id,
    active: false,
    repoPath: "/repo",
    path: "/tree",
    exists: true,
    branch: "agentpool/fake/1",
    tip: "t",
    base: "b",
    into: "main",
    checkedOut: "main",
    intoDirty: false,
    commits: [said],
    commitsAhead: 1,
    instead: null,
    commitsBehind: 0,
    uncommitted: [said],
    uncommittedTotal: 1,
    wouldConflict: true,
    conflicts: [said],
  }),
};

function setUp(lockdown: boolean) {
  const { app, memory } = appDouble({
    sessions,
    leases,
    tasks,
    claims,
    worktrees,
    approvals,
    messages,
    agents,
    runs,
    workerGroups,
  });
  memory.workerGroups.push(group);
  memory.runs.push(run);
  memory.approvals.push(approval);
  memory.threads.push(thread);
  memory.messages.push(message);
  memory.participants.push(participant);
  memory.leases.push(lease);
  memory.tasks.push(task);
  memory.notes.push(note);
  memory.sessions.push(session);
  memory.turns.push(turn);
  memory.prompts.push(prompt);
  memory.accounts.push(account);
  memory.commit(
    ...[
      { type: "prompt_opened", prompt_id: "pr_1", kind: "question", text: said, source: "hook" },
      { type: "prompt_changed", prompt_id: "pr_1", options: [said], source: "hook" },
      { type: "tool_started", name: said, detail: said },
      { type: "turn_failed", turn_id: "tn_1", n: 1, source: "hook", error: said },
      { type: "limit_warning", message: said, source: "hook" },
      { type: "output_gap", because: said },
      { type: "approval_requested", approval_id: "av_1", subject: said },
      { type: "approval_rejected", approval_id: "av_1", comment: said },
      { type: "thread_opened", thread_id: "th_1", title: said },
      { type: "decision_logged", decision: said, context: said, reason: said },
    ].map((body) => ({ session: session.id, body: body as never })),
  );
  const caller = createInlineCaller({ operations, app, principal: { kind: "person" } });
  const where = { env: {}, cwd: "/project", coordinator: "coord_1" };
  return { caller, relay: createRelay({ caller, manifest, lockdown, ...where }) };
}

/** A call of every tool that tells of a worker. */
const calls: Readonly<Record<string, Record<string, unknown>>> = {
  add_note: { task_id: task.id, text: "t" },
  assign_task: { task_id: task.id, session_id: session.id },
  cancel_run: { run_id: run.id },
  cancel_task: { task_id: task.id },
  claim_task: { agent: "a" },
  complete_task: { task_id: task.id },
  fail_task: { task_id: task.id, error: "e" },
  get_task: { task_id: task.id },
  get_task_graph: {},
  list_tasks: {},
  release_task: { task_id: task.id },
  renew_claim: { task_id: task.id },
  retry_task: { task_id: task.id },
  wait_task: { task_ids: [task.id] },
  acquire_file_lease: { agent: "a", files: ["a"] },
  answer_worker: { option: "1" },
  approve_plan: { approval_id: "av_1" },
  attach_info: {},
  broadcast_message: { body: "m" },
  check_file_leases: { files: ["a"] },
  check_messages: { history: 5 },
  collect_worker_artifacts: { detail: "full" },
  explain_worker: {},
  finish_worktree: {},
  get_approval: { approval_id: "av_1" },
  get_artifact_manifest: {},
  get_events: { after: 0 },
  get_run: { run_id: run.id },
  get_session: {},
  get_thread: { thread_id: "th_1" },
  interrupt_worker: {},
  list_accounts: {},
  list_agents: {},
  list_approvals: {},
  list_file_leases: {},
  list_runs: {},
  list_worker_groups: {},
  pause_run: { run_id: run.id },
  resume_run: { run_id: run.id },
  retry_run: { run_id: run.id, dry_run: true },
  list_sessions: {},
  list_stuck_agents: { threshold_seconds: 1 },
  list_threads: {},
  log_decision: { decision: "d" },
  list_worktrees: {},
  observe_worker: { since: 0, detail: "full" },
  open_thread: { title: "t", body: "b" },
  poll_worker: { since: 0, detail: "full" },
  read_worker_transcript: {},
  register_agent: { name: "b" },
  reject_plan: { approval_id: "av_1" },
  release_file_lease: { agent: "a" },
  renew_file_lease: { agent: "a" },
  reply_thread: { thread_id: "th_1", body: "b" },
  report_progress: { note: "n" },
  request_approval: { subject: "s" },
  resolve_thread: { thread_id: "th_1" },
  send_message: { to: "b", body: "m" },
  drain_workers: { workers: group.name },
  get_workers: { workers: group.name },
  scale_workers: { workers: group.name, max: 2 },
  start_workers: { name: group.name, provider_id: "fake" },
  stop_workers: { workers: group.name },
  start_run: { kind: "pool", spec: { tasks: ["a"] }, provider_id: "fake" },
  send_worker_message: { message: "m", wait: "turn" },
  terminate_worker: {},
  wait_approval: { approval_id: "av_1" },
  wait_workers: {},
};

async function call(name: string, lockdown: boolean) {
  const takes = tool(name).definition.inputSchema.properties;
  const whom = {
    ...("session_id" in takes && !("agent" in takes) ? { session_id: session.id } : {}),
    ...("session_ids" in takes ? { session_ids: [session.id] } : {}),
  };
  const result = await setUp(lockdown).relay.call(
    tool(name),
    { ...whom, ...calls[name] },
    { signal: new AbortController().signal },
  );
  expect(result.structuredContent).not.toHaveProperty("error");
  expect(problemOf(name, lockdown, result.structuredContent)).toBeUndefined();
  return result;
}

/** What a client that checks outputs against the listed schema would say. */
function problemOf(name: string, lockdown: boolean, output: unknown): string | undefined {
  const selection = selectTools(manifest, { tools: [name], lockdown }, {});
  const listed = createOffer(selection, "1").lists["tools/list"].tools;
  const schema = listed.find((one) => one.name === name)?.outputSchema ?? {};
  return new AjvJsonSchemaValidator().getValidator(schema)(output).errorMessage;
}

test("every tool is asked below, except those that tell of no worker", () => {
  const others = [
    "ack_messages",
    "add_task",
    "add_tasks",
    "cleanup_worktree",
    "filter_candidates",
    "get_budgets",
    "get_cached_usage_snapshot",
    "get_delegation_preferences",
    "get_inventory",
    "get_provider_models",
    "get_stats",
    "get_stats_card",
    "get_token_usage",
    "get_usage_snapshot",
    "get_usage_summary",
    "resume_worker",
    "send_worker_keys",
    "spawn_worker",
  ];
  const names = manifest.tools.map((one) => one.definition.name);
  expect([...Object.keys(calls), ...others].toSorted()).toEqual(names);
});

test.each(Object.keys(calls))(
  "under lockdown %s says nothing in the words of a worker",
  async (name) => {
    expect(JSON.stringify(await call(name, true))).not.toContain(said);
  },
);

async function read(part: SessionPart, lockdown: boolean): Promise<string> {
  const { caller, relay } = setUp(lockdown);
  const where = { version: "1", coordinator: "coord_1", cwd: "/project" };
  const content = await readResource(
    formatAddress(part, session.id),
    { manifest, caller, relay, lockdown, ...where },
    new AbortController().signal,
  );
  expect(content?.text).toBeTruthy();
  return content?.text ?? "";
}

test.each(sessionParts)(
  "under lockdown the resource %s says nothing in the words of a worker",
  async (part) => {
    expect(await read(part, true)).not.toContain(said);
  },
);

test.each(["session", "artifacts"] as const)(
  "the resource %s hands on a worker's words fenced, or as a value",
  async (part) => {
    const bare = findBare(JSON.parse(await read(part, false)), "");
    expect(bare.filter((path) => !path.endsWith("label"))).toEqual([]);
  },
);

test.each(["transcript", "events"] as const)(
  "the resource %s is fenced as a whole",
  async (part) => {
    const text = await read(part, false);
    expect(text).toContain(said);
    expect(text).toMatch(/^BEGIN_UNTRUSTED_(\w+)\n[^]*\nEND_UNTRUSTED_\1$/);
  },
);

test.each(Object.keys(calls))(
  "%s hands on a worker's words fenced, or as a value",
  async (name) => {
    const { structuredContent } = await call(name, false);
    const bare = findBare(structuredContent, "");
    // labels, names, branches, titles, what a claimant is told to do, and the elements of a fenced list are handed back as they are
    expect(
      bare.filter(
        (path) =>
          !/(label|name|title|task\.body|worktrees\[\]\.branch|options\[\]|_files\[\]|artifacts\[\]|commits\[\]|uncommitted\[\]|conflicts\[\]|file_path)$/.test(
            path,
          ),
      ),
    ).toEqual([]);
  },
);

test("under lockdown files with words of a worker are told and gated, ours are told", () => {
  const files = ["task", "result", "transcript", "diff", "screen", "events", "metadata"].map(
    (kind) => ({ kind, path: `/a/${kind}` }),
  );
  for (const output of [{ files }, { artifacts: files }, { artifact_manifest: { files } }]) {
    const text = JSON.stringify(gateFiles(output));
    expect(text.match(/"gated":true,"gated_reason":"lockdown"/g)).toHaveLength(5);
    expect(text).toContain('{"kind":"task","path":"/a/task"}');
    expect(text).toContain('{"kind":"result","path":"/a/result","gated":true');
  }
  expect(gateFiles({ files: null, other: 1 })).toEqual({ files: null, other: 1 });
});

/** Paths of texts with the words of the worker and no fence around them. */
function findBare(value: unknown, path: string): string[] {
  if (typeof value === "string") {
    return value.includes(said) && !value.startsWith("BEGIN_UNTRUSTED_") ? [path] : [];
  }
  if (Array.isArray(value)) return value.flatMap((one) => findBare(one, `${path}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => findBare(one, `${path}.${key}`));
}
