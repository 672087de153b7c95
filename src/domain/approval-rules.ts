import type { Approval, ApprovalKind } from "./approval.ts";
import { nothing, type Decision } from "./decision.ts";
import type { EventBody } from "./event.ts";
import { hasSay, type AgentsPart } from "./has-say.ts";
import { sessionHolder } from "./hold.ts";
import { formatTime } from "./time.ts";

export interface ApprovalWish {
  readonly kind: ApprovalKind;
  readonly runId: string | null;
  readonly key: string | null;
  readonly taskId: string | null;
  readonly sessionId: string | null;
  readonly subject: string;
  readonly body: string;
  readonly requestedBy: string;
  readonly timeoutMs: number;
  readonly idempotencyKey: string | null;
}

export interface Verdict {
  readonly state: "approved" | "rejected";
  readonly by: string;
  /** Whom the decider acts for besides: who started it, and who started those. */
  readonly actsFor: readonly string[];
  /** Null for people and their hosts, and where a run has its own way to decide. */
  readonly agent: AgentsPart | null;
  readonly comment: string | null;
}

/**
 * What came of a verdict. `repeated`: the same one was given before by the same; `own`: it is the
 * decider's own request; `stranger`: the decider has no say over whoever asked; `over`: somebody else
 * decided, or it was cancelled; `late`: its time was over, and the decision writes that down.
 */
export interface Ruled {
  readonly outcome: "decided" | "repeated" | "own" | "stranger" | "over" | "late";
  readonly approval: Approval;
  readonly decision: Decision;
}

export interface Asked {
  readonly approval: Approval;
  readonly decision: Decision;
}

export function requestApproval(
  wish: ApprovalWish,
  { now, id }: { readonly now: number; readonly id: string },
): Asked {
  const { timeoutMs, ...asked } = wish;
  const approval: Approval = {
    ...asked,
    id,
    state: "pending",
    decidedBy: null,
    comment: null,
    createdAt: now,
    expiresAt: now + timeoutMs,
    decidedAt: null,
  };
  const decision = {
    guards: [],
    writes: [{ noun: "approval", insert: approval } as const],
    events: [
      event(approval, now, {
        type: "approval_requested",
        ...about(approval),
        subject: approval.subject,
        requested_by: approval.requestedBy,
        task_id: approval.taskId,
        expires_at: formatTime(approval.expiresAt),
      }),
    ],
  };
  return { approval, decision };
}

/** Whether none of these asked for it. */
export function mayDecide(
  { requestedBy, sessionId }: Pick<Approval, "requestedBy" | "sessionId">,
  deciders: readonly string[],
): boolean {
  const askers = [requestedBy, ...(sessionId === null ? [] : [sessionHolder(sessionId)])];
  return !deciders.some((one) => askers.includes(one));
}

export function decideApproval(approval: Approval, verdict: Verdict, now: number): Ruled {
  const { state, by, actsFor, comment } = verdict;
  const none = { approval, decision: nothing };
  if (!mayDecide(approval, [by, ...actsFor])) return { outcome: "own", ...none };
  if (!hasSay(approval.runId, verdict)) return { outcome: "stranger", ...none };
  if (approval.state !== "pending") {
    const isSame = approval.state === state && approval.decidedBy === by;
    return { outcome: isSame ? "repeated" : "over", ...none };
  }
  if (isLate(approval, now))
    return { outcome: "late", ...end(approval, { state: "expired" }, now) };
  const decided = end(approval, { state, decidedBy: by, comment }, now, {
    type: `approval_${state}`,
    ...about(approval),
    by,
    comment,
  });
  return { outcome: "decided", ...decided };
}

/** Nobody wants to know any more. Nothing where it is over already. */
export function cancelApproval(
  approval: Approval,
  { by, because }: { readonly by: string; readonly because: string },
  now: number,
): Asked {
  if (approval.state !== "pending") return { approval, decision: nothing };
  return end(approval, { state: "cancelled", decidedBy: by, comment: because }, now, {
    type: "approval_cancelled",
    ...about(approval),
    by,
    because,
  });
}

/** Those whose time is over are refused by it. */
export function expireApprovals(pending: readonly Approval[], now: number): Decision {
  const ended = pending
    .filter((one) => one.state === "pending" && isLate(one, now))
    .map((one) => end(one, { state: "expired" }, now).decision);
  return {
    guards: ended.flatMap(({ guards }) => guards),
    writes: ended.flatMap(({ writes }) => writes),
    events: ended.flatMap(({ events }) => events),
  };
}

/**
 * The clock was set by so much: whoever had an hour to decide has it still, by the clock as it is
 * now.
 */
export function moveExpiries(pending: readonly Approval[], byMs: number, now: number): Decision {
  const moved = pending.filter(({ state }) => state === "pending");
  return {
    guards: moved.map(({ id }) => ({ noun: "approval", id, expect: { state: "pending" } })),
    writes: moved.map(({ id, expiresAt }) => ({
      noun: "approval",
      id,
      update: { expiresAt: expiresAt + byMs },
    })),
    events: moved.map((approval) =>
      event(approval, now, {
        type: "approval_moved",
        ...about(approval),
        expires_at: formatTime(approval.expiresAt + byMs),
        because: `the clock was set ${byMs > 0 ? "forward" : "back"} by ${Math.round(Math.abs(byMs) / 1000)} s`,
      }),
    ),
  };
}

/** When time alone ends one of them, epoch ms; null for never. */
export function nextExpiry(pending: readonly Approval[]): number | null {
  const times = pending.filter(({ state }) => state === "pending").map((one) => one.expiresAt);
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
}

export function isLate({ expiresAt }: Approval, now: number): boolean {
  return expiresAt <= now;
}

function end(
  approval: Approval,
  fields: Pick<Approval, "state"> & Partial<Approval>,
  now: number,
  body: EventBody = { type: "approval_expired", ...about(approval) },
): Asked {
  const update = { ...fields, decidedAt: now };
  return {
    approval: { ...approval, ...update },
    decision: {
      // whoever comes first decides
      guards: [{ noun: "approval", id: approval.id, expect: { state: "pending" } }],
      writes: [{ noun: "approval", id: approval.id, update }],
      events: [event(approval, now, body)],
    },
  };
}

function about({ id, kind }: Approval) {
  return { approval_id: id, kind };
}

function event({ sessionId, runId }: Approval, at: number, body: EventBody) {
  return { sessionId, runId, at, body };
}
