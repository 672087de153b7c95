import { complete, failAttempt, keepFiles, lose } from "../../domain/attempt-end-rules.ts";
import type { AttemptKey } from "../../domain/attempt-key.ts";
import { bind, release } from "../../domain/claim-rules.ts";
import { nothing, type Decision } from "../../domain/decision.ts";
import { hasFallback, switchAgent } from "../../domain/fallback-rules.ts";
import { sessionHolder } from "../../domain/hold.ts";
import type { Session } from "../../domain/session.ts";
import type { Task } from "../../domain/task.ts";
import { InTurn } from "../../session/in-turn.ts";
import type { SessionParts } from "../../session/parts.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";

/** So many attempts may be lost through no fault of the task, however few it is allowed. */
const mostForgiven = 3;

/**
 * Writes down how the attempt at a task goes, while its claim is the present one: what comes later
 * changes nothing.
 */
export class AttemptRecord {
  readonly #parts: Pick<SessionParts, "store" | "now">;
  readonly #turns = new InTurn();

  constructor(parts: Pick<SessionParts, "store" | "now">) {
    this.#parts = parts;
  }

  /** From now on the session has the claim. */
  async bind(task: Task, session: Session): Promise<void> {
    const to = { holder: sessionHolder(session.id), sessionId: session.id };
    await this.#change(task, (fresh) => {
      if (fresh.claim?.sessionId === session.id) return nothing;
      return bind(fresh, to, this.#parts.now());
    });
  }

  async complete(task: Task, result: string | null, artifacts: readonly string[]): Promise<void> {
    const { store, now } = this.#parts;
    await this.#change(task, async (fresh) => {
      const freed = await store.tasks.waitingForAlone(fresh.id);
      return complete(fresh, { result, artifacts, freed, now: now() });
    });
  }

  /**
   * @param options.mayRetry false: it is the last attempt, however many were allowed
   * @param options.isLost nothing of the task went wrong: there is a next one, and it need not wait
   */
  async fail(
    task: Task,
    because: string,
    options: { readonly mayRetry: boolean; readonly isLost?: boolean },
  ): Promise<void> {
    const { store, now } = this.#parts;
    await this.#change(task, async (fresh) => {
      const waiting = await store.tasks.waitingFor(task.id);
      if (options.isLost && options.mayRetry) {
        // bounded: an agent may be what ends the terminal of all, each time
        const isForgiven = fresh.attempt <= mostForgiven;
        const maxAttempts = Math.max(fresh.maxAttempts, isForgiven ? fresh.attempt + 1 : 0);
        return lose({ ...fresh, maxAttempts }, { because, waiting, now: now() });
      }
      return failAttempt(options.mayRetry ? fresh : { ...fresh, maxAttempts: fresh.attempt }, {
        error: because,
        jitter: Math.random(),
        waiting,
        now: now(),
      });
    });
  }

  /**
   * Gives a task back unharmed. Its session has no claim from then on, and is ended like any other
   * that has none, its files kept; before that nobody begins the task anew.
   */
  async giveBack(task: Task, because: string): Promise<void> {
    await this.#change(task, (fresh) => release(fresh, because, this.#parts.now()));
  }

  /** Leaves it to the next agent of its list. False where there is none. */
  async switchAgent(task: Task, because: string): Promise<boolean> {
    if (!hasFallback(task)) return false;
    await this.#change(task, (fresh) =>
      hasFallback(fresh) ? switchAgent(fresh, because, this.#parts.now()) : nothing,
    );
    return true;
  }

  /** An agent that completed its task itself did so before its files were kept. */
  async keepFiles({ taskId, token }: AttemptKey, files: readonly string[]): Promise<void> {
    const { store, now } = this.#parts;
    const decide = async (): Promise<Ruling<void>> => {
      const task = await store.tasks.get(taskId);
      const isIts = task?.claim?.token === token;
      return { decision: isIts ? keepFiles(task, files, now()) : nothing, result: undefined };
    };
    await commitAfresh(store, decide, { of: `task ${taskId}` });
  }

  /** Commits what a rule makes of the task while it is still claimed as it was; otherwise nothing. */
  #change({ id, claim }: Task, rule: (fresh: Task) => Decision | Promise<Decision>): Promise<void> {
    const { store } = this.#parts;
    const decide = async (): Promise<Ruling<void>> => {
      const fresh = await store.tasks.get(id);
      const isAsItWas = fresh?.state === "claimed" && fresh.claim?.token === claim?.token;
      return { decision: isAsItWas ? await rule(fresh) : nothing, result: undefined };
    };
    // of two that end at once the second has to see the first: together they may free a third
    return this.#turns.run("tasks", () => commitAfresh(store, decide, { of: `task ${id}` }));
  }
}
