import type { DayStanding } from "../../domain/day-budgets.ts";
import { nothing } from "../../domain/decision.ts";
import type { Run, RunFacts } from "../../domain/run.ts";
import { goOn, pauseOf, whyGoesOn, type Pause } from "../../domain/run-pause.ts";
import type { Store } from "../../store/store.ts";
import { keptEvents } from "./kept-events.ts";
import type { Scheduler } from "./scheduler.ts";

const atOnce = 500;

/**
 * The runs that the day's budget paused, and nobody else: they go on as soon as there is something
 * left. Who paused one stands in its events, so that any supervisor finds the same.
 */
export class BudgetPauses {
  readonly #store: Pick<Store, "events">;
  readonly #change: Scheduler["change"];
  readonly #by: string;
  /** Of paused runs, by id, for as long as they stay as they were read. */
  readonly #pauses = new Map<string, { readonly updatedAt: number; readonly pause?: Pause }>();

  /** @param options.by the principal that pauses for the day's budget */
  constructor(
    store: Pick<Store, "events">,
    { by, change }: { readonly by: string; readonly change: Scheduler["change"] },
  ) {
    this.#store = store;
    this.#by = by;
    this.#change = change;
  }

  /**
   * Has those go on for which there is something left.
   * @param standing undefined while the settings cannot be read: then all stay as they are
   * @returns whether any stays paused
   */
  async look(facts: readonly RunFacts[], standing: DayStanding | undefined): Promise<boolean> {
    const paused = facts.map(({ run }) => run).filter(({ state }) => state === "paused");
    const ids = new Set(paused.map(({ id }) => id));
    for (const id of this.#pauses.keys()) if (!ids.has(id)) this.#pauses.delete(id);
    let anyStays = false;
    for (const run of paused) {
      const pause = await this.#pauseOf(run);
      if (pause?.by !== this.#by) continue;
      const why = standing ? whyGoesOn(pause, standing) : null;
      if (why === null) anyStays = true;
      else {
        await this.#change(run.id, ({ run: fresh }, { now }) =>
          // somebody else may have paused or ended it since
          fresh.updatedAt === run.updatedAt ? goOn(fresh, { why, by: this.#by }, now) : nothing,
        );
      }
    }
    return anyStays;
  }

  async #pauseOf({ id, updatedAt }: Run): Promise<Pause | undefined> {
    const known = this.#pauses.get(id);
    if (known?.updatedAt === updatedAt) return known.pause;
    let pause: Pause | undefined;
    for (let after = 0; ;) {
      const filter = { runId: id, types: ["run_state_changed"], limit: atOnce };
      const events = await keptEvents(this.#store.events, after, filter);
      const last = events.at(-1);
      if (!last) break;
      pause = pauseOf(events);
      after = last.seq;
    }
    this.#pauses.set(id, pause ? { updatedAt, pause } : { updatedAt });
    return pause;
  }
}
