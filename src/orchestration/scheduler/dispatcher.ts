import { attemptKey } from "../../domain/attempt-key.ts";
import type { Guard } from "../../domain/decision.ts";
import { sessionHolder } from "../../domain/hold.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import type { Session } from "../../domain/session.ts";
import type { Task } from "../../domain/task.ts";
import { compareTasks } from "../../domain/task-order.ts";
import { pausedUntil } from "../../domain/task-pause.ts";
import { claim as claimTask } from "../../domain/claim-rules.ts";
import type { SessionParts } from "../../session/parts.ts";
import { againMs } from "../loop.ts";
import type { Ongoing } from "../ongoing.ts";
import type { BudgetKeeper, Withheld } from "./budget-keeper.ts";
import type { Crew } from "./crew.ts";
import { Due } from "./due.ts";
import { isWorking, Room, type RoomParts } from "./room.ts";
import type { RunBook } from "./run-book.ts";

export interface DispatcherParts extends RoomParts, Pick<SessionParts, "store" | "now"> {
  readonly book: RunBook;
  readonly keeper: BudgetKeeper;
  readonly ongoing: Ongoing;
  readonly wake: () => void;
}

/** A claim that is given out; it is renewed while its session lives. */
const claimMs = 120_000;

/** Gives the tasks of all runs out, the most urgent first, as far as there is room for them. */
export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /**
   * Gives out as many tasks as there is room for.
   * @returns when there may be room for more by time alone, epoch ms
   */
  async fill(
    live: readonly Session[],
    crew: Crew,
    { now, memoryIsShort }: { readonly now: number; readonly memoryIsShort: () => void },
  ): Promise<number | null> {
    const { keeper, ongoing } = this.#parts;
    const isTaken = (id: string) => ongoing.has(id) || ongoing.wasHeld(id);
    const due = new Due();
    const room = await this.#room(live, crew);
    const { slots, waiting } = await this.#waiting(crew, now, due);
    const full = new Set<string>();
    for (const task of waiting.toSorted(compareTasks)) {
      const { runId, execution } = task;
      if (runId === null || execution === null || (slots.get(runId) ?? 0) <= 0) continue;
      if (full.has(execution.providerId)) continue;
      // whoever is replaced by the next of its list needs no room
      const isReplaced = (await keeper.withheld(task)) !== undefined;
      const place = execution.filter || isReplaced ? "taken" : await room.take(execution);
      if (place === "no_memory") {
        memoryIsShort();
        due.at(now + againMs);
        break;
      }
      if (place === "none") full.add(execution.providerId);
      else {
        const idle = await crew.take(task, isTaken);
        const isGiven = await this.#claim(task, runId, idle);
        // an idle session that changed meanwhile is looked at once more; no other begins in its place
        if (isGiven || idle) slots.set(runId, (slots.get(runId) ?? 0) - 1);
      }
    }
    return due.first;
  }

  /** The room there is beside what lives and what was claimed to be begun. */
  async #room(live: readonly Session[], { byTask }: Crew): Promise<Room> {
    const room = new Room(this.#parts, live);
    for (const { tasks } of this.#parts.book.facts) {
      for (const task of claimedOf(tasks)) {
        if (task.execution === null || task.execution.filter) continue;
        const sessions = byTask.get(task.id) ?? [];
        const isThere = sessions.length > 0 || task.claim?.sessionId === null;
        // one that has not taken its prompt yet is idle, and about to work
        if (isThere && !sessions.some(isWorking)) await room.expect(task.execution);
      }
    }
    return room;
  }

  /** What may be given out now, and how many of each run. What budgets hold is noted at the tasks. */
  async #waiting(
    { byTask }: Crew,
    now: number,
    due: Due,
  ): Promise<{ readonly slots: Map<string, number>; readonly waiting: readonly Task[] }> {
    const { book, keeper, ongoing } = this.#parts;
    const slots = new Map<string, number>();
    const waiting: Task[] = [];
    const held = new Map<Task, Withheld | null>();
    for (const { run, tasks } of book.facts) {
      if (run.state === "paused") continue;
      const free = run.limits.concurrency - claimedOf(tasks).length;
      slots.set(run.id, free);
      if (free <= 0 && !keeper.holds) continue;
      for (const task of tasks.values()) {
        if (task.state !== "pending" || task.execution === null) continue;
        const withheld = await keeper.withheld(task);
        const isHeld = withheld !== undefined && !withheld.maySwitch;
        held.set(task, isHeld ? withheld : null);
        if (isHeld) due.at(withheld.until);
        if (isHeld || free <= 0) continue;
        const notBefore = Math.max(
          pausedUntil(task, now) ?? 0,
          ongoing.heldUntil(task.id, now) ?? 0,
        );
        if (notBefore > now) due.at(notBefore);
        // fenced: what is left of an earlier attempt has to end first
        else if (!byTask.has(task.id) && !ongoing.has(task.id)) waiting.push(task);
      }
    }
    await keeper.note(held);
    return { slots, waiting };
  }

  /** @param idle the session that is to do it; one is started when absent */
  async #claim(task: Task, runId: string, idle: Session | undefined): Promise<boolean> {
    const { store, now, ongoing, wake } = this.#parts;
    const lastToken = await store.tasks.lastClaimToken();
    const { decision } = claimTask(
      task,
      {
        holder: idle ? sessionHolder(idle.id) : formatPrincipal({ kind: "run", runId }),
        sessionId: idle?.id ?? null,
        ttlMs: claimMs,
        requestKey: attemptKey({ id: task.id, attempt: task.attempt + 1 }, lastToken + 1),
      },
      { now: now(), lastToken },
    );
    ongoing.forget(task.id);
    // somebody else took it, or another claim came between: the next look tells
    const { ok } = await store.commit(
      idle ? { ...decision, guards: [...decision.guards, asItIs(idle)] } : decision,
    );
    if (!ok) wake();
    return ok;
  }
}

function claimedOf(tasks: ReadonlyMap<string, Task>): readonly Task[] {
  return [...tasks.values()].filter((task) => task.state === "claimed" && task.execution !== null);
}

/** It may have been ended, or spoken to, since it was looked at. */
function asItIs({ id, version }: Session): Guard {
  return { noun: "session", id, expect: { version } };
}
