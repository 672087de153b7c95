import { isScheduled } from "../../domain/attempt-key.ts";
import * as attempts from "../../domain/attempt-end-rules.ts";
import * as rules from "../../domain/claim-rules.ts";
import { nothing, type Decision } from "../../domain/decision.ts";
import type { Event } from "../../domain/event.ts";
import { isEndState } from "../../domain/session.ts";
import {
  nobodyWaits,
  type PastClaim,
  type Capability,
  type Claimant,
  type Task,
  type TaskHead,
  type Waiting,
} from "../../domain/task.ts";
import { isAble } from "../../domain/task-order.ts";
import { pausedUntil } from "../../domain/task-pause.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { TaskSteps } from "../board/task-steps.ts";
import { notClaimable, takesNothing } from "./claim-error.ts";
import { ClaimKeeper } from "./claim-keeper.ts";
import { requireClaim, type ClaimProof } from "./claim-proof.ts";
import { leftToOthers, type LeftTask } from "./left-to-others.ts";
import { ClaimRounds } from "./claim-rounds.ts";
import { onItsOwn, type Standing } from "./standing.ts";

export type ClaimParts = Pick<SessionParts, "store" | "log" | "now">;

export interface ClaimOptions {
  /** Milliseconds of a clock that never jumps. */
  readonly elapsed?: () => number;
  /** Asked within each step that gives a session work. */
  readonly standing?: (sessionId: string) => Promise<Standing>;
}

/**
 * Who works on which task: gives tasks out, one holder each (claims that come together share a
 * commit), and believes about a task only whoever has its present claim. What time brings to claims
 * is the keeper's.
 */
export class Claims {
  readonly #parts: ClaimParts;
  readonly #steps: TaskSteps;
  readonly #keeper: ClaimKeeper;
  readonly #rounds: ClaimRounds;
  readonly #standing: NonNullable<ClaimOptions["standing"]>;
  #unlisten: (() => void) | undefined;

  constructor(
    parts: ClaimParts,
    steps: TaskSteps,
    { standing = () => Promise.resolve(onItsOwn), ...options }: ClaimOptions = {},
  ) {
    this.#parts = parts;
    this.#steps = steps;
    this.#standing = standing;
    this.#keeper = new ClaimKeeper(parts, {
      ...options,
      inTurn: (task) => steps.inTurn(task),
      lose: (id, because) => this.#lose(id, because),
    });
    this.#rounds = new ClaimRounds(parts, {
      inTurn: (task) => steps.inTurn(task),
      standingOf: (wish) => this.#standingOf(wish),
      expect: (claim) => this.#keeper.expect(claim),
    });
  }

  /** Begins to look after claims; sessions have been adopted before, so that theirs hold. */
  async open(): Promise<void> {
    this.#unlisten = this.#parts.store.onCommit((events) => {
      if (events.some(isSessionEnd)) this.#keeper.sweepSoon(0);
    });
    await this.#keeper.open();
  }

  close(): void {
    this.#unlisten?.();
    this.#keeper.close();
  }

  /** Brings claims up to the present. */
  sweep(): Promise<void> {
    return this.#keeper.sweep();
  }

  /**
   * What suits somebody best, given to them; undefined when there is nothing for them now.
   * @param signal whoever asked is gone, and is given nothing
   */
  claimNext(
    claimant: Claimant,
    wish: rules.ClaimWish,
    signal?: AbortSignal,
  ): Promise<Task | undefined> {
    return this.#rounds.claim(claimant, wish, signal);
  }

  /** Why `claimNext` has nothing for a session, where that is what the session itself gave back; else null. */
  async leftToOthers(claimant: Claimant, wish: rules.ClaimWish): Promise<LeftTask | null> {
    const { store, now } = this.#parts;
    const { holder, sessionId } = wish;
    if (sessionId === null) return null;
    const standing = await this.#standingOf(wish);
    if (standing.refusal !== null) return null;
    const whom = standing.claimant ?? claimant;
    return leftToOthers(store.tasks, whom, { holder, now: now() });
  }

  /**
   * Gives one task to somebody who is able to do it, whatever its tags.
   * @throws task_not_found, task_not_claimable, task_claimed, task_ended
   */
  claimTask(id: string, claimant: Capability, wish: rules.ClaimWish): Promise<Task> {
    const { store } = this.#parts;
    return this.#steps.decide(async () => {
      const task = await this.#steps.require(id);
      if (task.claim?.requestKey === wish.requestKey && wish.requestKey !== null) {
        return { decision: nothing, result: task };
      }
      const now = this.#parts.now();
      const standing = await this.#standingOf(wish);
      if (standing.refusal !== null) throw takesNothing(task, standing.refusal);
      const isFree = task.state === "pending" && pausedUntil(task, now) === null;
      const whom = standing.claimant ?? claimant;
      if (!isFree || !isAble(task.requires, whom)) throw notClaimable(task, now);
      const lastToken = await store.tasks.lastClaimToken();
      const { decision, claim } = rules.claim(task, wish, { now, lastToken });
      this.#keeper.expect(claim);
      const guards = [...decision.guards, ...standing.guards];
      return { decision: { ...decision, guards }, result: rules.asClaimed(task, claim, now) };
    });
  }

  /** @throws claim_lost, claim_not_held, task_ended, task_not_found */
  renew(id: string, proof: ClaimProof, ttlMs: number | null): Promise<Task> {
    return this.#steps.change(id, (task) =>
      rules.renew({ id, claim: requireClaim(task, proof) }, ttlMs, this.#parts.now()),
    );
  }

  /** The session that was started for a claim has it from now on. @throws as `renew` */
  bind(
    id: string,
    proof: ClaimProof,
    to: { readonly holder: string; readonly sessionId: string },
  ): Promise<Task> {
    return this.#steps.change(id, (task) => {
      requireClaim(task, proof);
      return rules.bind(task, to, this.#parts.now());
    });
  }

  /**
   * Given back unharmed; made again, it changes nothing. What a run's scheduler gave to a session of
   * its own, and that gives back, is a failed attempt: it would be given out and back without end.
   * @throws as `renew`
   */
  release(id: string, proof: ClaimProof, because: string, bySession = false): Promise<Task> {
    return this.#end(id, proof, {
      isDone: (task) =>
        wasGivenBack(task, "released", proof) || (bySession && wasFailed(task, proof)),
      decide: (task, now) => {
        const isCounted = bySession && task.claim !== null && isScheduled(id, task.claim);
        return isCounted ? this.#failed(task, because, now) : rules.release(task, because, now);
      },
    });
  }

  /** The accepted completion; made again with the same result, it changes nothing. @throws as `renew` */
  complete(
    id: string,
    proof: ClaimProof,
    {
      result,
      artifacts,
    }: { readonly result: string | null; readonly artifacts: readonly string[] },
  ): Promise<Task> {
    return this.#end(id, proof, {
      isDone: ({ state, claim, result: before }) =>
        state === "completed" && isOf(claim, proof) && before === result,
      decide: async (task, now) => {
        const freed = await this.#parts.store.tasks.waitingForAlone(id);
        return attempts.complete(task, { result, artifacts, freed, now });
      },
    });
  }

  /** Again after a pause, or failed with the last attempt; made again, it changes nothing. @throws as `renew` */
  fail(id: string, proof: ClaimProof, error: string): Promise<Task> {
    return this.#end(id, proof, {
      isDone: (task) => wasFailed(task, proof),
      decide: (task, now) => this.#failed(task, error, now),
    });
  }

  #standingOf({ sessionId }: rules.ClaimWish): Promise<Standing> {
    return sessionId === null ? Promise.resolve(onItsOwn) : this.#standing(sessionId);
  }

  /** What ends a claim: by whoever has it, or as it was ended before by the same request. */
  #end(
    id: string,
    proof: ClaimProof,
    end: {
      readonly isDone: (task: Task) => boolean;
      readonly decide: (task: Task, now: number) => Decision | Promise<Decision>;
    },
  ): Promise<Task> {
    return this.#steps.change(id, (task) => {
      if (end.isDone(task)) return nothing;
      requireClaim(task, proof);
      return end.decide(task, this.#parts.now());
    });
  }

  async #failed(task: TaskHead, error: string, now: number): Promise<Decision> {
    const waiting = await this.#waitingFor(task);
    return attempts.failAttempt(task, { error, jitter: Math.random(), waiting, now });
  }

  /** Within the keeper's turn. */
  async #lose(id: string, because: string): Promise<void> {
    const { store, now } = this.#parts;
    const task = await store.tasks.get(id);
    if (task?.state !== "claimed") return;
    const waiting = await this.#waitingFor(task);
    await store.commit(attempts.lose(task, { because, waiting, now: now() }));
  }

  async #waitingFor(task: TaskHead): Promise<Waiting> {
    if (!attempts.isLastAttempt(task)) return nobodyWaits;
    return this.#parts.store.tasks.waitingFor(task.id);
  }
}

/** Whether this is the claim that a proof is of: a token says which, else whoever had it does. */
function isOf(
  claim: { readonly token: number; readonly holder: string } | null | undefined,
  { token, holder }: ClaimProof,
): boolean {
  if (!claim) return false;
  return token === null ? holder === claim.holder : token === claim.token;
}

/** Whether the claim before the present one ended so; without a token, as long as there is no present one. */
function wasGivenBack(
  { state, pastClaim }: TaskHead,
  as: PastClaim["as"],
  proof: ClaimProof,
): boolean {
  if (pastClaim?.as !== as || !isOf(pastClaim, proof)) return false;
  return proof.token !== null || state !== "claimed";
}

/** With the last attempt the task itself failed. */
function wasFailed(task: TaskHead, proof: ClaimProof): boolean {
  return (
    (task.state === "failed" && isOf(task.claim, proof)) || wasGivenBack(task, "failed", proof)
  );
}

function isSessionEnd({ body }: Event): boolean {
  return body.type === "session_state_changed" && isEndState(body.to);
}
