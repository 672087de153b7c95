import type { Decision } from "../../src/domain/decision.ts";
import type { EventBody } from "../../src/domain/event.ts";
import {
  anyCapability,
  type Claimant,
  type Freed,
  isTaskEnd,
  type Task,
  type TaskLink,
  type Waiting,
} from "../../src/domain/task.ts";
import { compareTasks, suits } from "../../src/domain/task-order.ts";
import { addTasks, type WantedTask } from "../../src/domain/task-planning.ts";
import type { HeldClaim } from "../../src/domain/claim-rules.ts";

export const anybody: Claimant = { ...anyCapability, tags: [], runId: null };

export function want(fields: Partial<WantedTask> = {}): WantedTask {
  return {
    key: null,
    title: "a task",
    body: "",
    priority: 0,
    tags: [],
    requires: anyCapability,
    dependsOn: [],
    execution: null,
    maxAttempts: 3,
    ...fields,
  };
}

/** Tasks as a store would keep them: applies decisions whole or not at all, and answers its questions. */
export class TaskBook {
  readonly tasks = new Map<string, Task>();
  readonly events: EventBody[] = [];
  lastToken = 0;
  revision = 0;
  #ids = 0;

  add(wanted: readonly WantedTask[], now: number): readonly Task[] {
    const { decision, tasks } = addTasks(wanted, {
      runId: null,
      author: "person",
      idempotencyKey: null,
      now,
      newId: () => `tk_${String(++this.#ids).padStart(6, "0")}`,
      known: this.tasks,
      revision: this.revision,
    });
    if (!this.apply(decision)) throw new Error("nobody else wrote, and a guard failed");
    return tasks;
  }

  get(id: string): Task {
    const task = this.tasks.get(id);
    if (!task) throw new Error(`no task ${id}`);
    return task;
  }

  apply(decision: Decision): boolean {
    if (!decision.guards.every((guard) => this.#holds(guard))) return false;
    for (const write of decision.writes) {
      if (write.noun !== "task") continue;
      if ("insert" in write) {
        this.tasks.set(write.insert.id, write.insert);
        this.revision += 1;
      } else if ("update" in write) {
        const { state } = this.get(write.id);
        const changed = { ...this.get(write.id), ...write.update };
        this.tasks.set(write.id, changed);
        const isGraph = isTaskEnd(state) || isTaskEnd(changed.state);
        if (changed.state !== state && isGraph) this.revision += 1;
        this.lastToken = Math.max(this.lastToken, write.update.claim?.token ?? 0);
      }
    }
    this.events.push(...decision.events.map(({ body }) => body));
    return true;
  }

  next(claimant: Claimant, now: number): Task | undefined {
    return [...this.tasks.values()]
      .filter((task) => suits(task, claimant, now))
      .toSorted(compareTasks)[0];
  }

  unmet({ dependsOn }: TaskLink): readonly TaskLink[] {
    return dependsOn.map((id) => this.get(id)).filter(({ state }) => state !== "completed");
  }

  waitingForAlone(id: string): Freed {
    const links = [...this.tasks.values()].filter(
      (task) =>
        task.state === "blocked" &&
        task.dependsOn.includes(id) &&
        this.unmet(task).every((other) => other.id === id),
    );
    return { links, revision: this.revision };
  }

  waitingFor(id: string): Waiting {
    const found = new Set<string>();
    const visit = (from: string): void => {
      for (const task of this.tasks.values()) {
        if (!task.dependsOn.includes(from) || found.has(task.id)) continue;
        found.add(task.id);
        visit(task.id);
      }
    };
    visit(id);
    const dependants = [...found].map((one) => this.get(one));
    const others = dependants
      .flatMap((task) => this.unmet(task))
      .filter((other) => !found.has(other.id));
    return { dependants, others, revision: this.revision };
  }

  claims(): readonly HeldClaim[] {
    return [...this.tasks.values()].flatMap(({ id, state, claim }) =>
      state === "claimed" && claim ? [{ id, claim }] : [],
    );
  }

  #holds(guard: Decision["guards"][number]): boolean {
    if (guard.noun === "token") {
      return guard.last === (guard.of === "graph" ? this.revision : this.lastToken);
    }
    if (guard.noun !== "task") throw new Error(`a task was decided about with a ${guard.noun}`);
    const task = this.tasks.get(guard.id);
    return (
      task !== undefined &&
      Object.entries(guard.expect).every(
        ([field, value]) =>
          JSON.stringify(task[field as keyof Task] ?? null) === JSON.stringify(value ?? null),
      )
    );
  }
}
