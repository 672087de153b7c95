import type { Approval } from "../../domain/approval.ts";
import {
  cancelApproval,
  decideApproval,
  expireApprovals,
  isLate,
  moveExpiries,
  nextExpiry,
  requestApproval,
  type ApprovalWish,
  type Ruled,
  type Verdict,
} from "../../domain/approval-rules.ts";
import { isNothing, type Decision } from "../../domain/decision.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { formatTime } from "../../domain/time.ts";
import { Bell } from "../../platform/bell.ts";
import { newId } from "../../platform/new-id.ts";
import type { SessionParts } from "../../session/parts.ts";
import { InTurn } from "../../session/in-turn.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import { JumpClock } from "../scheduler/clock.ts";

type ApprovalParts = Pick<SessionParts, "store" | "log" | "now">;

/** Timers do not fire before; one that is due is looked at once more after this. */
const leastPauseMs = 20;
/** Clocks may be set while nobody looks. */
const longestPauseMs = 10_000;

interface Jump {
  readonly byMs: number;
  /** What was asked for afterwards has its time by the clock as it was set. */
  readonly askedSince: Set<string>;
}

/**
 * The approvals of this home. Each is decided once, whoever comes first; one that nobody decided in
 * time is refused. That time is lived time: where the clock is set, or the machine sleeps, the moment
 * moves with it. Whoever waits is woken by the commit that ends it.
 */
export class Approvals {
  readonly #parts: ApprovalParts;
  readonly #turns = new InTurn();
  readonly #clock: JumpClock;
  /** Each time the clock was set and nothing was moved for it yet, the earliest first. */
  readonly #unheeded: Jump[] = [];
  #unlisten: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: ApprovalParts, clock = new JumpClock(parts.now)) {
    this.#parts = parts;
    this.#clock = clock;
  }

  /** Refuses what came due while nobody looked, and sees to the rest. */
  async open(): Promise<void> {
    this.#unlisten = this.#parts.store.onCommit((events) => this.#heard(events));
    await this.expire();
  }

  /** What is pending stays so for the next supervisor. */
  close(): void {
    this.#closed = true;
    this.#unlisten?.();
    clearTimeout(this.#timer);
  }

  /** Refuses all whose time is over. */
  async expire(): Promise<void> {
    const { store, now } = this.#parts;
    await this.#inTurn(async () => {
      const decision = expireApprovals(await store.approvals.pending(), now());
      if (!isNothing(decision)) await store.commit(decision);
    });
    await this.#lookAgain();
  }

  /**
   * Asks once: the same key, or the same key of a run, finds what was asked before.
   * @throws idempotency_conflict when the key was used to ask for something else
   */
  async ask(wish: ApprovalWish): Promise<Approval> {
    const { store, now } = this.#parts;
    const approval = await this.#inTurn(async () => {
      const before = await this.#before(wish);
      if (before) return before;
      const asked = requestApproval(wish, { now: now(), id: newId("approval", now()) });
      await this.#commit(asked.decision);
      return asked.approval;
    });
    await this.#lookAgain();
    return store.approvals.get(approval.id).then((found) => found ?? approval);
  }

  /**
   * The first verdict counts; the same one given again by the same is no other.
   * @throws own_approval, not_decider, approval_over, approval_not_found
   */
  async decide(id: string, verdict: Verdict): Promise<Approval> {
    const ruled = await this.#change(id, (approval, now): Ruled =>
      decideApproval(approval, verdict, now),
    );
    await this.#lookAgain();
    return accepted(ruled, verdict);
  }

  /**
   * What `decide` would do, without doing it: as it would be decided, and still in its state.
   * @throws as `decide`
   */
  async plan(id: string, verdict: Verdict): Promise<Approval> {
    return this.#inTurn(async () => {
      const approval = await this.#require(id);
      const ruled = decideApproval(approval, verdict, this.#parts.now());
      const { state, decidedAt } = approval;
      return { ...accepted(ruled, verdict), state, decidedAt };
    });
  }

  /** Nobody wants to know any more; nothing happens to one that is over. @throws approval_not_found */
  async cancel(
    id: string,
    by: { readonly by: string; readonly because: string },
  ): Promise<Approval> {
    const { approval } = await this.#change(id, (found, now) => cancelApproval(found, by, now));
    await this.#lookAgain();
    return approval;
  }

  /** As it is once it was decided or came to an end, or when the time is over. */
  async wait(id: string, timeoutMs: number, signal: AbortSignal): Promise<Approval> {
    const { store } = this.#parts;
    const bell = new Bell();
    const stop = store.onCommit((events) => {
      if (events.some(({ body }) => "approval_id" in body && body.approval_id === id)) bell.ring();
    });
    const until = performance.now() + timeoutMs;
    try {
      for (;;) {
        const approval = await this.#require(id);
        const left = until - performance.now();
        if (approval.state !== "pending" || left <= 0) return approval;
        await bell.wait(left, signal);
        if (signal.aborted) throw signal.reason;
      }
    } finally {
      stop();
    }
  }

  async #before(wish: ApprovalWish): Promise<Approval | undefined> {
    const { approvals } = this.#parts.store;
    if (wish.runId !== null && wish.key !== null) {
      const known = await approvals.byKey(wish.runId, wish.key);
      if (known) return known;
    }
    if (wish.idempotencyKey === null) return undefined;
    const known = await approvals.byIdempotencyKey(wish.idempotencyKey);
    if (!known) return undefined;
    const isSame =
      known.kind === wish.kind &&
      known.subject === wish.subject &&
      known.body === wish.body &&
      known.requestedBy === wish.requestedBy;
    if (isSame) return known;
    throw new AgentpoolError(
      "idempotency_conflict",
      "The idempotency key was used for another approval",
      { why: "Nothing was asked.", details: { approval_id: known.id } },
    );
  }

  async #require(id: string): Promise<Approval> {
    const approval = await this.#parts.store.approvals.get(id);
    if (approval) return approval;
    throw new AgentpoolError("approval_not_found", `No approval "${id}"`);
  }

  /** Reads, rules and commits until nobody was faster. */
  #change<T extends { readonly decision: Decision }>(
    id: string,
    rule: (approval: Approval, now: number) => T,
  ): Promise<T> {
    const { store, now } = this.#parts;
    const decide = async (): Promise<Ruling<T>> => {
      const result = rule(await this.#require(id), now());
      return { decision: result.decision, result };
    };
    return this.#inTurn(() => commitAfresh(store, decide, { of: id }));
  }

  /** One after the other, and each with the clock as it is by then. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.run("approvals", async () => {
      await this.#heedClock();
      return task();
    });
  }

  /** Runs ask by commits of their own: those too end in time, and were promised it by this clock. */
  #heard(events: readonly Event[]): void {
    const asked = events.flatMap(({ body }) =>
      body.type === "approval_requested" ? [body.approval_id] : [],
    );
    if (asked.length === 0) return;
    this.#lookAtClock();
    for (const { askedSince } of this.#unheeded) for (const id of asked) askedSince.add(id);
    this.#seeTo();
  }

  #lookAtClock(): void {
    const byMs = this.#clock.lookForJump();
    if (byMs !== 0) this.#unheeded.push({ byMs, askedSince: new Set() });
  }

  async #heedClock(): Promise<void> {
    const { store, now } = this.#parts;
    this.#lookAtClock();
    for (let jump = this.#unheeded[0]; jump; jump = this.#unheeded[0]) {
      const { byMs, askedSince } = jump;
      const move = async (): Promise<Ruling<void>> => {
        const pending = await store.approvals.pending();
        const before = pending.filter(({ id }) => !askedSince.has(id));
        return { decision: moveExpiries(before, byMs, now()), result: undefined };
      };
      await commitAfresh(store, move, { of: "what is to be approved" });
      this.#unheeded.shift();
    }
  }

  async #commit(decision: Decision): Promise<void> {
    const committed = await this.#parts.store.commit(decision);
    if (!committed.ok) throw changing("approval");
  }

  #seeTo(): void {
    this.#lookAgain().catch((thrown: unknown) => this.#tryLater(thrown));
  }

  #tryLater(thrown: unknown): void {
    if (this.#closed) return;
    this.#parts.log("error", "approvals could not be looked after", { error: String(thrown) });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#seeTo(), longestPauseMs);
    this.#timer.unref();
  }

  async #lookAgain(): Promise<void> {
    const next = nextExpiry(await this.#parts.store.approvals.pending());
    clearTimeout(this.#timer);
    if (this.#closed || next === null) return;
    const inMs = Math.max(leastPauseMs, next - this.#parts.now());
    this.#timer = setTimeout(
      () => {
        this.expire().catch((thrown: unknown) => this.#tryLater(thrown));
      },
      Math.min(inMs, longestPauseMs),
    );
    this.#timer.unref();
  }
}

/** @throws own_approval, not_decider, approval_over */
function accepted({ outcome, approval }: Ruled, verdict: Verdict): Approval {
  switch (outcome) {
    case "decided":
    case "repeated":
      return approval;
    case "own":
      throw own(approval, verdict);
    case "stranger":
      throw noSay(approval, verdict);
    case "over":
    case "late":
      throw over(approval);
  }
}

/** As it would be written down by now: no supervisor may have looked since. */
export function asOf(approval: Approval, now: number): Approval {
  const isOver = approval.state === "pending" && isLate(approval, now);
  return isOver ? { ...approval, state: "expired", decidedAt: approval.expiresAt } : approval;
}

function own(approval: Approval, { by }: Verdict): AgentpoolError {
  const isItself = approval.requestedBy === by;
  return new AgentpoolError("own_approval", `${by} cannot decide ${approval.id}`, {
    why: isItself
      ? "Whoever asks for an approval does not decide it."
      : `It acts for ${approval.requestedBy}, which asked for it.`,
    hint: `Let somebody else decide: agentpool approval approve ${approval.id}${by === "person" ? " --agent NAME" : ""}`,
    details: { approval_id: approval.id, requested_by: approval.requestedBy, by },
  });
}

function noSay({ id, requestedBy }: Approval, { by }: Verdict): AgentpoolError {
  return new AgentpoolError("not_decider", `${by} has no say over ${id}`, {
    why: `${requestedBy} asked for it; ${by} neither started that nor leads its run.`,
    hint: `Let a person decide, or who started ${requestedBy}: agentpool approval approve ${id}`,
    details: { approval_id: id, requested_by: requestedBy, by },
  });
}

function over(approval: Approval): AgentpoolError {
  const { id, state, decidedBy, decidedAt, comment } = approval;
  const who = decidedBy === null ? "" : ` by ${decidedBy}`;
  const when = decidedAt === null ? "" : ` at ${formatTime(decidedAt)}`;
  return new AgentpoolError("approval_over", `${id} is ${state} already`, {
    why:
      state === "expired"
        ? `Nobody decided before ${formatTime(approval.expiresAt)}; that refuses it.`
        : `It was ${state}${who}${when}${comment === null ? "" : `: ${comment}`}.`,
    hint: "Ask anew: agentpool approval request --help",
    details: { approval_id: id, state, decided_by: decidedBy },
  });
}

function changing(id: string): AgentpoolError {
  return new AgentpoolError("conflict", `${id} changed each time it was read`, {
    hint: "Try again.",
  });
}
