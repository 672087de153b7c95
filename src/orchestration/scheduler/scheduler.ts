import { isNothing, type Decision } from "../../domain/decision.ts";
import type { Event } from "../../domain/event.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import type { Run, RunFacts, RunKind, RunKindName, RunStep } from "../../domain/run.ts";
import {
  applyStep,
  changeRun,
  isRunEnd,
  stopStep,
  waitsForApproval,
  whyStop,
  type RunContext,
} from "../../domain/run-rules.ts";
import type { Session } from "../../domain/session.ts";
import { nobodyWaits, type Task, type Waiting } from "../../domain/task.ts";
import { newId } from "../../platform/new-id.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import { againMs, describe, Loop } from "../loop.ts";
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
import { useOf } from "./use.ts";

export interface SchedulerParts extends AttemptParts, RoomParts, BudgetKeeperParts {
  readonly pricesFile: string;
  readonly kind: (name: RunKindName) => RunKind;
}

/** Commits that come together are looked at together. */
const gatherMs = 3;
/** What is being used up is looked at so often while there is a budget for it. */
const spendingMs = 2_000;
/** A kind that wants something new after each of so many steps is at fault. */
const mostSteps = 50;

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
      const decision = rule(facts, await this.#context([...facts.tasks.values()]));
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
      due.at(await this.#advance(run.id, live, now));
    }
    let isShort = false;
    const facts = this.#book.facts;
    const crew = await Crew.read(this.#parts.store, live, facts, { isShort: () => isShort });
    due.at(await this.#dispatcher.fill(live, crew, { now, memoryIsShort: () => (isShort = true) }));
    for (const session of live) due.at(await this.#watch.tidy(session, crew, now));
    return due.first;
  }

  /** Has a run make its next steps, as far as they can be made now. */
  async #advance(runId: string, live: readonly Session[], now: number): Promise<number | null> {
    for (let steps = 0; steps < mostSteps; steps++) {
      const facts = this.#book.of(runId);
      if (!facts || facts.run.state === "paused") return null;
      const { step, nextAt } = await this.#wanted(facts, now);
      const author = formatPrincipal({ kind: "run", runId });
      const isBusy = live.some((session) => session.author === author) || this.#isActing(facts);
      // a run is over when nothing of it lives any more
      const possible = {
        ...step,
        end: isBusy ? null : step.end,
        // what is being written down at this moment is taken back afterwards, if it is still open
        cancel: step.cancel.filter(({ key }) => !this.#ongoing.has(facts.tasks.get(key)?.id ?? "")),
      };
      const decision = await this.#decide(facts, possible, now);
      if (isNothing(decision)) return nextAt;
      const { store } = this.#parts;
      const committed = await store.commit(decision);
      if (committed.ok) {
        const run = await store.runs.get(runId);
        if (run && !isRunEnd(run.state)) this.#book.put(run);
        else if (run) await this.#telling.over(run);
      } else if (committed.guard.noun !== "token") this.#book.distrust(runId);
      await this.#book.refresh();
    }
    this.#parts.log("error", "a run wants something new each time it is asked", { run: runId });
    return now + againMs;
  }

  async #wanted(
    facts: RunFacts,
    now: number,
  ): Promise<{ readonly step: RunStep; readonly nextAt: number | null }> {
    const { run } = facts;
    const { kind, store, pricesFile, log } = this.#parts;
    const { tokens, usd, minutes, timeoutMs } = run.limits;
    const isBounded = [tokens, usd, minutes, timeoutMs].some((limit) => limit !== null);
    const shift = this.#clock.shiftSince(run.startedAt ?? now);
    const bound = { ...run, startedAt: (run.startedAt ?? now) + shift };
    const use = isBounded ? await useOf(store, run, { now, pricesFile }) : nothingUsed;
    const { because, nextAt } = whyStop(bound, use, now);
    if (because !== null) return { step: stopStep(facts, because), nextAt: null };
    // agents tell what they used in the middle of a turn, and no event tells that they did
    const isSpending = (tokens !== null || usd !== null) && use.live > 0;
    const lookAt = isSpending ? Math.min(nextAt ?? Infinity, now + spendingMs) : nextAt;
    try {
      return { step: kind(run.kind).next(facts), nextAt: lookAt };
    } catch (thrown) {
      // asked again it would say the same
      log("error", "a run's kind failed", { run: run.id, error: describe(thrown) });
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      return { step: stopStep(facts, `what comes next could not be told: ${message}`), nextAt };
    }
  }

  async #decide(facts: RunFacts, step: RunStep, now: number): Promise<Decision> {
    const cancelled = step.cancel.flatMap(({ key }) => facts.tasks.get(key) ?? []);
    const decision = applyStep(facts, step, await this.#context(cancelled));
    if (!isNothing(decision)) return decision;
    const { run } = facts;
    const by = formatPrincipal({ kind: "run", runId: run.id });
    const state = waitsForApproval(facts) ? "awaiting_approval" : "running";
    return changeRun(run, { state, because: null, by }, now);
  }

  async #context(tasks: readonly Task[]): Promise<RunContext> {
    const { store, now } = this.#parts;
    const waiting = new Map<string, Waiting>();
    const revision = await store.tasks.revision();
    for (const { id, state } of tasks) {
      if (state !== "completed") waiting.set(id, await store.tasks.waitingFor(id));
    }
    return {
      now: now(),
      newId: (kind) => newId(kind, now()),
      waiting: (id) => waiting.get(id) ?? nobodyWaits,
      revision,
    };
  }

  #isActing({ tasks }: RunFacts): boolean {
    return [...tasks.values()].some(({ id }) => this.#ongoing.has(id));
  }
}

const nothingUsed = { tokens: 0, usd: null, sessionMs: 0, live: 0 };

function isAboutProgress(type: string): boolean {
  return (
    type === "session_state_changed" ||
    type === "session_started" ||
    type.startsWith("turn_") ||
    type.startsWith("prompt_") ||
    type.startsWith("delivery_")
  );
}
