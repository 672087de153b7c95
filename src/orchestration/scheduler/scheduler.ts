import { isNothing, type Decision } from "../../domain/decision.ts";
import type { Event } from "../../domain/event.ts";
import type { Run, RunFacts } from "../../domain/run.ts";
import { isRunEnd, type RunContext } from "../../domain/run-rules.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import { Loop } from "../loop.ts";
import { Ongoing } from "../ongoing.ts";
import { AttemptWatch, type AttemptParts } from "./attempt-watch.ts";
import { BudgetKeeper, type BudgetKeeperParts } from "./budget-keeper.ts";
import { JumpClock } from "./clock.ts";
import { Crew } from "./crew.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Due } from "./due.ts";
import { EventTelling } from "./event-telling.ts";
import type { RoomParts } from "./room.ts";
import { readFacts, RunBook } from "./run-book.ts";
import { readContext } from "./run-context.ts";
import { RunSteps, type RunStepParts } from "./run-steps.ts";

export type SchedulerParts = AttemptParts &
  RoomParts &
  BudgetKeeperParts &
  Pick<RunStepParts, "kind" | "pricesFile">;

/** Commits that come together are looked at together. */
const gatherMs = 3;

/**
 * The one loop that carries out every run, of whatever kind: it asks the kind what it wants next,
 * gives tasks out as far as there is room, looks how far the sessions are and ends what has no
 * purpose any more. Woken by commits and by moments that are due, never by looking from time to
 * time. All it knows it has from the store: killed anywhere, the next one goes on.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #loop: Loop;
  readonly #book: RunBook;
  readonly #clock: JumpClock;
  readonly #telling: EventTelling;
  readonly #keeper: BudgetKeeper;
  readonly #ongoing: Ongoing;
  readonly #watch: AttemptWatch;
  readonly #dispatcher: Dispatcher;
  readonly #steps: RunSteps;
  #unlisten: (() => void) | undefined;

  constructor(parts: SchedulerParts) {
    const { store, log, now } = parts;
    this.#parts = parts;
    this.#loop = new Loop({ log, now, of: "runs", gatherMs, look: () => this.#pass() });
    this.#book = new RunBook(store);
    this.#clock = new JumpClock(now);
    this.#telling = new EventTelling(parts);
    const change: Scheduler["change"] = (id, rule) => this.change(id, rule);
    this.#keeper = new BudgetKeeper(parts, change);
    this.#ongoing = new Ongoing({ log, now, of: "a run", done: (id) => this.#done(id) });
    const shared = { ...parts, book: this.#book, keeper: this.#keeper, ongoing: this.#ongoing };
    this.#watch = new AttemptWatch({ ...shared, clock: this.#clock, change });
    this.#dispatcher = new Dispatcher({ ...shared, wake: () => this.wake() });
    this.#steps = new RunSteps({ ...shared, clock: this.#clock, telling: this.#telling });
  }

  /** Goes on with all runs that are open; the sessions of predecessors have been adopted before. */
  async open(): Promise<void> {
    this.#unlisten = this.#parts.store.onCommit((events) => this.#heard(events));
    await this.#book.refresh();
    const open = new Set(this.#book.facts.map(({ run }) => run.id));
    for (const id of await this.#parts.environments.kept()) {
      if (open.has(id)) continue;
      // killed between the end of a run and this
      const run = await this.#parts.store.runs.get(id);
      await (run ? this.#telling.over(run) : this.#parts.environments.forget(id));
    }
    this.wake();
  }

  /** Begins nothing more; resolves when what was begun cannot write any more. */
  async close(): Promise<void> {
    this.#unlisten?.();
    this.#ongoing.close();
    await this.#loop.close();
    await this.#telling.close();
  }

  /** Whether a run is open: then the supervisor has something to stay for. */
  get isNeeded(): boolean {
    return this.#book.facts.length > 0 || this.#ongoing.size > 0 || this.#telling.isBusy;
  }

  wake(): void {
    this.#loop.wake();
  }

  /**
   * Changes a run by a rule, on facts that are read anew until nobody came between.
   * @returns the run afterwards, as it was where the rule wants nothing
   */
  async change(runId: string, rule: (facts: RunFacts, ctx: RunContext) => Decision): Promise<Run> {
    const { store } = this.#parts;
    const decide = async (): Promise<Ruling<{ run: Run; isChanged: boolean }>> => {
      const run = await store.runs.get(runId);
      if (!run) throw new Error(`run ${runId} was resolved and is gone`);
      const facts = await readFacts(store, run);
      const decision = rule(facts, await readContext(this.#parts, [...facts.tasks.values()]));
      return { decision, result: { run, isChanged: !isNothing(decision) } };
    };
    const { run, isChanged } = await commitAfresh(store, decide, { of: `run ${runId}` });
    if (!isChanged) return run;
    this.#book.distrust(runId);
    this.wake();
    const changed = (await store.runs.get(runId)) ?? run;
    if (isRunEnd(changed.state)) await this.#telling.over(changed);
    return changed;
  }

  #heard(events: readonly Event[]): void {
    let matters = this.#book.heard(events);
    for (const { body, sessionId } of events) {
      if (body.type === "account_lifted") this.#ongoing.letGo("account");
      if (body.type === "session_state_changed" || body.type === "session_exited") {
        this.#ongoing.letGo("room");
      }
      if (sessionId !== null && isAboutProgress(body.type)) matters = true;
      if (body.type === "account_lifted") matters = true;
    }
    if (matters) this.wake();
  }

  /** Whatever came of what was done, all is looked at again. */
  #done(id: string): void {
    // a claim changes hands without an event
    this.#book.touch(id);
    this.wake();
  }

  /** One look at everything. Returns when time alone will change something, epoch ms. */
  async #pass(): Promise<number | null> {
    await this.#book.refresh();
    this.#watch.refresh();
    const due = new Due();
    const now = this.#clock.look();
    for (const { run } of this.#book.facts) this.#telling.tell(run);
    const live = await this.#parts.store.sessions.live();
    due.at(await this.#keeper.look(this.#book.facts, live));
    // runs that were paused just now
    await this.#book.refresh();
    // before anything is taken back: what is done is done
    for (const { run, tasks } of this.#book.facts) {
      for (const task of tasks.values()) {
        if (task.state === "claimed") due.at(await this.#watch.look(run, task, now));
      }
    }
    for (const { run } of this.#book.facts) {
      due.at(await this.#steps.advance(run.id, live, now));
    }
    let isShort = false;
    const facts = this.#book.facts;
    const crew = await Crew.read(this.#parts.store, live, facts, { isShort: () => isShort });
    due.at(await this.#dispatcher.fill(live, crew, { now, memoryIsShort: () => (isShort = true) }));
    for (const session of live) due.at(await this.#watch.tidy(session, crew, now));
    return due.first;
  }
}

function isAboutProgress(type: string): boolean {
  return (
    type === "session_state_changed" ||
    type === "session_started" ||
    type.startsWith("turn_") ||
    type.startsWith("prompt_") ||
    type.startsWith("delivery_")
  );
}
