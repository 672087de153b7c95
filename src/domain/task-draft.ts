import type { Decision, Guard, Write } from "./decision.ts";
import type { EventBody } from "./event.ts";
import {
  isTaskEnd,
  type Claim,
  type PastClaim,
  type Task,
  type TaskHead,
  type TaskLink,
  type Waiting,
} from "./task.ts";
import { causeOf, inOrder } from "./task-planning.ts";
import { formatTimeOrNull } from "./time.ts";

/**
 * Collects the changes of one decision about a task and about those that wait for it, each with
 * the guard it stands under.
 */
export class TaskDraft {
  readonly #now: number;
  readonly #guards: Guard[] = [];
  readonly #writes: Write[] = [];
  readonly #events: Decision["events"][number][] = [];

  constructor(now: number) {
    this.#now = now;
  }

  guard(guard: Guard): void {
    this.#guards.push(guard);
  }

  /** What was read of other tasks still holds. */
  guardGraph(revision: number | null): void {
    if (revision !== null) this.guard({ noun: "token", of: "graph", last: revision });
  }

  guardClaim(task: TaskHead): void {
    this.guard({ noun: "task", id: task.id, expect: { state: "claimed", claim: task.claim } });
  }

  guardAsItIs({ id, state, claim: held }: TaskHead): void {
    this.guard({ noun: "task", id, expect: { state, claim: held } });
  }

  write({ id }: Pick<Task, "id">, update: Partial<Task>): void {
    this.#writes.push({ noun: "task", id, update });
  }

  change(task: Pick<Task, "id">, update: Partial<Task>): void {
    this.write(task, { ...update, updatedAt: this.#now });
  }

  tell({ runId }: Pick<Task, "runId">, sessionId: string | null, body: EventBody): void {
    this.#events.push({ sessionId, runId, at: this.#now, body });
  }

  giveBack(
    task: TaskHead,
    {
      as,
      because,
      counts,
      notBefore,
      left = {},
    }: {
      readonly as: PastClaim["as"];
      readonly because: string;
      readonly counts: boolean;
      readonly notBefore: number | null;
      readonly left?: Pick<PastClaim, "leftUntil" | "times">;
    },
  ): void {
    const held = presentClaim(task);
    this.guardClaim(task);
    this.change(task, {
      state: "pending",
      because,
      claim: null,
      pastClaim: { ...pastClaimOf(held, as, because), ...left },
      attempt: counts ? task.attempt : task.attempt - 1,
      maxAttempts: task.maxAttempts,
      notBefore,
      ...(as === "failed" ? { error: because } : {}),
    });
    this.tell(task, held.sessionId, {
      type: "task_released",
      task_id: task.id,
      holder: held.holder,
      token: held.token,
      because,
      not_before: formatTimeOrNull(notBefore),
    });
  }

  fail(
    task: TaskHead,
    { error, waiting }: { readonly error: string; readonly waiting: Waiting },
  ): void {
    const held = presentClaim(task);
    this.guardClaim(task);
    this.change(task, { state: "failed", because: error, error, endedAt: this.#now });
    this.tell(task, held.sessionId, {
      type: "task_failed",
      task_id: task.id,
      holder: held.holder,
      attempt: task.attempt,
      because: error,
    });
    this.blame({ ...task, state: "failed", because: error }, waiting);
  }

  unblock(link: TaskLink): void {
    this.change(link, { state: "pending", because: null });
    this.tell(link, null, { type: "task_unblocked", task_id: link.id });
  }

  /** Tells all that wait for a task why they can or cannot go on, now that it changed. */
  blame(root: TaskLink, { dependants, others, revision }: Waiting): void {
    this.guardGraph(revision);
    const links = new Map([...others, ...dependants, root].map((link) => [link.id, link]));
    for (const link of inOrder(dependants)) {
      if (isTaskEnd(link.state)) continue;
      const because = causeOf(link, links);
      if (because === link.because) continue;
      links.set(link.id, { ...link, because });
      this.change(link, { because });
      this.tell(link, null, { type: "task_blocked", task_id: link.id, because });
    }
  }

  decision(): Decision {
    return { guards: this.#guards, writes: this.#writes, events: this.#events };
  }
}

/** The claim of a claimed task; the service has looked before. */
export function presentClaim(task: TaskHead): Claim {
  if (task.state === "claimed" && task.claim !== null) return task.claim;
  throw new Error(`task ${task.id} is ${task.state}, and a claim on it was expected`);
}

export function pastClaimOf(
  { token, holder }: Claim,
  as: PastClaim["as"],
  because: string,
): PastClaim {
  return { token, holder, as, because };
}
