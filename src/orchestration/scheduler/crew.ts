import { isScheduled, parseAttemptKey, type AttemptKey } from "../../domain/attempt-key.ts";
import { sessionHolder } from "../../domain/hold.ts";
import { isAlike, isFit, mayFollow } from "../../domain/reuse-rules.ts";
import type { RunFacts } from "../../domain/run.ts";
import type { Session } from "../../domain/session.ts";
import type { Task } from "../../domain/task.ts";
import type { Store } from "../../store/store.ts";

type CrewStore = Pick<Store, "sessions" | "turns" | "deliveries" | "prompts" | "leases" | "tasks">;

/**
 * The live sessions of runs at one moment, by what they were given: each was started for one attempt,
 * and where a run reuses its sessions, was handed further ones. Those that are idle with their last
 * task completed can be given another.
 */
export class Crew {
  /** Every live session that was ever given the task: a second one waits for their end. */
  readonly byTask = new Map<string, Session[]>();
  readonly #store: CrewStore;
  readonly #present = new Map<string, AttemptKey>();
  readonly #free = new Map<string, { readonly session: Session; readonly done: Task }>();
  readonly #given = new Set<string>();
  readonly #pending: readonly Task[];
  readonly #isShort: () => boolean;

  private constructor(
    store: CrewStore,
    facts: readonly RunFacts[],
    { isShort }: { readonly isShort: () => boolean },
  ) {
    this.#store = store;
    this.#isShort = isShort;
    this.#pending = facts
      .filter(({ run }) => run.state !== "paused")
      .flatMap(({ tasks }) => [...tasks.values()])
      .filter((task) => task.state === "pending" && mayFollow(task));
  }

  /** @param options.isShort memory is: then nobody is kept for later */
  static async read(
    store: CrewStore,
    live: readonly Session[],
    facts: readonly RunFacts[],
    options: { readonly isShort: () => boolean },
  ): Promise<Crew> {
    const crew = new Crew(store, facts, options);
    const tasks = new Map<string, Task>();
    for (const one of facts) {
      for (const task of one.tasks.values()) if (task.execution?.reuse) tasks.set(task.id, task);
    }
    const sessions = new Map(live.map((session) => [session.id, session]));
    for (const session of live) await crew.#add(session, tasks);
    for (const task of tasks.values()) {
      const session = sessions.get(task.claim?.sessionId ?? "");
      if (task.state === "claimed" && session) crew.#give(session, task);
    }
    return crew;
  }

  /** The attempt a session is at, or was at last. */
  attemptOf(session: Session): AttemptKey | undefined {
    return this.#present.get(session.id) ?? parseAttemptKey(session.idempotencyKey);
  }

  /**
   * An idle session that is as good for the task as a new one; it is nobody else's from then on.
   * @param isSpoken ids of sessions with which something is being done
   */
  async take(task: Task, isSpoken: (sessionId: string) => boolean): Promise<Session | undefined> {
    if (!mayFollow(task)) return undefined;
    for (const { session, done } of this.#free.values()) {
      if (!isAlike(done, task) || isSpoken(session.id)) continue;
      if (!(await isFitNow(this.#store, session))) continue;
      this.#give(session, task);
      return session;
    }
    return undefined;
  }

  /** Whether a session has a task, or is kept for one that can be begun. */
  async isWanted(session: Session): Promise<boolean> {
    const free = this.#free.get(session.id);
    if (!free) return this.#given.has(session.id);
    if (this.#isShort() || !this.#pending.some((task) => isAlike(free.done, task))) return false;
    return isFitNow(this.#store, session);
  }

  #give(session: Session, task: Task): void {
    this.#free.delete(session.id);
    this.#given.add(session.id);
    this.#know(session, task.id);
    const { attempt, claim } = task;
    this.#present.set(session.id, { taskId: task.id, attempt, token: claim?.token ?? 0 });
  }

  #know(session: Session, taskId: string): void {
    const known = this.byTask.get(taskId) ?? [];
    if (!known.includes(session)) this.byTask.set(taskId, [...known, session]);
  }

  async #add(session: Session, tasks: ReadonlyMap<string, Task>): Promise<void> {
    const first = parseAttemptKey(session.idempotencyKey);
    if (!first) return;
    this.#know(session, first.taskId);
    // most runs give each session one task, and their texts need not be read
    if (!tasks.has(first.taskId)) return;
    const deliveries = await this.#store.deliveries.ofSession(session.id);
    const further = deliveries.flatMap((one) => parseAttemptKey(one.idempotencyKey) ?? []);
    for (const { taskId } of further) this.#know(session, taskId);
    const last = further.at(-1) ?? first;
    this.#present.set(session.id, last);
    const done = tasks.get(last.taskId);
    if (done?.state === "completed" && done.claim?.token === last.token) {
      this.#free.set(session.id, { session, done });
    }
  }
}

/** Whether a session could be given a further task now. */
export async function isFitNow(
  { sessions, turns, deliveries, prompts, leases, tasks }: CrewStore,
  { id: sessionId }: Pick<Session, "id">,
): Promise<boolean> {
  // the look began before its turn was over, maybe
  const session = await sessions.get(sessionId);
  if (session?.state !== "idle") return false;
  const held = await leases.list({ holder: sessionHolder(session.id), all: false, limit: 1 });
  const claims = await tasks.claims();
  const taken = claims.some(
    ({ id, claim }) => claim.sessionId === session.id && !isScheduled(id, claim),
  );
  return isFit({
    session,
    turns: await turns.ofSession(session.id),
    deliveries: await deliveries.ofSession(session.id),
    promptsOpen: (await prompts.open(session.id)).length > 0,
    holdsMore: held.length > 0 || taken,
  });
}
