import { cancelApproval, decideApproval, requestApproval } from "./approval-rules.ts";
import type { Decision, Write } from "./decision.ts";
import type { EventBody } from "./event.ts";
import { formatPrincipal } from "./principal.ts";
import {
  endRunStates,
  type PlannedTask,
  type Run,
  type RunEnd,
  type RunFacts,
  type RunState,
  type RunStep,
} from "./run.ts";
import { RunDraft } from "./run-draft.ts";
import { isTaskEnd, type TaskLink, type Waiting } from "./task.ts";
import { addTasks } from "./task-planning.ts";
import { cancel as cancelTask, retry as retryTask } from "./task-rules.ts";

/** What a run begins with; the rest is the same for all. */
export type RunWish = Pick<
  Run,
  | "name"
  | "kind"
  | "spec"
  | "limits"
  | "failFast"
  | "repoPath"
  | "onEvent"
  | "envNames"
  | "author"
  | "idempotencyKey"
>;

export interface RunContext {
  readonly now: number;
  readonly newId: (kind: "task" | "approval") => string;
  /** What waits for a task, inside the run and out of it. */
  readonly waiting: (taskId: string) => Waiting;
  /** Of who waits for whom, when that was read. */
  readonly revision: number;
}

export function isRunEnd(state: RunState): state is RunEnd {
  return (endRunStates as readonly RunState[]).includes(state);
}

export function startRun(
  wish: RunWish,
  { id, now }: { readonly id: string; readonly now: number },
): { readonly run: Run; readonly decision: Decision } {
  const run: Run = {
    ...wish,
    id,
    state: "running",
    because: null,
    output: null,
    createdAt: now,
    startedAt: now,
    updatedAt: now,
    endedAt: null,
  };
  const { kind, name, author } = wish;
  const body: EventBody = { type: "run_started", run_id: id, kind, name, by: author };
  return {
    run,
    decision: {
      guards: [],
      writes: [{ noun: "run", insert: run }],
      events: [{ sessionId: null, runId: id, at: now, body }],
    },
  };
}

/**
 * Makes true what a run kind wants next. Applied whole or not at all, and only to the run as it was
 * read: a step that was lost is wanted again, and one that was committed is not applied twice.
 */
export function applyStep(facts: RunFacts, step: RunStep, ctx: RunContext): Decision {
  const draft = new RunDraft(facts.run, ctx.now);
  const tasks = step.tasks.filter(({ key }) => !facts.tasks.has(key));
  if (tasks.length > 0) draft.add(plan(facts, tasks, ctx));
  draft.add(ask(facts, step, ctx));
  draft.add(rule(facts, step, ctx));
  draft.add(cancelTasks(facts, step.cancel, ctx));
  if (step.end) {
    draft.add(withdrawAll(facts, step.end.because ?? "the run is over", ctx));
    draft.end(step.end);
  }
  return draft.decision();
}

/** Goes to another state that is not an end; nothing when it is there. */
export function changeRun(
  run: Run,
  to: { readonly state: RunState; readonly because: string | null; readonly by: string },
  now: number,
): Decision {
  const draft = new RunDraft(run, now);
  draft.become(to);
  return draft.decision();
}

/** By request: every task that has not ended is cancelled with it, every claim is worth nothing. */
export function cancelRun(
  facts: RunFacts,
  { because, by }: { readonly because: string; readonly by: string },
  ctx: RunContext,
): Decision {
  const draft = new RunDraft(facts.run, ctx.now);
  const open = [...facts.tasks].filter(([, task]) => !isTaskEnd(task.state));
  draft.add(
    cancelTasks(
      facts,
      open.map(([key]) => ({ key, because })),
      ctx,
      by,
    ),
  );
  draft.add(withdrawAll(facts, because, ctx));
  draft.end({ state: "cancelled", because, output: facts.run.output });
  return draft.decision();
}

/**
 * Failed and cancelled tasks begin anew, and the run with them: with all its time and budgets. What
 * was refused before anybody had it can be done no better now, and stays as it is.
 * @param keys which of them; all when null
 */
export function retryRun(
  facts: RunFacts,
  { keys, by }: { readonly keys: ReadonlySet<string> | null; readonly by: string },
  ctx: RunContext,
): { readonly decision: Decision; readonly retried: readonly string[] } {
  const draft = new RunDraft(facts.run, ctx.now);
  const again = [...facts.tasks].filter(
    ([key, { state, id, attempt }]) =>
      ((state === "failed" && attempt > 0) || state === "cancelled") &&
      (keys === null || keys.has(key) || keys.has(id)),
  );
  const ids = new Set(again.map(([, { id }]) => id));
  const byId = new Map([...facts.tasks.values()].map((task) => [task.id, task]));
  for (const [, task] of again) {
    const unmet = task.dependsOn.flatMap((id): TaskLink[] => {
      const other = byId.get(id);
      if (!other || other.state === "completed") return [];
      // it begins anew in this very decision
      return ids.has(id) ? [] : [other];
    });
    const waitsForRetried = task.dependsOn.some((id) => ids.has(id));
    const decision = retryTask(task, {
      by,
      unmet,
      waiting: ctx.waiting(task.id),
      now: ctx.now,
    });
    draft.add(waitsForRetried ? blocked(decision, task.id) : decision);
  }
  if (again.length > 0) draft.begin(by);
  return { decision: draft.decision(), retried: again.map(([, { id }]) => id) };
}

/** What a run has used up since it began, or began anew. */
export interface RunUse {
  readonly tokens: number;
  /** Null when nothing of it has a known price. */
  readonly usd: number | null;
  /** Of all its sessions together. */
  readonly sessionMs: number;
  /** Sessions that live. */
  readonly live: number;
}

export interface WhyStop {
  readonly because: string | null;
  readonly nextAt: number | null;
  /** What its turns used is the reason, and such a turn may be over a moment later. */
  readonly byTurns?: boolean;
}

/** Why a run has to stop now, and else when time alone will be a reason, epoch ms. */
export function whyStop({ limits, startedAt }: Run, use: RunUse, now: number): WhyStop {
  const { timeoutMs, tokens, usd, minutes } = limits;
  const stop = (because: string) => ({ because, nextAt: null });
  const spent = (because: string) => ({ because, nextAt: null, byTurns: true });
  const endsAt = timeoutMs === null ? null : (startedAt ?? now) + timeoutMs;
  if (endsAt !== null && now >= endsAt) return stop(`its time of ${seconds(timeoutMs)} is over`);
  if (tokens !== null && use.tokens >= tokens) {
    return spent(`its budget of ${tokens} tokens is spent: ${use.tokens} were used`);
  }
  if (usd !== null && use.usd !== null && use.usd >= usd) {
    return spent(`its budget of $${usd} is spent: $${use.usd.toFixed(4)} were used`);
  }
  const leftMs = minutes === null ? null : minutes * 60_000 - use.sessionMs;
  if (leftMs !== null && leftMs <= 0) {
    return stop(`its budget of ${minutes} minutes of agents' time is spent`);
  }
  const spentAt = leftMs === null || use.live === 0 ? null : now + Math.ceil(leftMs / use.live);
  const times = [endsAt, spentAt].filter((time) => time !== null);
  return { because: null, nextAt: times.length === 0 ? null : Math.min(...times) };
}

/** The step of a run that has to stop: first all open tasks, and when none is left the end. */
export function stopStep(facts: RunFacts, because: string): RunStep {
  const tasks = [...facts.tasks.values()];
  const open = [...facts.tasks].filter(([, task]) => !isTaskEnd(task.state));
  if (open.length > 0) {
    const cancel = open.map(([key]) => ({ key, because }));
    return { tasks: [], approvals: [], cancel, end: null };
  }
  const state = tasks.some((task) => task.state === "completed") ? "partial" : "failed";
  return { tasks: [], approvals: [], cancel: [], end: { state, because, output: null } };
}

/** A run whose every way forward leads through somebody's decision says so. */
export function waitsForApproval(facts: RunFacts): boolean {
  const isAsked = [...facts.approvals.values()].some(({ state }) => state === "pending");
  const atWork = [...facts.tasks.values()].some(
    ({ state }) => state === "pending" || state === "claimed",
  );
  return isAsked && !atWork;
}

function plan(facts: RunFacts, tasks: readonly PlannedTask[], ctx: RunContext): Decision {
  const runId = facts.run.id;
  const known = new Map<string, TaskLink>();
  for (const [key, task] of facts.tasks) known.set(key, task).set(task.id, task);
  const author = formatPrincipal({ kind: "run", runId });
  const { decision } = addTasks(tasks, {
    runId,
    author,
    idempotencyKey: null,
    now: ctx.now,
    newId: () => ctx.newId("task"),
    revision: ctx.revision,
    known,
  });
  const refused = new Map(
    tasks.flatMap(({ key, refused: why }) => (why === undefined ? [] : [[key, why]])),
  );
  return refused.size === 0 ? decision : withRefused(decision, refused, ctx.now);
}

/** The same decision, with those failed from the start that can never be done as they were asked for. */
function withRefused(
  decision: Decision,
  refused: ReadonlyMap<string, string>,
  now: number,
): Decision {
  const events = [...decision.events];
  const writes = decision.writes.map((write): Write => {
    if (write.noun !== "task" || !("insert" in write)) return write;
    const { id, key, runId } = write.insert;
    const error = refused.get(key ?? "");
    if (error === undefined) return write;
    const body: EventBody = {
      type: "task_failed",
      task_id: id,
      holder: null,
      attempt: 0,
      because: error,
    };
    events.push({ sessionId: null, runId, at: now, body });
    const ended = { state: "failed", because: error, error, endedAt: now } as const;
    return { noun: "task", insert: { ...write.insert, ...ended } };
  });
  return { ...decision, writes, events };
}

function ask(facts: RunFacts, { approvals }: RunStep, ctx: RunContext): Decision {
  const { id: runId } = facts.run;
  return merged(
    approvals
      .filter(({ key }) => !facts.approvals.has(key))
      .map(({ taskKey, ...wish }) => {
        const task = taskKey === null ? undefined : facts.tasks.get(taskKey);
        const asked = {
          ...wish,
          runId,
          taskId: task?.id ?? null,
          sessionId: null,
          idempotencyKey: null,
        };
        return requestApproval(asked, { now: ctx.now, id: ctx.newId("approval") }).decision;
      }),
  );
}

/** What the lead of a run, or a rule, decided; a verdict that may not count is left out. */
function rule(facts: RunFacts, { verdicts = [] }: RunStep, ctx: RunContext): Decision {
  return merged(
    verdicts.flatMap(({ key, approve, by, comment }) => {
      const approval = facts.approvals.get(key);
      if (approval?.state !== "pending") return [];
      const claim = by.kind === "task" ? facts.tasks.get(by.taskKey)?.claim : undefined;
      const decider = by.kind === "task" ? claim?.holder : formatPrincipal(by);
      if (decider === undefined) return [];
      const state = approve ? "approved" : "rejected";
      const verdict = { state, by: decider, actsFor: [], agent: null, comment } as const;
      return [decideApproval(approval, verdict, ctx.now).decision];
    }),
  );
}

function withdrawAll(facts: RunFacts, because: string, ctx: RunContext): Decision {
  const by = formatPrincipal({ kind: "run", runId: facts.run.id });
  const pending = [...facts.approvals.values()].filter(({ state }) => state === "pending");
  return merged(pending.map((one) => cancelApproval(one, { by, because }, ctx.now).decision));
}

function cancelTasks(
  facts: RunFacts,
  wishes: RunStep["cancel"],
  ctx: RunContext,
  by = formatPrincipal({ kind: "run", runId: facts.run.id }),
): Decision {
  const found = wishes.flatMap(({ key, because }) => {
    const task = facts.tasks.get(key);
    return task && !isTaskEnd(task.state) ? [{ task, because }] : [];
  });
  const ids = new Set(found.map(({ task }) => task.id));
  const decisions = found.map(({ task, because }) => {
    const { dependants, ...rest } = ctx.waiting(task.id);
    // who goes with it need not be told that it went
    const left = dependants.filter(({ id }) => !ids.has(id));
    return cancelTask(task, { because, by, waiting: { ...rest, dependants: left }, now: ctx.now });
  });
  return merged(decisions);
}

/** The same decision, with the task waiting: what it depends on begins anew beside it. */
function blocked(decision: Decision, taskId: string): Decision {
  const writes = decision.writes.map((write): Write => {
    const isIt = write.noun === "task" && "id" in write && write.id === taskId;
    return isIt && "update" in write
      ? { noun: "task", id: taskId, update: { ...write.update, state: "blocked" } }
      : write;
  });
  return { ...decision, writes };
}

function merged(decisions: readonly Decision[]): Decision {
  return {
    guards: decisions.flatMap(({ guards }) => guards),
    writes: decisions.flatMap(({ writes }) => writes),
    events: decisions.flatMap(({ events }) => events),
  };
}

function seconds(ms: number | null): string {
  return `${Math.round((ms ?? 0) / 1000)} s`;
}
