import { nothing } from "../../domain/decision.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { isTaskEnd, type Task, type TaskNote } from "../../domain/task.ts";
import { addTasks, keyOfMember, type WantedTask } from "../../domain/task-planning.ts";
import * as rules from "../../domain/task-rules.ts";
import { newId } from "../../platform/new-id.ts";
import type { SessionParts } from "../../session/parts.ts";
import { taskEnded } from "./board-error.ts";
import type { TaskSteps } from "./task-steps.ts";

export type BoardParts = Pick<SessionParts, "store" | "now">;

/**
 * The tasks of this home, as whoever wants them done puts them up, notes something at them and takes
 * them down. What their holders do to them is in `claims`.
 */
export class Board {
  readonly #parts: BoardParts;
  readonly #steps: TaskSteps;
  #lastIdMs = 0;

  constructor(parts: BoardParts, steps: TaskSteps) {
    this.#parts = parts;
    this.#steps = steps;
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
    return this.#steps.decide(async () => {
      const before = by.idempotencyKey && (await this.#addedBefore(wanted, by.idempotencyKey));
      if (before) return { decision: nothing, result: before };
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

  /** Ends a task that has not ended. @throws task_ended, task_not_found */
  cancel(
    id: string,
    {
      because,
      by,
      dryRun = false,
    }: { readonly because: string; readonly by: string; readonly dryRun?: boolean },
  ): Promise<Task> {
    const { store, now } = this.#parts;
    return this.#steps.change(id, async (task) => {
      if (task.state === "cancelled") return nothing;
      if (isTaskEnd(task.state)) throw taskEnded(task);
      if (dryRun) return nothing;
      const waiting = await store.tasks.waitingFor(id);
      return rules.cancel(task, { because, by, waiting, now: now() });
    });
  }

  /** A failed or cancelled task begins anew; one that is open is left as it is. @throws task_ended */
  retry(id: string, by: string): Promise<Task> {
    const { store, now } = this.#parts;
    return this.#steps.change(id, async (task) => {
      if (!isTaskEnd(task.state)) return nothing;
      if (task.state === "completed") throw taskEnded(task);
      const dependencies = await store.tasks.links(task.dependsOn);
      const unmet = dependencies.filter(({ state }) => state !== "completed");
      const waiting = await store.tasks.waitingFor(id);
      return rules.retry(task, { by, unmet, waiting, now: now() });
    });
  }

  /** A note that is there already changes nothing. @throws idempotency_conflict when its id is another's */
  note(note: TaskNote, sessionId: string | null): Promise<TaskNote> {
    return this.#steps.decide(async () => {
      const task = await this.#steps.require(note.taskId);
      const before = await this.#parts.store.tasks.notes(task.id, 50);
      const same = before.find(({ id }) => id === note.id);
      if (same && same.text !== note.text) {
        throw new AgentpoolError("idempotency_conflict", "The idempotency key was used before", {
          why: `Another note of task ${task.id} was written with it. Nothing was written.`,
          hint: "Give each request a key of its own.",
          details: { task_id: task.id },
        });
      }
      if (same) return { decision: nothing, result: same };
      return { decision: rules.note(task, note, sessionId), result: note };
    });
  }

  /** What the same request added before. @throws idempotency_conflict when it asked for something else */
  async #addedBefore(
    wanted: readonly WantedTask[],
    requestKey: string,
  ): Promise<readonly Task[] | undefined> {
    const { tasks } = this.#parts.store;
    const first = await tasks.byIdempotencyKey(requestKey);
    if (!first) return undefined;
    const before = [first];
    // one beyond, since a part of what was added is another request
    for (let at = 1; at <= wanted.length; at++) {
      const key = keyOfMember(requestKey, at);
      const member = key === null ? undefined : await tasks.byIdempotencyKey(key);
      if (member) before.push(member);
    }
    const isSame = before.every((task, at) => isSameWish(task, wanted[at]));
    if (isSame && before.length === wanted.length) return before;
    throw new AgentpoolError("idempotency_conflict", "The idempotency key was used before", {
      why: `Another task was added with it: ${first.id}.`,
      hint: "Give each request a key of its own.",
      details: { task_id: first.id },
    });
  }

  /** Ids of one request begin with another millisecond than all before, and so sort behind them. */
  #newTaskIds(): () => string {
    this.#lastIdMs = Math.max(this.#parts.now(), this.#lastIdMs + 1);
    const ms = this.#lastIdMs;
    return () => newId("task", ms);
  }
}

function isSameWish(task: Task, wanted: WantedTask | undefined): boolean {
  return (
    task.title === wanted?.title &&
    task.body === wanted.body &&
    task.priority === wanted.priority &&
    task.tags.join() === wanted.tags.join()
  );
}
