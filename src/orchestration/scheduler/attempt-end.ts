import { parseAttemptKey } from "../../domain/attempt-key.ts";
import { judgeAttempt, type Verdict } from "../../domain/attempt-rules.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { wasNeverTyped } from "../../domain/reuse-rules.ts";
import type { Run } from "../../domain/run.ts";
import type { Session } from "../../domain/session.ts";
import type { Task } from "../../domain/task.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Sessions } from "../../session/sessions.ts";
import { collectFiles, endSession } from "../end-session.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import { noteCommits } from "./commits.ts";
import { isFitNow } from "./crew.ts";
import { factsOf, presentKey } from "./read-attempt.ts";
import { runAsker } from "./run-asker.ts";

export interface AttemptEndParts extends Pick<SessionParts, "store" | "log" | "now" | "machine"> {
  readonly sessions: Pick<Sessions, "terminate" | "collect">;
}

/** Files of a session that belong to the result of its task. */
const artifactKinds: readonly string[] = ["result", "diff"];
/** How an attempt that is over is judged: nothing more is waited for. */
const noBounds = { timeoutAt: null, patienceMs: null };

/**
 * Ends an attempt: its session first, and only then is written down what came of the task. Nothing
 * that the session might still do can follow its result, and no second one begins beside it.
 */
export class AttemptEnd {
  readonly #parts: AttemptEndParts;
  readonly #record: AttemptRecord;

  constructor(parts: AttemptEndParts, record: AttemptRecord) {
    this.#parts = parts;
    this.#record = record;
  }

  /** False when the end of its session is not proven yet. */
  async finish(
    run: Pick<Run, "id">,
    task: Task,
    session: Session,
    verdict: Extract<Verdict, { kind: "completed" | "failed" }>,
  ): Promise<boolean> {
    const ended = await this.closeSession(run.id, session);
    if (!ended) return false;
    const last =
      verdict.kind === "completed" ? await this.#lookAgain(task, session.id, verdict) : verdict;
    if (last.kind === "completed") {
      await this.#record.complete(task, last.result, ended.artifacts);
    } else if (last.kind === "failed") {
      const { because, mayRetry, isLost = false } = last;
      await this.#record.fail(task, because, { mayRetry, isLost });
    }
    return true;
  }

  /**
   * Writes down the result of a session that lives on, idle, to do another task. False, and nothing
   * is changed, where it is not as good as a new one.
   */
  async keepSession(task: Task, { id }: Session): Promise<boolean> {
    const { store, now } = this.#parts;
    const fresh = await store.sessions.get(id);
    if (!fresh || !(await isFitNow(store, fresh))) return false;
    const verdict = judgeAttempt(await factsOf(store, task, fresh), noBounds, now());
    if (verdict.kind !== "completed") return false;
    await this.#record.complete(task, verdict.result, []);
    return true;
  }

  /** The session did not take the task, which is another's then. False when its end is not proven yet. */
  async takeBack(
    run: Pick<Run, "id">,
    task: Task,
    session: Session,
    because: string,
  ): Promise<boolean> {
    if (!(await this.closeSession(run.id, session))) return false;
    const delivery = await this.#parts.store.deliveries.byIdempotencyKey(presentKey(task));
    // what was typed may have been read, whatever was told of it
    if (wasNeverTyped(delivery)) await this.#record.giveBack(task, because);
    else await this.#record.fail(task, because, { mayRetry: true });
    return true;
  }

  /** Keeps a session's files and ends it. Undefined while processes of it may live. */
  async closeSession(
    runId: string,
    session: Session,
  ): Promise<{ readonly artifacts: readonly string[] } | undefined> {
    const collected = await collectFiles(this.#parts, session);
    const isShared = await this.#didSeveral(session);
    // those of one that did several tasks are no single one's
    const artifacts = (isShared ? [] : (collected?.files ?? []))
      .filter(({ kind, exists }) => exists && artifactKinds.includes(kind))
      .map(({ path }) => path);
    const key = parseAttemptKey(session.idempotencyKey);
    if (key) await this.#record.keepFiles(key, artifacts);
    const asker = runAsker(runId, `end:${session.id}`);
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

  /** What its last reports came to, now that nothing follows them. */
  async #lookAgain(
    task: Task,
    sessionId: string,
    before: Extract<Verdict, { kind: "completed" }>,
  ): Promise<Verdict> {
    const { store, now } = this.#parts;
    const session = await store.sessions.get(sessionId);
    if (!session) return before;
    const facts = await factsOf(store, task, session);
    const verdict = judgeAttempt(facts, noBounds, now());
    // that we ended it is no news about its turn
    return verdict.kind === "completed" || facts.turns.at(-1)?.state === "failed"
      ? verdict
      : before;
  }
}
