import { AgentpoolError } from "../../domain/errors.ts";
import { isNothing, nothing } from "../../domain/decision.ts";
import {
  budgetNews,
  newsKey,
  spentDay,
  usedUp,
  whyPaused,
  type DayStanding,
} from "../../domain/day-budgets.ts";
import { hasFallback } from "../../domain/fallback-rules.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import type { RunFacts } from "../../domain/run.ts";
import { pauseRun } from "../../domain/run-pause.ts";
import { isRunEnd } from "../../domain/run-rules.ts";
import type { Session } from "../../domain/session.ts";
import type { Task } from "../../domain/task.ts";
import { holdTasks, isHeld, type TaskHold } from "../../domain/task-hold.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { DayBudgets } from "../budgets/day-budgets.ts";
import { BudgetPauses } from "./budget-pauses.ts";
import { Due } from "./due.ts";
import type { Scheduler } from "./scheduler.ts";
import { TurnGrace } from "./turn-grace.ts";

export interface BudgetKeeperParts extends Pick<SessionParts, "store" | "now"> {
  readonly budgets: DayBudgets;
}

/** A task that is not given out, and whether another agent may do it instead. */
export interface Withheld extends TaskHold {
  readonly maySwitch: boolean;
}

/** Agents tell what they use in the middle of a turn, and no event tells that they did. */
const spendingMs = 2_000;
/** Settings that cannot be read are tried again after so long. */
const settingsMs = 60_000;
const by = formatPrincipal({ kind: "policy", rule: "budget" });
/** The day is the one thing whose use is waited for here. */
const grace = "day";
/** Held tasks that are written down in one commit. */
const batch = 200;

/**
 * What the budgets of the day mean for runs. All of it follows from the store and the settings: a
 * run is paused and goes on, a task given back or held because of what the day used, and whoever comes after a
 * supervisor that was killed in between finds the same and does the rest.
 */
export class BudgetKeeper {
  readonly #parts: BudgetKeeperParts;
  readonly #change: Scheduler["change"];
  readonly #pauses: BudgetPauses;
  #standing: DayStanding | undefined;
  readonly #grace = new TurnGrace();
  #noted = false;
  #told: { readonly day: number; readonly keys: Set<string> } | undefined;

  /** @param change the scheduler's own way to change a run */
  constructor(parts: BudgetKeeperParts, change: Scheduler["change"]) {
    this.#parts = parts;
    this.#change = change;
    this.#pauses = new BudgetPauses(parts.store, { by, change });
  }

  /**
   * Sees how the day stands, tells what is news, pauses open runs when nothing is left for them, and
   * has those go on that it paused when something is.
   * Returns when time alone may change that, epoch ms.
   */
  async look(facts: readonly RunFacts[], live: readonly Session[]): Promise<number | null> {
    const { budgets, now } = this.#parts;
    const due = new Due();
    const standing = await budgets.look().catch((thrown: unknown) => {
      // nothing is begun before the settings are corrected, and what goes on is looked after
      if (AgentpoolError.from(thrown).code === "invalid_config") return undefined;
      throw thrown;
    });
    if (standing) this.#standing = standing;
    if (this.stop === null) this.#grace.forget(grace);
    // what the limit was raised to is seen when settings are looked at again, at the latest
    const isWaiting = await this.#pauses.look(facts, standing);
    if (isWaiting) due.at(standing?.nextDay ?? now() + settingsMs);
    if (!standing || standing.judged.length === 0) return due.first;
    await this.#tell(standing);
    await this.#pause(facts, standing);
    const isSpending = facts.length > 0 && live.length > 0;
    if (isSpending) due.at(Math.min(now() + spendingMs, standing.nextDay));
    return due.first;
  }

  async #pause(facts: readonly RunFacts[], standing: DayStanding): Promise<void> {
    const spent = spentDay(standing);
    if (!spent) return;
    const because = whyPaused(spent, standing);
    for (const { run } of facts) {
      if (run.state === "paused") continue;
      await this.#change(run.id, ({ run: fresh }, ctx) =>
        isRunEnd(fresh.state) || fresh.state === "paused"
          ? nothing
          : pauseRun(fresh, { because, by }, ctx.now),
      );
    }
  }

  /** Why nothing at all goes on today; null while something may. */
  get stop(): string | null {
    const spent = this.#standing && spentDay(this.#standing);
    return spent ? usedUp(spent) : null;
  }

  /** Until when turns may end that were going on when the day was used up, epoch ms. */
  get turnsMayEndUntil(): number {
    return this.#grace.until(grace, this.#parts.now());
  }

  /** Whether tasks are held, or stand as held. */
  get holds(): boolean {
    const judged = this.#standing?.judged ?? [];
    return this.#noted || judged.some(({ judgement }) => judgement.state === "over");
  }

  /** Why this task is not given out now; undefined when its agent has something left. */
  async withheld(task: Task): Promise<Withheld | undefined> {
    const { execution } = task;
    const standing = this.#standing;
    if (!standing || !execution) return undefined;
    const spent = execution.filter
      ? spentDay(standing)
      : await this.#parts.budgets.spentFor(standing, execution);
    return (
      spent && {
        because: usedUp(spent),
        until: standing.nextDay,
        maySwitch: spent.budget.owner.kind === "provider" && hasFallback(task),
      }
    );
  }

  /** Writes at pending tasks why they are held, and takes back what holds no more. */
  async note(held: ReadonlyMap<Task, TaskHold | null>): Promise<void> {
    const { store, now } = this.#parts;
    const all = [...held].map(([task, hold]) => ({ task, hold }));
    const news = all.filter(({ task, hold }) => hold !== null || isHeld(task));
    this.#noted = news.length > 0;
    for (let from = 0; from < news.length; from += batch) {
      const decision = holdTasks(news.slice(from, from + batch), now());
      // somebody took one meanwhile: the next look tells
      if (!isNothing(decision)) await store.commit(decision);
    }
  }

  /** Once a day for each limit, whoever was killed in between: what was told stands in the store. */
  async #tell(standing: DayStanding): Promise<void> {
    const { store, now } = this.#parts;
    const news = standing.judged.flatMap((one) => budgetNews(one, standing) ?? []);
    if (news.length === 0) return;
    const told = await this.#toldOn(standing);
    for (const body of news) {
      const key = newsKey(body) ?? "";
      if (told.has(key)) continue;
      const event = { sessionId: null, at: now(), body };
      await store.commit({ guards: [], writes: [], events: [event] });
      told.add(key);
    }
  }

  async #toldOn({ day, nextDay }: DayStanding): Promise<Set<string>> {
    if (this.#told?.day === day) return this.#told.keys;
    const events = await this.#parts.store.statistics.budgets({ from: day, to: nextDay });
    const keys = new Set(events.flatMap(({ body }) => newsKey(body) ?? []));
    this.#told = { day, keys };
    return keys;
  }
}
