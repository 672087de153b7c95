import { isNothing, type Decision } from "../../domain/decision.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import type { RunFacts, RunKind, RunKindName, RunStep } from "../../domain/run.ts";
import {
  applyStep,
  changeRun,
  isRunEnd,
  stopStep,
  waitsForApproval,
  whyStop,
  type WhyStop,
} from "../../domain/run-rules.ts";
import type { Session } from "../../domain/session.ts";
import type { SessionParts } from "../../session/parts.ts";
import { againMs, describe } from "../loop.ts";
import type { Ongoing } from "../ongoing.ts";
import type { JumpClock } from "./clock.ts";
import type { EventTelling } from "./event-telling.ts";
import type { RunBook } from "./run-book.ts";
import { turnOf } from "./read-attempt.ts";
import { readContext } from "./run-context.ts";
import { TurnGrace } from "./turn-grace.ts";
import { useOf } from "./use.ts";

export interface RunStepParts extends Pick<SessionParts, "store" | "log" | "now"> {
  readonly pricesFile: string;
  readonly kind: (name: RunKindName) => RunKind;
  readonly book: RunBook;
  readonly clock: JumpClock;
  readonly telling: EventTelling;
  readonly ongoing: Ongoing;
}

/** What is being used up is looked at so often while there is a budget for it. */
const spendingMs = 2_000;
/** A kind that wants something new after each of so many steps is at fault. */
const mostSteps = 50;
const nothingUsed = { tokens: 0, usd: null, sessionMs: 0, live: 0 };

/** Asks the kind of a run what it wants next, and commits that: new tasks, questions, an end. */
export class RunSteps {
  readonly #parts: RunStepParts;
  readonly #grace = new TurnGrace();

  constructor(parts: RunStepParts) {
    this.#parts = parts;
  }

  /** Has a run make its next steps, as far as they can be made now. */
  async advance(runId: string, live: readonly Session[], now: number): Promise<number | null> {
    const { store, log, book, telling, ongoing } = this.#parts;
    for (let steps = 0; steps < mostSteps; steps++) {
      const facts = book.of(runId);
      if (!facts || facts.run.state === "paused") return null;
      const { step, nextAt } = await this.#wanted(facts, now);
      const author = formatPrincipal({ kind: "run", runId });
      const isBusy = live.some((session) => session.author === author) || this.#isActing(facts);
      // a run is over when nothing of it lives any more
      const possible = {
        ...step,
        end: isBusy ? null : step.end,
        // what is being written down at this moment is taken back afterwards, if it is still open
        cancel: step.cancel.filter(({ key }) => !ongoing.has(facts.tasks.get(key)?.id ?? "")),
      };
      const decision = await this.#decide(facts, possible, now);
      if (isNothing(decision)) return nextAt;
      const committed = await store.commit(decision);
      if (committed.ok) {
        const run = await store.runs.get(runId);
        if (run && !isRunEnd(run.state)) book.put(run);
        else if (run) {
          this.#grace.forget(runId);
          await telling.over(run);
        }
      } else if (committed.guard.noun !== "token") book.distrust(runId);
      await book.refresh();
    }
    log("error", "a run wants something new each time it is asked", { run: runId });
    return now + againMs;
  }

  async #wanted(
    facts: RunFacts,
    now: number,
  ): Promise<{ readonly step: RunStep; readonly nextAt: number | null }> {
    const { run } = facts;
    const { kind, store, clock, pricesFile, log } = this.#parts;
    const { tokens, usd, minutes, timeoutMs } = run.limits;
    const isBounded = [tokens, usd, minutes, timeoutMs].some((limit) => limit !== null);
    const shift = clock.shiftSince(run.startedAt ?? now);
    const bound = { ...run, startedAt: (run.startedAt ?? now) + shift };
    const use = isBounded ? await useOf(store, run, { now, pricesFile }) : nothingUsed;
    const why = whyStop(bound, use, now);
    if (why.because !== null) return this.#stopping(facts, { ...why, because: why.because }, now);
    this.#grace.forget(run.id);
    const { nextAt } = why;
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

  /** A turn that is over keeps its result, and one whose last words used up the budget may end. */
  async #stopping(
    facts: RunFacts,
    { because, byTurns = false }: WhyStop & { readonly because: string },
    now: number,
  ): Promise<{ readonly step: RunStep; readonly nextAt: number | null }> {
    const until = byTurns ? this.#grace.until(facts.run.id, now) : now;
    const step = this.#lastStep(facts, because);
    const left = new Set<string>();
    for (const { key } of step.cancel) {
      const task = facts.tasks.get(key);
      const turn = task ? await turnOf(this.#parts.store, task, now) : "none";
      if (turn === "completed" || (turn === "going" && now < until)) left.add(key);
    }
    if (left.size === 0) return { step, nextAt: null };
    const cancel = step.cancel.filter(({ key }) => !left.has(key));
    return { step: { ...step, cancel }, nextAt: now < until ? until : now + againMs };
  }

  /** A run that has nothing left to do was not stopped: it is completed. */
  #lastStep(facts: RunFacts, because: string): RunStep {
    const step = stopStep(facts, because);
    if (step.end === null) return step;
    try {
      const wanted = this.#parts.kind(facts.run.kind).next(facts);
      return wanted.end?.state === "completed" ? wanted : step;
    } catch {
      return step;
    }
  }

  async #decide(facts: RunFacts, step: RunStep, now: number): Promise<Decision> {
    const cancelled = step.cancel.flatMap(({ key }) => facts.tasks.get(key) ?? []);
    const decision = applyStep(facts, step, await readContext(this.#parts, cancelled));
    if (!isNothing(decision)) return decision;
    const { run } = facts;
    const by = formatPrincipal({ kind: "run", runId: run.id });
    const state = waitsForApproval(facts) ? "awaiting_approval" : "running";
    return changeRun(run, { state, because: null, by }, now);
  }

  #isActing({ tasks }: RunFacts): boolean {
    return [...tasks.values()].some(({ id }) => this.#parts.ongoing.has(id));
  }
}
