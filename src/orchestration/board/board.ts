import { nothing, type Decision, type Guard } from "../../domain/decision.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { isEndState } from "../../domain/session.ts";
import {
  type Capability,
  type Claimant,
  nobodyWaits,
  type Task,
  type TaskHead,
  type TaskNote,
  type Waiting,
} from "../../domain/task.ts";
import { isTaskEnd } from "../../domain/task.ts";
import { isAble } from "../../domain/task-order.ts";
import { addTasks, keyOfMember, type WantedTask } from "../../domain/task-planning.ts";
import * as attempts from "../../domain/attempt-end-rules.ts";
import * as claims from "../../domain/claim-rules.ts";
import * as rules from "../../domain/task-rules.ts";
import { newId } from "../../platform/new-id.ts";
import { InTurn } from "../../session/in-turn.ts";
import type { SessionParts } from "../../session/parts.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import {
  claimLost,
  claimNotHeld,
  notClaimable,
  takesNothing,
  taskEnded,
  taskNotFound,
} from "./board-error.ts";
import { ClaimKeeper } from "./claim-keeper.ts";
import { ClaimRounds } from "./claim-rounds.ts";

export type BoardParts = Pick<SessionParts, "store" | "log" | "now">;

/** Who ends or prolongs a claim: by its token, by being its holder, or both. */
export interface ClaimProof {
  readonly token: number | null;
  /** Who asks, where that is known. */
  readonly holder: string | null;
}

/** How a session that asks for work stands with whoever looks after it. */
export interface Standing {
  /** Why it is given nothing; null where it may be given work. */
  readonly refusal: string | null;
  /** What it may be given, over what it says itself. */
  readonly claimant: Claimant | null;
  /** What has to hold still when it is given something. */
  readonly guards: readonly Guard[];
}

export interface BoardOptions {
  /** Milliseconds of a clock that never jumps. */
  readonly elapsed?: () => number;
  /** Asked within each step that gives a session work. */
  readonly standing?: (sessionId: string) => Promise<Standing>;
}

/**
 * The tasks of this home. Each step is one commit (claims that come together share one), and the
 * steps of one process come one after the other, so that of any number that ask at once none is
 * refused for having come at the same time.
 * What time brings to claims is the keeper's.
 */
export class Board {
  readonly #parts: BoardParts;
  readonly #turns = new InTurn();
  readonly #keeper: ClaimKeeper;
  readonly #rounds: ClaimRounds;
  readonly #standing: NonNullable<BoardOptions["standing"]>;
  readonly #listeners = new Set<(events: readonly Event[]) => void>();
  #unlisten: (() => void) | undefined;
  #lastIdMs = 0;

  constructor(parts: BoardParts, { standing, ...options }: BoardOptions = {}) {
    this.#parts = parts;
    this.#standing = standing ?? (() => Promise.resolve(free));
    this.#keeper = new ClaimKeeper(parts, {
      ...options,
      inTurn: (task) => this.#turns.run("board", task),
      lose: (id, because) => this.#lose(id, because),
    });
    this.#rounds = new ClaimRounds(parts, {
      inTurn: (task) => this.#turns.run("board", task),
      standingOf: (wish) => this.#standingOf(wish),
      expect: (claim) => this.#keeper.expect(claim),
    });
  }

  /** Begins to look after claims; sessions have been adopted before, so that theirs hold. */
  async open(): Promise<void> {
    this.#unlisten = this.#parts.store.onCommit((events) => this.#heard(events));
    await this.#keeper.open();
  }

  close(): void {
    this.#unlisten?.();
    this.#keeper.close();
  }

  /** Calls back, in the tick of the commit, with events of tasks. Returns the undo. */
  onChange(listener: (events: readonly Event[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Brings claims up to the present. */
  sweep(): Promise<void> {
    return this.#keeper.sweep();
  }

  /**
   * All or none, in the order given. With an idempotency key of before, what that request added.
   * Keys a run has already are left out.
   * @throws dependency_unknown, dependency_cycle, idempotency_conflict
   */
  add(
    wanted: readonly WantedTask[],
    by: {
      readonly runId: string | null;
      readonly author: string;
      readonly idempotencyKey: string | null;
    },
  ): Promise<readonly Task[]> {
    const { store, now } = this.#parts;
    return this.#decide(async () => {
      const before = by.idempotencyKey
        ? await store.tasks.byIdempotencyKey(by.idempotencyKey)
        : undefined;
      if (before) {
        const again = [before];
        for (const at of wanted.keys()) {
          const key = at === 0 ? null : keyOfMember(by.idempotencyKey, at);
          const member = key === null ? undefined : await store.tasks.byIdempotencyKey(key);
          if (member) again.push(member);
        }
        const isSame = again.every((task, at) => isSameWish(task, wanted[at]));
        if (isSame && again.length === wanted.length) return { decision: nothing, result: again };
        throw new AgentpoolError("idempotency_conflict", "The idempotency key was used before", {
          why: `Another task was added with it: ${before.id}.`,
          hint: "Give each request a key of its own.",
          details: { task_id: before.id },
        });
      }
      const names = [
        ...new Set(wanted.flatMap(({ key, dependsOn }) => (key ? [key, ...dependsOn] : dependsOn))),
      ];
      const revision = await store.tasks.revision();
      const byKey = by.runId === null ? [] : await store.tasks.byKeys(by.runId, names);
      const known = new Map(
        [...(await store.tasks.links(names)), ...byKey].map((link) => [link.id, link]),
      );
      for (const task of byKey) if (task.key !== null) known.set(task.key, task);
      const added = addTasks(wanted, {
        ...by,
        now: now(),
        newId: this.#newTaskIds(),
        known,
        revision,
      });
      return { decision: added.decision, result: added.tasks };
    });
  }

  /**
   * What suits somebody best, given to them; undefined when there is nothing for them now.
   * @param signal whoever asked is gone, and is given nothing
   */
  claimNext(
    claimant: Claimant,
    wish: claims.ClaimWish,
    signal?: AbortSignal,
  ): Promise<Task | undefined> {
    return this.#rounds.claim(claimant, wish, signal);
  }

  /**
   * Gives one task to somebody who is able to do it, whatever its tags.
   * @throws task_not_found, task_not_claimable, task_claimed, task_ended
   */
  claimTask(id: string, claimant: Capability, wish: claims.ClaimWish): Promise<Task> {
    return this.#decide(async () => {
      const task = await this.#require(id);
      if (task.claim?.requestKey === wish.requestKey && wish.requestKey !== null) {
        return { decision: nothing, result: task };
      }
      const now = this.#parts.now();
      const standing = await this.#standingOf(wish);
      if (standing.refusal !== null) throw takesNothing(task, standing.refusal);
      const isFree = task.state === "pending" && (task.notBefore ?? 0) <= now;
      const whom = standing.claimant ?? claimant;
      if (!isFree || !isAble(task.requires, whom)) throw notClaimable(task, now);
      return this.#give(task, wish, standing);
    });
  }

  /** @throws claim_lost, claim_not_held, task_ended, task_not_found */
  renew(id: string, proof: ClaimProof, ttlMs: number | null): Promise<Task> {
    return this.#decide(async () => {
      const task = await this.#require(id);
      const claim = requireClaim(task, proof);
      return { decision: claims.renew({ id, claim }, ttlMs, this.#parts.now()), result: task };
    }).then(() => this.#require(id));
  }

  /** The session that was started for a claim has it from now on. @throws as `renew` */
  bind(
    id: string,
    proof: ClaimProof,
    to: { readonly holder: string; readonly sessionId: string },
  ): Promise<Task> {
    return this.#decide(async () => {
      const task = await this.#require(id);
      requireClaim(task, proof);
      return { decision: claims.bind(task, to, this.#parts.now()), result: task };
    }).then(() => this.#require(id));
  }

  /** Given back unharmed; made again, it changes nothing. @throws as `renew` */
  release(id: string, proof: ClaimProof, because: string): Promise<Task> {
    return this.#end(id, proof, {
      isDone: ({ pastClaim }) => pastClaim?.token === proof.token && pastClaim?.as === "released",
      decide: (task, now) => Promise.resolve(claims.release(task, because, now)),
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
      isDone: (task) =>
        task.state === "completed" && task.claim?.token === proof.token && task.result === result,
      decide: async (task, now) => {
        const freed = await this.#parts.store.tasks.waitingForAlone(id);
        return attempts.complete(task, { result, artifacts, freed, now });
      },
    });
  }

  /** Again after a pause, or failed with the last attempt; made again, it changes nothing. @throws as `renew` */
  fail(id: string, proof: ClaimProof, error: string): Promise<Task> {
    return this.#end(id, proof, {
      isDone: ({ state, claim, pastClaim }) =>
        (state === "failed" && claim?.token === proof.token) ||
        (pastClaim?.token === proof.token && pastClaim?.as === "failed"),
      decide: async (task, now) => {
        const waiting = await this.#waitingFor(task);
        return attempts.failAttempt(task, { error, jitter: Math.random(), waiting, now });
      },
    });
  }

  /** Ends a task that has not ended. @throws task_ended, task_not_found */
  cancel(
    id: string,
    {
      because,
      by,
      dryRun = false,
    }: { readonly because: string; readonly by: string; readonly dryRun?: boolean },
  ): Promise<Task> {
    return this.#decide(async () => {
      const task = await this.#require(id);
      if (task.state === "cancelled") return { decision: nothing, result: task };
      if (isTaskEnd(task.state)) throw taskEnded(task);
      if (dryRun) return { decision: nothing, result: task };
      const waiting = await this.#parts.store.tasks.waitingFor(id);
      const now = this.#parts.now();
      return { decision: rules.cancel(task, { because, by, waiting, now }), result: task };
    }).then(() => this.#require(id));
  }

  /** A failed or cancelled task begins anew; one that is open is left as it is. @throws task_ended */
  retry(id: string, by: string): Promise<Task> {
    const { tasks } = this.#parts.store;
    return this.#decide(async () => {
      const task = await this.#require(id);
      if (!isTaskEnd(task.state)) return { decision: nothing, result: task };
      if (task.state === "completed") throw taskEnded(task);
      const dependencies = await tasks.links(task.dependsOn);
      const unmet = dependencies.filter(({ state }) => state !== "completed");
      const waiting = await tasks.waitingFor(id);
      const now = this.#parts.now();
      return { decision: rules.retry(task, { by, unmet, waiting, now }), result: task };
    }).then(() => this.#require(id));
  }

  /** A note with an id that is there already changes nothing. */
  note(note: TaskNote, sessionId: string | null): Promise<TaskNote> {
    return this.#decide(async () => {
      const task = await this.#require(note.taskId);
      const before = await this.#parts.store.tasks.notes(task.id, 50);
      const same = before.find(({ id }) => id === note.id);
      if (same) return { decision: nothing, result: same };
      return { decision: rules.note(task, note, sessionId), result: note };
    });
  }

  #standingOf({ sessionId }: claims.ClaimWish): Promise<Standing> {
    return sessionId === null ? Promise.resolve(free) : this.#standing(sessionId);
  }

  async #give(task: Task, wish: claims.ClaimWish, { guards }: Standing): Promise<Ruling<Task>> {
    const now = this.#parts.now();
    const lastToken = await this.#parts.store.tasks.lastClaimToken();
    const { decision, claim } = claims.claim(task, wish, { now, lastToken });
    this.#keeper.expect(claim);
    const given = { state: "claimed", claim, attempt: task.attempt + 1, notBefore: null } as const;
    const guarded = { ...decision, guards: [...decision.guards, ...guards] };
    return { decision: guarded, result: { ...task, ...given, updatedAt: now } };
  }

  /** What ends a claim: by whoever has it, or as it was ended before by the same request. */
  #end(
    id: string,
    proof: ClaimProof,
    end: {
      readonly isDone: (task: Task) => boolean;
      readonly decide: (task: Task, now: number) => Promise<Decision>;
    },
  ): Promise<Task> {
    return this.#decide(async () => {
      const task = await this.#require(id);
      if (proof.token !== null && end.isDone(task)) return { decision: nothing, result: task };
      requireClaim(task, proof);
      return { decision: await end.decide(task, this.#parts.now()), result: task };
    }).then(() => this.#require(id));
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

  async #require(id: string): Promise<Task> {
    const task = await this.#parts.store.tasks.get(id);
    if (task) return task;
    throw taskNotFound(id);
  }

  /** Ids of one request begin with another millisecond than all before, and so sort behind them. */
  #newTaskIds(): () => string {
    this.#lastIdMs = Math.max(this.#parts.now(), this.#lastIdMs + 1);
    const ms = this.#lastIdMs;
    return () => newId("task", ms);
  }

  #heard(events: readonly Event[]): void {
    const ended = events.some(
      ({ body }) => body.type === "session_state_changed" && isEndState(body.to),
    );
    if (ended) this.#keeper.sweepSoon(0);
    const ours = events.filter(({ body }) => body.type.startsWith("task_"));
    if (ours.length === 0) return;
    for (const listener of this.#listeners) listener(ours);
  }

  /** Reads, decides and commits until nothing came between; one after the other in this process. */
  #decide<T>(rule: () => Promise<Ruling<T>>): Promise<T> {
    return this.#turns.run("board", () =>
      commitAfresh(this.#parts.store, rule, { of: "the board" }),
    );
  }
}

const free: Standing = { refusal: null, claimant: null, guards: [] };

function isSameWish(task: Task, wanted: WantedTask | undefined): boolean {
  return task.title === wanted?.title && task.body === wanted.body;
}

/** The claim of whoever asks. @throws claim_lost, claim_not_held, task_ended */
function requireClaim(task: Task, { token, holder }: ClaimProof): NonNullable<Task["claim"]> {
  const { state, claim } = task;
  if (isTaskEnd(state)) throw taskEnded(task);
  if (state !== "claimed" || claim === null) {
    throw token === null ? claimNotHeld(task, holder) : claimLost(task, token);
  }
  if (token !== null && token !== claim.token) throw claimLost(task, token);
  if (holder !== null && holder !== claim.holder) throw claimNotHeld(task, holder);
  if (token === null && holder === null) throw claimNotHeld(task, null);
  return claim;
}
