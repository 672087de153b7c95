import type { Principal } from "../../domain/principal.ts";
import type { Store } from "../../store/store.ts";
import { taskNotFound } from "./board-error.ts";

/** The run a session works for; null for none. */
export type RunOf = (sessionId: string) => Promise<string | null>;

/** Which tasks somebody sees: a session those of its run, a run its own, everybody else all. */
export class TaskScope {
  readonly runOf: RunOf;
  readonly #store: Pick<Store, "tasks">;

  constructor(store: Pick<Store, "tasks">, runOf: RunOf = () => Promise.resolve(null)) {
    this.#store = store;
    this.runOf = runOf;
  }

  /** The run whose tasks alone somebody sees; null for those of no run, undefined for all. */
  async of(principal: Principal): Promise<string | null | undefined> {
    if (principal.kind === "session") return this.runOf(principal.sessionId);
    return principal.kind === "run" ? principal.runId : undefined;
  }

  /** A task of another run is none for whoever works in one. @throws task_not_found */
  async require(taskId: string, principal: Principal): Promise<void> {
    const scope = await this.of(principal);
    if (scope === undefined) return;
    const [link] = await this.#store.tasks.links([taskId]);
    if (link?.runId !== scope) throw taskNotFound(taskId);
  }
}
