import type { Prompt } from "../../domain/prompt.ts";
import type { Run, RunFacts } from "../../domain/run.ts";
import type { Task, TaskState } from "../../domain/task.ts";
import { taskStates } from "../../domain/task.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import type { EventFault } from "../../orchestration/scheduler/event-fault.ts";
import { projectApproval, projectDialog, type ApprovalJson } from "../approval/approval-json.ts";
import type { Z } from "../define.ts";

export type TaskCounts = Readonly<Record<TaskState, number>>;

export interface RunJson {
  id: string;
  name: string | null;
  kind: string;
  state: string;
  because: string | null;
  repo_path: string;
  author: string;
  fail_fast: boolean;
  limits: {
    concurrency: number;
    timeout_seconds: number | null;
    tokens: number | null;
    usd: number | null;
    minutes: number | null;
  };
  progress: TaskCounts & { total: number };
  output: string | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
}

export interface RunTaskJson {
  id: string;
  key: string | null;
  title: string;
  state: string;
  because: string | null;
  provider_id: string | null;
  attempt: number;
  max_attempts: number;
  session_id: string | null;
  depends_on: readonly string[];
  result: string | null;
  error: string | null;
  artifacts: readonly string[];
  claimed_at: string | null;
  not_before: string | null;
  ended_at: string | null;
}

/** An approval of the run, or a dialog in which one of its agents waits for an answer. */
export interface RunApprovalJson {
  id: string;
  key: string | null;
  /** Of a dialog `prompt`. */
  kind: string;
  subject: string;
  state: string;
  requested_by: string;
  session_id: string | null;
  decided_by: string | null;
  comment: string | null;
  expires_at: string | null;
  /** Commands that decide it; empty when it is over. */
  answer_with: readonly string[];
}

/** Why the command or the address of `--on-event` was not given its events, the last time. */
export interface EventFaultJson {
  at: string;
  /** Of an address; all that is told of it. */
  host: string | null;
  status: number | null;
  exit_code: number | null;
  said: string | null;
}

/** A run with everything in it; tasks in the order of their results. */
export interface RunView {
  run: RunJson;
  tasks: RunTaskJson[];
  /** How many of each state a limit left out. */
  tasks_not_shown?: Readonly<Record<string, number>>;
  approvals: RunApprovalJson[];
  on_event_fault: EventFaultJson | null;
  /** Of a run that was just begun: what is odd about it. */
  notes?: readonly string[];
}

export function projectRun(run: Run, counts: TaskCounts): RunJson {
  const { limits } = run;
  return {
    id: run.id,
    name: run.name,
    kind: run.kind,
    state: run.state,
    because: run.because,
    repo_path: run.repoPath,
    author: run.author,
    fail_fast: run.failFast,
    limits: {
      concurrency: limits.concurrency,
      timeout_seconds: limits.timeoutMs === null ? null : limits.timeoutMs / 1000,
      tokens: limits.tokens,
      usd: limits.usd,
      minutes: limits.minutes,
    },
    progress: { total: Object.values(counts).reduce((a, b) => a + b, 0), ...counts },
    output: run.output,
    created_at: formatTime(run.createdAt),
    started_at: formatTimeOrNull(run.startedAt),
    ended_at: formatTimeOrNull(run.endedAt),
  };
}

/**
 * @param options.order keys of the tasks, as the run's kind gives them
 * @param options.dialogs open ones of its sessions
 * @param options.eventFault of its command for events
 */
export function projectRunView(
  facts: RunFacts,
  {
    order,
    dialogs,
    eventFault,
  }: {
    readonly order: readonly string[];
    readonly dialogs: readonly Prompt[];
    readonly eventFault?: EventFault | undefined;
  },
): RunView {
  const tasks = order.flatMap((key) => facts.tasks.get(key) ?? []);
  return {
    run: projectRun(facts.run, countStates(tasks)),
    tasks: tasks.map(projectRunTask),
    approvals: [
      ...dialogs.map((one) => projectRunApproval(projectDialog(one), null)),
      ...[...facts.approvals.values()].map((one) =>
        projectRunApproval(projectApproval(one), one.key),
      ),
    ],
    on_event_fault: eventFault ? projectEventFault(eventFault) : null,
  };
}

function projectEventFault({ at, host, status, exitCode, said }: EventFault): EventFaultJson {
  return { at: formatTime(at), host, status, exit_code: exitCode, said };
}

function projectRunApproval(one: ApprovalJson, key: string | null): RunApprovalJson {
  return {
    id: one.id,
    key,
    kind: one.kind,
    subject: one.subject,
    state: one.state,
    requested_by: one.requested_by,
    session_id: one.session_id,
    decided_by: one.decided_by,
    comment: one.comment,
    expires_at: one.expires_at,
    answer_with: one.answer_with,
  };
}

function projectRunTask(task: Task): RunTaskJson {
  return {
    id: task.id,
    key: task.key,
    title: task.title,
    state: task.state,
    because: task.because,
    provider_id: task.execution?.providerId ?? null,
    attempt: task.attempt,
    max_attempts: task.maxAttempts,
    session_id: task.claim?.sessionId ?? null,
    depends_on: task.dependsOn,
    result: task.result,
    error: task.error,
    artifacts: task.artifacts,
    claimed_at: formatTimeOrNull(task.claim?.claimedAt ?? null),
    not_before: formatTimeOrNull(task.notBefore),
    ended_at: formatTimeOrNull(task.endedAt),
  };
}

function countStates(tasks: readonly Task[]): TaskCounts {
  const counts = Object.fromEntries(taskStates.map((state) => [state, 0])) as Record<
    TaskState,
    number
  >;
  for (const { state } of tasks) counts[state] += 1;
  return counts;
}

const whichRun = "Run id, unique id prefix, name, or @last for the newest one";

export function runId(z: Z) {
  return namedRun(z).default("@last").describe(whichRun);
}

/** Where the newest run may be somebody else's, and what is done to it cannot be taken back. */
export function namedRun(z: Z) {
  return z.string().min(1).max(200).describe(whichRun);
}

export function runJson(z: Z) {
  return z.looseObject({
    id: z.string(),
    name: z.string().nullable(),
    kind: z.string(),
    state: z.string(),
    because: z.string().nullable(),
    progress: z.looseObject({ total: z.number(), completed: z.number(), failed: z.number() }),
    output: z.string().nullable(),
  });
}

export function runViewJson(z: Z) {
  return z.looseObject({
    run: runJson(z),
    tasks: z.array(
      z.looseObject({
        id: z.string(),
        key: z.string().nullable(),
        title: z.string(),
        state: z.string(),
        because: z.string().nullable(),
        session_id: z.string().nullable(),
        result: z.string().nullable(),
        error: z.string().nullable(),
      }),
    ),
    tasks_not_shown: z.record(z.string(), z.number()).optional(),
    approvals: z.array(runApprovalJson(z)),
    on_event_fault: z
      .looseObject({
        at: z.string(),
        host: z.string().nullable(),
        status: z.number().nullable(),
        exit_code: z.number().nullable(),
        said: z.string().nullable(),
      })
      .nullable(),
  });
}

function runApprovalJson(z: Z) {
  return z.looseObject({
    id: z.string(),
    kind: z.string(),
    subject: z.string(),
    state: z.string(),
    comment: z.string().nullable(),
    answer_with: z.array(z.string()),
  });
}

/** Worker text in a view of a run, fenced before a host sees it. */
export const runWorkerText = [
  "run.output",
  "run.because",
  "tasks[].result",
  "tasks[].error",
  "tasks[].because",
  "approvals[].subject",
  "approvals[].comment",
  "on_event_fault.said",
] as const;

/** The same, handed back as values: an agent that divides a goal names the tasks of it. */
export const runWorkerValues = ["tasks[].title", "tasks[].artifacts[]"] as const;
