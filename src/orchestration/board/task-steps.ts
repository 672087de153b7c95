import type { Decision } from "../../domain/decision.ts";
import type { Task } from "../../domain/task.ts";
import { InTurn } from "../../session/in-turn.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import type { Store } from "../../store/store.ts";
import { taskNotFound } from "./board-error.ts";

/**
 * What the board and the claims do to tasks, each step one commit. The steps of one process come one
 * after the other, so that of any number that ask at once none is refused for having come at the same
 * time.
 */
export class TaskSteps {
  readonly #store: Pick<Store, "commit" | "tasks">;
  readonly #turns = new InTurn();

  constructor(store: Pick<Store, "commit" | "tasks">) {
    this.#store = store;
  }

  /** Runs what commits by itself, between the steps of others. */
  inTurn<T>(what: () => Promise<T>): Promise<T> {
    return this.#turns.run("board", what);
  }

  /** Reads, decides and commits until nothing came between. */
  decide<T>(rule: () => Promise<Ruling<T>>): Promise<T> {
    return this.inTurn(() => commitAfresh(this.#store, rule, { of: "the board" }));
  }

  /** Changes one task by a rule. @returns it afterwards @throws task_not_found, what the rule throws */
  async change(id: string, rule: (task: Task) => Decision | Promise<Decision>): Promise<Task> {
    await this.decide(async () => {
      return { decision: await rule(await this.require(id)), result: undefined };
    });
    return this.require(id);
  }

  /** @throws task_not_found */
  async require(id: string): Promise<Task> {
    const task = await this.#store.tasks.get(id);
    if (task) return task;
    throw taskNotFound(id);
  }
}
