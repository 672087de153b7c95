import { parseAttemptKey } from "../../domain/attempt-key.ts";
import type { ClaimWish } from "../../domain/claim-rules.ts";
import { sessionHolder } from "../../domain/hold.ts";
import { formatPrincipal, type Principal } from "../../domain/principal.ts";
import { longestNoteChars, type Capability, type Claimant, type Task } from "../../domain/task.ts";
import { redact } from "../../platform/redact.ts";
import type { Asker } from "../../session/asker.ts";
import { checkLength } from "../board/check-length.ts";
import { TaskScope, type RunOf } from "../board/task-scope.ts";
import { withDefinition, type DefinitionOf } from "../board/with-definition.ts";
import { scheduled } from "./claim-error.ts";
import type { LeftTask } from "./left-to-others.ts";
import type { ClaimProof } from "./claim-proof.ts";
import { claimWhenThere } from "./claim-when-there.ts";
import type { ClaimParts, Claims } from "./claims.ts";
import {
  holderOf,
  liveSession,
  notItself,
  sessionWorker,
  workerOf,
  type Whom,
  type Worker,
} from "./whom.ts";

/** Who wants which work. */
export interface ClaimRequest extends Whom {
  readonly taskId: string | null;
  readonly runId: string | null;
  readonly tags: readonly string[];
  /** Of somebody outside; a session's are its own. */
  readonly capability: Capability;
  readonly ttlMs: number;
  readonly waitMs: number;
}

/** Which claim is meant: whoever has its token, or is its holder. */
export interface ClaimSelection extends Whom {
  readonly taskId: string;
  readonly token: number | null;
}

export interface ClaimRequestOptions {
  readonly runOf?: RunOf;
  readonly definitionOf?: DefinitionOf;
}

/** What may be asked by whoever works on tasks, or wants to; for whom, in the words of whoever asks. */
export class ClaimRequests {
  readonly #parts: Pick<ClaimParts, "store" | "now">;
  readonly #claims: Claims;
  readonly #options: ClaimRequestOptions;
  readonly #scope: TaskScope;

  constructor(
    parts: Pick<ClaimParts, "store" | "now">,
    claims: Claims,
    options: ClaimRequestOptions = {},
  ) {
    this.#parts = parts;
    this.#claims = claims;
    this.#options = options;
    this.#scope = new TaskScope(parts.store, options.runOf);
  }

  /**
   * Waits for work up to `waitMs`; with a task named, takes that one or says why not. A session that
   * was started for a task is given that one, as long as it is open.
   * @throws session_ended, task_not_found, task_not_claimable, task_claimed, task_ended
   */
  async claim(request: ClaimRequest, asker: Asker): Promise<Task | null> {
    const { store, now } = this.#parts;
    const { principal, signal } = asker;
    const { worker, scope, wish, claimant } = await this.#asking(request, asker);
    const given = worker.sessionId === null ? undefined : await this.#startedFor(worker.sessionId);
    if (given && (request.taskId ?? given.id) === given.id) return given;
    if (request.taskId !== null) {
      await this.#scope.require(request.taskId, principal);
      if (scope !== undefined) await this.#refuseScheduled(request.taskId);
      return this.#claims.claimTask(request.taskId, worker, wish);
    }
    const { waitMs } = request;
    return claimWhenThere(this.#claims, claimant, { store, now, wish, waitMs, signal });
  }

  /** What alone there is for a session that was given nothing, because it gave that back itself. */
  async leftToOthers(request: ClaimRequest, asker: Asker): Promise<LeftTask | null> {
    const { claimant, wish } = await this.#asking(request, asker);
    return this.#claims.leftToOthers(claimant, wish);
  }

  async #asking(
    request: ClaimRequest,
    asker: Asker,
  ): Promise<{
    readonly worker: Worker;
    readonly scope: string | null | undefined;
    readonly wish: ClaimWish;
    readonly claimant: Claimant;
  }> {
    const { principal } = asker;
    const own = await withDefinition(request.capability, this.#options.definitionOf);
    const worker = await workerOf(this.#parts.store, request, { principal, own });
    const scope = await this.#scope.of(principal);
    const { providerId, model, role } = worker;
    const runId = scope === undefined ? request.runId : scope;
    const claimant = { providerId, model, role, tags: request.tags, runId };
    return { worker, scope, wish: wishOf(worker, request.ttlMs, asker), claimant };
  }

  /** Gives a task to a session on somebody else's behalf. @throws as `claim`; policy_blocked for sessions that share no run */
  async assign(
    request: { readonly taskId: string; readonly session: string; readonly ttlMs: number },
    asker: Asker,
  ): Promise<Task> {
    const session = await liveSession(this.#parts.store, request.session);
    if (asker.principal.kind === "session" && asker.principal.sessionId !== session.id) {
      const [own, other] = await Promise.all(
        [asker.principal.sessionId, session.id].map((id) => this.#scope.runOf(id)),
      );
      if (own === null || own !== other) throw notItself(asker.principal.sessionId, session.id);
    }
    await this.#scope.require(request.taskId, asker.principal);
    const worker = sessionWorker(session);
    return this.#claims.claimTask(request.taskId, worker, wishOf(worker, request.ttlMs, asker));
  }

  async renew(
    request: ClaimSelection & { readonly ttlMs: number | null },
    { principal }: Asker,
  ): Promise<Task> {
    const proof = await this.#proof(request, principal);
    return this.#claims.renew(request.taskId, proof, request.ttlMs);
  }

  async complete(
    request: ClaimSelection & {
      readonly result: string | null;
      readonly artifacts: readonly string[];
    },
    { principal }: Asker,
  ): Promise<Task> {
    if (request.result !== null) checkLength("The result", request.result);
    const proof = await this.#proof(request, principal);
    const result = request.result === null ? null : redact(request.result);
    return this.#claims.complete(request.taskId, proof, { result, artifacts: request.artifacts });
  }

  async fail(
    request: ClaimSelection & { readonly error: string },
    { principal }: Asker,
  ): Promise<Task> {
    const proof = await this.#proof(request, principal);
    return this.#claims.fail(request.taskId, proof, redact(request.error));
  }

  async release(
    request: ClaimSelection & { readonly because: string | null },
    { principal }: Asker,
  ): Promise<Task> {
    const proof = await this.#proof(request, principal);
    const because = request.because ?? `given back by ${formatPrincipal(principal)}`;
    const short = redact(because).slice(0, longestNoteChars);
    return this.#claims.release(request.taskId, proof, short, principal.kind === "session");
  }

  /**
   * The task a session was started for, while it has that to do. An agent may be quicker than whoever
   * started it: then the claim is written down as the session's here.
   */
  async #startedFor(sessionId: string): Promise<Task | undefined> {
    const { sessions, tasks } = this.#parts.store;
    const key = parseAttemptKey((await sessions.get(sessionId))?.idempotencyKey ?? null);
    const task = key && (await tasks.get(key.taskId));
    if (task?.state !== "claimed" || task.claim?.token !== key?.token) return undefined;
    if (task.claim?.sessionId === sessionId) return task;
    const proof = { token: key?.token ?? null, holder: null };
    return this.#claims.bind(task.id, proof, { holder: sessionHolder(sessionId), sessionId });
  }

  /** @throws task_not_claimable when the run's scheduler starts a session of its own for it */
  async #refuseScheduled(taskId: string): Promise<void> {
    const task = await this.#parts.store.tasks.get(taskId);
    if (task?.state === "pending" && task.runId !== null && task.execution) throw scheduled(task);
  }

  async #proof(
    { taskId, token, session, agent }: ClaimSelection,
    principal: Principal,
  ): Promise<ClaimProof> {
    await this.#scope.require(taskId, principal);
    const isNamed = session !== null || agent !== null || principal.kind === "session";
    if (!isNamed) return { token, holder: null };
    const { store } = this.#parts;
    const { holder, sessionId } = await holderOf(store, { session, agent }, principal);
    if (sessionId !== null) await this.#startedFor(sessionId);
    return { token, holder };
  }
}

function wishOf({ holder, sessionId }: Worker, ttlMs: number, asker: Asker): ClaimWish {
  const { idempotencyKey: key } = asker;
  // what was given to one is no answer to another, whoever asks for both
  return { holder, sessionId, ttlMs, requestKey: key === "" ? null : `${holder} ${key}` };
}
