import { isScheduled } from "../../domain/attempt-key.ts";
import { judgeAttempt } from "../../domain/attempt-rules.ts";
import { hasFallback } from "../../domain/fallback-rules.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import { isAlike, mayFollow } from "../../domain/reuse-rules.ts";
import type { Run } from "../../domain/run.ts";
import { changeRun } from "../../domain/run-rules.ts";
import { isEndState, type Session } from "../../domain/session.ts";
import type { Task } from "../../domain/task.ts";
import { isEnded } from "../../domain/turn.ts";
import type { Ongoing } from "../ongoing.ts";
import { AttemptEnd, type AttemptEndParts } from "./attempt-end.ts";
import { AttemptRecord } from "./attempt-record.ts";
import { AttemptStart, type AttemptStartParts } from "./attempt-start.ts";
import type { BudgetKeeper } from "./budget-keeper.ts";
import type { JumpClock } from "./clock.ts";
import type { Crew } from "./crew.ts";
import { factsOf, handOverOf, sessionOf } from "./read-attempt.ts";
import type { RoomParts } from "./room.ts";
import type { RunBook } from "./run-book.ts";
import type { Scheduler } from "./scheduler.ts";

export type AttemptParts = AttemptStartParts & AttemptEndParts;

export interface AttemptWatchParts extends AttemptParts, Pick<RoomParts, "config"> {
  readonly book: RunBook;
  readonly keeper: BudgetKeeper;
  readonly ongoing: Ongoing;
  readonly clock: JumpClock;
  readonly change: Scheduler["change"];
}

/** Whoever completed its task may still say its last words. */
const lastWordsMs = 30_000;

/** Sees how far each attempt is, does what follows from it, and ends sessions no attempt wants. */
export class AttemptWatch {
  readonly #parts: AttemptWatchParts;
  readonly #record: AttemptRecord;
  readonly #end: AttemptEnd;
  readonly #start: AttemptStart;
  /** Of this look, by folder: settings are in files. */
  readonly #patienceIn = new Map<string, number | null>();

  constructor(parts: AttemptWatchParts) {
    this.#parts = parts;
    const record = new AttemptRecord(parts);
    const end = new AttemptEnd(parts, record);
    this.#record = record;
    this.#end = end;
    this.#start = new AttemptStart(parts, { record, end });
  }

  /** A new look at everything begins: what settings say is read anew. */
  refresh(): void {
    this.#patienceIn.clear();
  }

  /** Looks how far a claimed task is, and does what follows from it. */
  async look(run: Run, task: Task, now: number): Promise<number | null> {
    const { store, ongoing, keeper, clock } = this.#parts;
    const { claim } = task;
    if (!claim || ongoing.has(task.id)) return null;
    // whoever else took it says themselves what comes of it
    if (!isScheduled(task.id, claim)) return null;
    const held = ongoing.heldUntil(task.id, now);
    if (held !== null) return held;
    const session = await sessionOf(store, task);
    if (!session) {
      ongoing.act(task.id, () => this.#begin(run, task));
      return null;
    }
    if (claim.sessionId === null) {
      ongoing.act(task.id, () => this.#record.bind(task, session));
      return null;
    }
    if (session.state === "limited" && hasFallback(task)) {
      const because = `its agent is at its limit: ${session.stateBecause}`;
      // given back first: killed in between, the task is unharmed, and its session is ended by tidy
      ongoing.act(task.id, () => this.#record.switchAgent(task, because));
      return null;
    }
    const handOver = await handOverOf(store, task, session);
    if (handOver === "missing" && !isEndState(session.state)) {
      ongoing.act(task.id, () => this.#start.handOver(run, task, session));
      return null;
    }
    if (handOver === "missing" || handOver === "not_taken") {
      ongoing.act(task.id, () => this.#takeBack(run, task, session));
      return null;
    }
    const facts = await factsOf(store, task, session);
    const timeoutMs = task.execution?.timeoutMs ?? null;
    const shift = clock.shiftSince(claim.claimedAt);
    const verdict = judgeAttempt(
      facts,
      {
        timeoutAt: timeoutMs === null ? null : claim.claimedAt + timeoutMs + shift,
        patienceMs: await this.#patience(run),
      },
      now,
    );
    const stop = keeper.stop;
    if (stop !== null && (verdict.kind === "going" || verdict.kind === "silent")) {
      const isInTurn = verdict.kind === "going" && !facts.turns.every((turn) => isEnded(turn));
      const until = isInTurn ? keeper.turnsMayEndUntil : now;
      if (now < until) return until;
      ongoing.act(task.id, () => this.#record.giveBack(task, stop));
      return null;
    }
    if (verdict.kind === "going") return verdict.until;
    ongoing.act(task.id, async () => {
      if (verdict.kind === "silent") return this.#start.remind(run, task, session);
      const isKept = verdict.kind === "completed" && this.#isWantedAfter(run, task);
      if (isKept && (await this.#end.keepSession(task, session))) return;
      if (await this.#end.finish(run, task, session, verdict)) return;
      this.#notProven(task, session);
    });
    return null;
  }

  #notProven(task: Task, session: Session): void {
    this.#parts.log("warn", "the end of a task's session is not proven", {
      task: task.id,
      session: session.id,
    });
    this.#parts.ongoing.tryAgain(task.id);
  }

  async #takeBack(run: Run, task: Task, session: Session): Promise<void> {
    const because = "the idle session it was given to did not take it";
    if (await this.#end.takeBack(run, task, session, because)) return;
    this.#notProven(task, session);
  }

  /** Whether another task may go on in the session of this one, now that it is done. */
  #isWantedAfter(run: Run, task: Task): boolean {
    if (!task.execution?.reuse || run.state === "paused") return false;
    const tasks = this.#parts.book.of(run.id)?.tasks.values() ?? [];
    return [...tasks].some(
      (next) =>
        (next.state === "pending" || next.dependsOn.includes(task.id)) &&
        mayFollow(next) &&
        isAlike(task, next),
    );
  }

  /** So long a session may wait for an answer of somebody; null for ever. */
  async #patience({ repoPath }: Run): Promise<number | null> {
    const known = this.#patienceIn.get(repoPath);
    if (known !== undefined) return known;
    const seconds = (await this.#parts.config(repoPath)).get("runs.answer_timeout_seconds");
    const patience = seconds === 0 ? null : seconds * 1_000;
    this.#patienceIn.set(repoPath, patience);
    return patience;
  }

  async #begin(run: Run, task: Task): Promise<void> {
    const { keeper, ongoing, change } = this.#parts;
    const withheld = await keeper.withheld(task);
    if (withheld) {
      const { because, maySwitch } = withheld;
      if (!maySwitch || !(await this.#record.switchAgent(task, because))) {
        await this.#record.giveBack(task, because);
      }
      return;
    }
    const begun = await this.#start.begin(run, task);
    if (begun === "begun") return;
    if (begun === "no_environment") {
      const because = "the values of its environment are gone; agentpool run resume gives it yours";
      const by = formatPrincipal({ kind: "run", runId: run.id });
      await change(run.id, ({ run: fresh }, { now }) =>
        changeRun(fresh, { state: "paused", because, by }, now),
      );
      return;
    }
    ongoing.holdOff(task.id, { until: begun.untilMs, on: begun.on });
  }

  /** Ends a session that was started for an attempt which is not the present one any more. */
  async tidy(session: Session, crew: Crew, now: number): Promise<number | null> {
    const { ongoing, store } = this.#parts;
    const key = crew.attemptOf(session);
    if (!key || ongoing.has(session.id) || ongoing.has(key.taskId)) return null;
    const held = ongoing.heldUntil(session.id, now);
    if (held !== null) return held;
    if (await crew.isWanted(session)) return null;
    const task = await store.tasks.get(key.taskId);
    const isIts = task?.claim?.token === key.token;
    if (isIts && task.state === "claimed") return null;
    if (isIts && task.state === "completed" && isAtWork(session)) {
      const until = (task.endedAt ?? now) + lastWordsMs;
      if (until > now) return until;
    }
    const runId = session.author.replace(/^run:/, "");
    ongoing.act(session.id, async () => {
      const ended = await this.#end.closeSession(runId, session);
      if (!ended) ongoing.tryAgain(session.id);
    });
    return null;
  }
}

function isAtWork({ state }: Session): boolean {
  return !isEndState(state) && state !== "idle";
}
