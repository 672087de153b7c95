import { attemptKey, parseAttemptKey } from "../../domain/attempt-key.ts";
import { judgeAttempt, type AttemptFacts, type Verdict } from "../../domain/attempt-rules.ts";
import { isDelivered } from "../../domain/delivery.ts";
import { nothing, type Decision } from "../../domain/decision.ts";
import { AgentpoolError, messageWithWhy } from "../../domain/errors.ts";
import { hasFallback, switchAgent } from "../../domain/fallback-rules.ts";
import { sessionHolder } from "../../domain/hold.ts";
import type { Run } from "../../domain/run.ts";
import {
  judgeHandOver,
  turnsFrom,
  wasNeverTyped,
  type HandOver,
} from "../../domain/reuse-rules.ts";
import type { Session } from "../../domain/session.ts";
import type { ShellFilter, Task } from "../../domain/task.ts";
import { complete, failAttempt, keepFiles, lose } from "../../domain/attempt-end-rules.ts";
import { bind, release } from "../../domain/claim-rules.ts";
import { InTurn } from "../../session/in-turn.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Asker } from "../../session/asker.ts";
import type { Sessions } from "../../session/sessions.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import { collectFiles, endSession } from "../end-session.ts";
import { changeClaimed } from "./change-claimed.ts";
import { noteCommits } from "./commits.ts";
import { isFitNow } from "./crew.ts";
import type { Environment, RunEnvironments } from "./environment.ts";
import { runFilter } from "./shell-filter.ts";
import { isOfAgent, judgeSpawnFailure, type SpawnFailure } from "./spawn-failure.ts";
import { spawnRequest, taskText } from "./spawn-request.ts";

export interface AttemptParts extends Pick<SessionParts, "store" | "log" | "now" | "machine"> {
  readonly sessions: Pick<Sessions, "spawn" | "terminate" | "collect" | "send">;
  readonly environments: RunEnvironments;
}

/** A start that there was no room for: its claim was given back. */
export type Begun = "begun" | "no_environment" | Extract<SpawnFailure, { kind: "wait" }>;

/** Files of a session that belong to the result of its task. */
const artifactKinds: readonly string[] = ["result", "diff"];
/** So long an idle session may take to be given a task; it is given back then. */
const handOverMs = 600_000;
/** So many attempts may be lost through no fault of the task, however few it is allowed. */
const mostForgiven = 3;

const reminder = (taskId: string): string =>
  `Your turn ended and the task is still open. When it is done, call complete_task with task_id ${taskId} ` +
  "and the result; when it cannot be done, call fail_task with the reason. Otherwise go on with it now.";

/**
 * Carries out one attempt at a task: starts its session, looks how far it is, ends it and writes
 * down what came of it. Every step is found again from the store alone: a supervisor that comes
 * after one that was killed goes on where that one was.
 */
export class Attempts {
  readonly #parts: AttemptParts;
  readonly #turns = new InTurn();

  constructor(parts: AttemptParts) {
    this.#parts = parts;
  }

  /** The session of the task's present claim; undefined when none was started. */
  async sessionOf(task: Task): Promise<Session | undefined> {
    const { claim } = task;
    if (!claim) return undefined;
    const { sessions } = this.#parts.store;
    return claim.sessionId === null
      ? sessions.byIdempotencyKey(attemptKey(task, claim.token))
      : sessions.get(claim.sessionId);
  }

  /** Starts the session, or writes down why there is none. */
  async begin(run: Run, task: Task): Promise<Begun> {
    const { store, sessions, environments, now, log } = this.#parts;
    const { claim, execution } = task;
    if (!claim || !execution) throw new Error(`task ${task.id} is not claimed to be carried out`);
    const env = await environments.read(run.id);
    if (!env) {
      await this.#giveBack(task, "the values of its environment are gone");
      return "no_environment";
    }
    if (execution.filter) {
      await this.#filter(run, task, execution.filter, env);
      return "begun";
    }
    const key = attemptKey(task, claim.token);
    try {
      const asker = askerOf(run.id, key);
      const before = await store.tasks.byIds(task.dependsOn);
      const request = spawnRequest(run, task, execution, { env, before });
      const { session } = await sessions.spawn(request, asker);
      await this.bind(task, session);
      return "begun";
    } catch (thrown) {
      const error = AgentpoolError.from(thrown);
      if (error.code === "stale_epoch") throw thrown;
      // one that was begun and then failed is judged by what became of it
      if (await store.sessions.byIdempotencyKey(key)) return "begun";
      const failure = judgeSpawnFailure(error, now());
      log("info", "a task's session was not started", {
        task: task.id,
        code: error.code,
        because: error.message,
      });
      if (isOfAgent(error) && (await this.switch(task, messageWithWhy(error)))) return "begun";
      if (failure.kind === "wait") {
        await this.#giveBack(task, messageWithWhy(error));
        return failure;
      }
      await this.fail(task, messageWithWhy(error), { mayRetry: failure.kind === "retry" });
      return "begun";
    }
  }

  /** How far the text is with which an idle session was given the task; null for one started for it. */
  async handOverOf(task: Task, session: Session): Promise<HandOver | null> {
    const key = attemptKey(task, task.claim?.token ?? 0);
    if (session.idempotencyKey === key) return null;
    return judgeHandOver(await this.#parts.store.deliveries.byIdempotencyKey(key));
  }

  /** Gives an idle session its task as the next text; the same text however often it is asked. */
  async handOver(run: Run, task: Task, session: Session): Promise<void> {
    const { store, sessions, log } = this.#parts;
    const { claim, execution } = task;
    if (!claim || !execution) throw new Error(`task ${task.id} is not claimed to be carried out`);
    const before = await store.tasks.byIds(task.dependsOn);
    try {
      await sessions.send(
        {
          session: session.id,
          text: taskText(task, execution, before),
          command: false,
          when: "idle",
          waitFor: "none",
          timeoutMs: 0,
          ttlMs: handOverMs,
          opensTurn: true,
        },
        askerOf(run.id, attemptKey(task, claim.token)),
      );
    } catch (thrown) {
      const error = AgentpoolError.from(thrown);
      if (error.code === "stale_epoch") throw thrown;
      log("info", "a task was not given to an idle session", {
        task: task.id,
        session: session.id,
        because: error.message,
      });
      await this.takeBack(run, task, session, messageWithWhy(error));
    }
  }

  /**
   * The session did not take the task: it is ended first, and the task is another's then. False when
   * its end is not proven yet.
   */
  async takeBack(
    run: Pick<Run, "id">,
    task: Task,
    session: Session,
    because: string,
  ): Promise<boolean> {
    if (!(await this.end(run.id, session))) return false;
    const key = attemptKey(task, task.claim?.token ?? 0);
    const delivery = await this.#parts.store.deliveries.byIdempotencyKey(key);
    // what was typed may have been read, whatever was told of it
    if (wasNeverTyped(delivery)) await this.#giveBack(task, because);
    else await this.fail(task, because, { mayRetry: true });
    return true;
  }

  /** Runs the command a task is instead of an agent; cut off, it is run again. */
  async #filter(run: Run, task: Task, filter: ShellFilter, env: Environment): Promise<void> {
    const ended = await runFilter(this.#parts.machine, filter, {
      cwd: run.repoPath,
      input: task.body,
      env,
    });
    if (ended.ok) await this.#complete(task, ended.output, []);
    else await this.fail(task, ended.because, { mayRetry: ended.mayRetry });
  }

  /** From now on the session has the claim. */
  async bind(task: Task, session: Session): Promise<void> {
    const to = { holder: sessionHolder(session.id), sessionId: session.id };
    await this.#change(task, (fresh) => {
      if (fresh.claim?.sessionId === session.id) return nothing;
      return bind(fresh, to, this.#parts.now());
    });
  }

  async factsOf(task: Task, session: Session): Promise<AttemptFacts> {
    const { store } = this.#parts;
    const key = attemptKey(task, task.claim?.token ?? 0);
    const [turns, deliveries, prompts, reminded] = await Promise.all([
      store.turns.ofSession(session.id),
      store.deliveries.ofSession(session.id),
      store.prompts.open(session.id),
      store.deliveries.byIdempotencyKey(reminderKey(task)),
    ]);
    return {
      task,
      session,
      // what it did for tasks before is theirs
      turns:
        session.idempotencyKey === key
          ? turns
          : turnsFrom(
              turns,
              deliveries.find(({ idempotencyKey }) => idempotencyKey === key),
            ),
      deliveriesOpen: deliveries.some((delivery) => !isDelivered(delivery)),
      promptsOpen: prompts.length > 0,
      reminded: reminded !== undefined,
    };
  }

  /** Tells it once that its turn is over and its task is not. */
  async remind(run: Run, task: Task, session: Session): Promise<void> {
    await this.#parts.sessions.send(
      {
        session: session.id,
        text: reminder(task.id),
        command: false,
        when: "idle",
        waitFor: "none",
        timeoutMs: 0,
        ttlMs: 600_000,
      },
      askerOf(run.id, reminderKey(task)),
    );
  }

  /**
   * Writes down the result of a session that lives on, idle, to do another task. False, and nothing
   * is changed, where it is not as good as a new one.
   */
  async keep(task: Task, session: Session): Promise<boolean> {
    const { store, now } = this.#parts;
    const fresh = await store.sessions.get(session.id);
    if (!fresh || !(await isFitNow(store, fresh))) return false;
    const facts = await this.factsOf(task, fresh);
    const verdict = judgeAttempt(facts, { timeoutAt: null, patienceMs: null }, now());
    if (verdict.kind !== "completed") return false;
    await this.#complete(task, verdict.result, []);
    return true;
  }

  /**
   * Keeps the session's files, ends it, and only then says what came of the task: nothing that the
   * session might still do can follow its result, and no second one begins beside it. False when its
   * end is not proven yet.
   */
  async finish(
    run: Pick<Run, "id">,
    task: Task,
    session: Session,
    verdict: Extract<Verdict, { kind: "completed" | "failed" }>,
  ): Promise<boolean> {
    const ended = await this.end(run.id, session);
    if (!ended) return false;
    const last =
      verdict.kind === "completed" ? await this.#lookAgain(task, session.id, verdict) : verdict;
    if (last.kind === "completed") {
      await this.#complete(task, last.result, ended.artifacts);
    } else if (last.kind === "failed") {
      const { because, mayRetry, isLost = false } = last;
      await this.fail(task, because, { mayRetry, isLost });
    }
    return true;
  }

  /** Keeps a session's files and ends it. Undefined while processes of it may live. */
  async end(
    runId: string,
    session: Session,
  ): Promise<{ readonly artifacts: readonly string[] } | undefined> {
    const collected = await collectFiles(this.#parts, session);
    const isShared = await this.#didSeveral(session);
    // those of one that did several tasks are no single one's
    const artifacts = (isShared ? [] : (collected?.files ?? []))
      .filter(({ kind, exists }) => exists && artifactKinds.includes(kind))
      .map(({ path }) => path);
    await this.#keepFiles(session, artifacts);
    const asker = askerOf(runId, `end:${session.id}`);
    if (!(await endSession(this.#parts, session, asker, { collected }))) return undefined;
    if (isShared) return { artifacts };
    await noteCommits(this.#parts, runId, session).catch((thrown: unknown) => {
      if (AgentpoolError.from(thrown).code === "stale_epoch") throw thrown;
      this.#parts.log("warn", "the commits of a task could not be noted", {
        error: String(thrown),
      });
    });
    return { artifacts };
  }

  async #didSeveral({ id }: Session): Promise<boolean> {
    const deliveries = await this.#parts.store.deliveries.ofSession(id);
    return deliveries.some(({ idempotencyKey }) => parseAttemptKey(idempotencyKey) !== undefined);
  }

  /** An agent that completed its task itself did so before its files were kept. */
  async #keepFiles({ idempotencyKey }: Session, files: readonly string[]): Promise<void> {
    const { store, now } = this.#parts;
    const key = parseAttemptKey(idempotencyKey);
    if (key === undefined) return;
    const decide = async (): Promise<Ruling<void>> => {
      const task = await store.tasks.get(key.taskId);
      const isIts = task?.claim?.token === key.token;
      return { decision: isIts ? keepFiles(task, files, now()) : nothing, result: undefined };
    };
    await commitAfresh(store, decide, { of: `task ${key.taskId}` });
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

  /** Leaves it to the next agent of its list. False where there is none. */
  async switch(task: Task, because: string): Promise<boolean> {
    if (!hasFallback(task)) return false;
    await this.#change(task, (fresh) =>
      hasFallback(fresh) ? switchAgent(fresh, because, this.#parts.now()) : nothing,
    );
    return true;
  }

  async #complete(task: Task, result: string | null, artifacts: readonly string[]): Promise<void> {
    const { store, now } = this.#parts;
    await this.#change(task, async (fresh) => {
      const freed = await store.tasks.waitingForAlone(fresh.id);
      return complete(fresh, { result, artifacts, freed, now: now() });
    });
  }

  /** What its last reports came to, now that nothing follows them. */
  async #lookAgain(
    task: Task,
    sessionId: string,
    before: Extract<Verdict, { kind: "completed" }>,
  ): Promise<Verdict> {
    const session = await this.#parts.store.sessions.get(sessionId);
    if (!session) return before;
    const facts = await this.factsOf(task, session);
    const bounds = { timeoutAt: null, patienceMs: null };
    const verdict = judgeAttempt(facts, bounds, this.#parts.now());
    // that we ended it is no news about its turn
    return verdict.kind === "completed" || facts.turns.at(-1)?.state === "failed"
      ? verdict
      : before;
  }

  async #giveBack(task: Task, because: string): Promise<void> {
    await this.#change(task, (fresh) => release(fresh, because, this.#parts.now()));
  }

  /** Commits what a rule makes of the task while it is still claimed as it was. */
  #change(task: Task, rule: (fresh: Task) => Decision | Promise<Decision>): Promise<void> {
    // of two that end at once the second has to see the first: together they may free a third
    return this.#turns.run("tasks", () => changeClaimed(this.#parts.store, task, rule));
  }
}

export function askerOf(runId: string, key: string): Asker {
  return {
    principal: { kind: "run", runId },
    idempotencyKey: key,
    signal: new AbortController().signal,
  };
}

function reminderKey(task: Task): string {
  return `remind:${attemptKey(task, task.claim?.token ?? 0)}`;
}
