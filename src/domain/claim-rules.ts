import type { Decision } from "./decision.ts";
import type { Claim, Task, TaskHead } from "./task.ts";
import { presentClaim, TaskDraft } from "./task-draft.ts";
import { pauseMs } from "./task-pause.ts";
import { formatTime } from "./time.ts";

/**
 * A claim from giving it out to taking it back, one decision each. All but the silent renewal append
 * an event; each is guarded by the state and the claim it was made for, so that whoever comes too
 * late changes nothing.
 */

export interface ClaimWish {
  /** `session:ap_…`, `agent:<name>`, or `run:rn_…` before there is a session. */
  readonly holder: string;
  readonly sessionId: string | null;
  readonly ttlMs: number;
  readonly requestKey: string | null;
}

export interface HeldClaim {
  readonly id: string;
  readonly claim: Claim;
}

/** Gives a pending task out. `lastToken` is the highest token ever given for any claim. */
export function claim(
  task: TaskHead,
  wish: ClaimWish,
  { now, lastToken }: { readonly now: number; readonly lastToken: number },
): { readonly decision: Decision; readonly claim: Claim } {
  const given: Claim = {
    holder: wish.holder,
    sessionId: wish.sessionId,
    token: lastToken + 1,
    claimedAt: now,
    ttlMs: wish.ttlMs,
    expiresAt: now + wish.ttlMs,
    requestKey: wish.requestKey,
  };
  const attempt = task.attempt + 1;
  const draft = new TaskDraft(now);
  draft.guard({ noun: "token", of: "claim", last: lastToken });
  draft.guard({ noun: "task", id: task.id, expect: { state: "pending" } });
  draft.change(task, { state: "claimed", claim: given, attempt, notBefore: null });
  draft.tell(task, given.sessionId, {
    type: "task_claimed",
    task_id: task.id,
    holder: given.holder,
    token: given.token,
    attempt,
    expires_at: formatTime(given.expiresAt),
  });
  return { decision: draft.decision(), claim: given };
}

/** A task as it stands once this claim on it is written. */
export function asClaimed(task: Task, given: Claim, now: number): Task {
  const attempt = task.attempt + 1;
  return { ...task, state: "claimed", claim: given, attempt, notBefore: null, updatedAt: now };
}

/** Several pending tasks given out at once, as if one after the other. */
export function claimAll(
  wanted: readonly { readonly task: TaskHead; readonly wish: ClaimWish }[],
  { now, lastToken }: { readonly now: number; readonly lastToken: number },
): { readonly decision: Decision; readonly claims: readonly Claim[] } {
  const each = wanted.map(({ task, wish }, at) =>
    claim(task, wish, { now, lastToken: lastToken + at }),
  );
  return {
    decision: {
      // all guards are looked at before the first is written: one stands for the tokens of all
      guards: each.flatMap(({ decision: { guards } }, at) =>
        guards.filter(({ noun }) => at === 0 || noun !== "token"),
      ),
      writes: each.flatMap(({ decision: { writes } }) => writes),
      events: each.flatMap(({ decision: { events } }) => events),
    },
    claims: each.map((one) => one.claim),
  };
}

/** Silent: a sign of life is no news. */
export function renew({ id, claim: held }: HeldClaim, ttlMs: number | null, now: number): Decision {
  const ttl = ttlMs ?? held.ttlMs;
  const renewed = { ...held, ttlMs: ttl, expiresAt: now + ttl };
  return {
    guards: [{ noun: "task", id, expect: { state: "claimed", claim: held } }],
    writes: [{ noun: "task", id, update: { claim: renewed } }],
    events: [],
  };
}

/** The session that was started for a claim has it from now on, with the same token. */
export function bind(
  task: TaskHead,
  to: { readonly holder: string; readonly sessionId: string },
  now: number,
): Decision {
  const held = presentClaim(task);
  const draft = new TaskDraft(now);
  draft.guardClaim(task);
  draft.write(task, { claim: { ...held, ...to, expiresAt: now + held.ttlMs } });
  return draft.decision();
}

/**
 * Given back by its holder, unharmed: the attempt is not counted. A session leaves it to others for as
 * long as a failed attempt would pause, and longer each time it does so again.
 */
export function release(task: TaskHead, because: string, now: number): Decision {
  const draft = new TaskDraft(now);
  const { holder, sessionId } = presentClaim(task);
  const { pastClaim } = task;
  const isAgain = pastClaim?.as === "released" && pastClaim.holder === holder;
  const times = (isAgain ? (pastClaim.times ?? 0) : 0) + 1;
  const left = sessionId === null ? {} : { times, leftUntil: now + pauseMs(times, 0) };
  draft.giveBack(task, { as: "released", because, counts: false, notBefore: null, left });
  return draft.decision();
}
