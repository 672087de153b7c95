import { createHash } from "node:crypto";
import { parseAttemptKey } from "../../domain/attempt-key.ts";
import { idPrefixes } from "../../domain/ids.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { agentHolder, sessionHolder } from "../../domain/hold.ts";
import { formatPrincipal, type Principal } from "../../domain/principal.ts";
import { isLive, type Session } from "../../domain/session.ts";
import {
  anyCapability,
  longestNoteChars,
  longestTaskBytes,
  type Capability,
  type Claimant,
  type Task,
  type TaskExecution,
  type TaskNote,
} from "../../domain/task.ts";
import type { WantedTask } from "../../domain/task-planning.ts";
import type { ClaimWish } from "../../domain/claim-rules.ts";
import { redact } from "../../platform/redact.ts";
import type { Asker } from "../../session/asker.ts";
import { resolveSession } from "../../session/resolve.ts";
import type { Board, BoardParts } from "./board.ts";
import { claimWhenThere } from "./claim-when-there.ts";
import { scheduled, taskNotFound } from "./board-error.ts";
import { waitForTasks, type TaskWaitOutcome } from "./wait-for-tasks.ts";

/** Who works on a task: a session, or somebody outside by a name; a session is always itself. */
export interface Whom {
  readonly session: string | null;
  readonly agent: string | null;
}

/** Which claim is meant: whoever has its token, or is its holder. */
export interface ClaimSelection extends Whom {
  readonly taskId: string;
  readonly token: number | null;
}

interface Worker extends Capability {
  readonly holder: string;
  readonly sessionId: string | null;
}

/** What may be asked about tasks, by whom, in the words of whoever asks. */
export class TaskRequests {
  readonly #parts: BoardParts;
  readonly #board: Board;
  readonly #runOf: (sessionId: string) => Promise<string | null>;
  readonly #executionOf: (runId: string, wanted: WantedTask) => Promise<TaskExecution | null>;
  readonly #definitionOf: (provider: string) => Promise<string>;

  /**
   * @param options.runOf the run a session works for; null for none
   * @param options.executionOf how the scheduler of a run carries out what is added to it; null
   *   leaves it to whoever claims it
   * @param options.definitionOf the id of the provider with this name; a name that is of none here
   *   stays, since agents outside of agentpool have names of their own
   */
  constructor(
    parts: BoardParts,
    board: Board,
    options: {
      readonly runOf?: (sessionId: string) => Promise<string | null>;
      readonly executionOf?: (runId: string, wanted: WantedTask) => Promise<TaskExecution | null>;
      readonly definitionOf?: (provider: string) => Promise<string>;
    } = {},
  ) {
    this.#parts = parts;
    this.#board = board;
    this.#runOf = options.runOf ?? (() => Promise.resolve(null));
    this.#executionOf = options.executionOf ?? (() => Promise.resolve(null));
    this.#definitionOf = options.definitionOf ?? ((name) => Promise.resolve(name));
  }

  /**
   * All or none. `runId` is of those that may choose it: a session adds to its own run.
   * @throws dependency_unknown, dependency_cycle, text_too_large, idempotency_conflict
   */
  async add(
    { tasks, runId }: { readonly tasks: readonly WantedTask[]; readonly runId: string | null },
    { principal, idempotencyKey }: Asker,
  ): Promise<readonly Task[]> {
    for (const { body, title } of tasks) checkLength(`The task "${title.slice(0, 60)}"`, body);
    const scope = await this.scopeOf(principal);
    if (scope !== undefined) await this.#refuseOthers(tasks, scope);
    const run = scope === undefined ? runId : scope;
    const carriedOut = await Promise.all(
      tasks.map(async (wanted) => {
        const task = { ...wanted, requires: await this.#resolved(wanted.requires) };
        return run === null || task.execution !== null
          ? task
          : { ...task, execution: await this.#executionOf(run, task) };
      }),
    );
    const added = await this.#board.add(carriedOut, {
      runId: run,
      author: formatPrincipal(principal),
      idempotencyKey,
    });
    return added;
  }

  /**
   * Waits for work up to `waitMs`; with a task named, takes that one or says why not. A session that
   * was started for a task is given that one, as long as it is open.
   * @throws session_ended, task_not_found, task_not_claimable, task_claimed, task_ended
   */
  async claim(
    request: Whom & {
      readonly taskId: string | null;
      readonly runId: string | null;
      readonly tags: readonly string[];
      /** Of somebody outside; a session's are its own. */
      readonly capability: Capability;
      readonly ttlMs: number;
      readonly waitMs: number;
    },
    asker: Asker,
  ): Promise<Task | null> {
    const capability = await this.#resolved(request.capability);
    const worker = await this.#worker(request, asker.principal, capability);
    const scope = await this.scopeOf(asker.principal);
    const wish = wishOf(worker, request.ttlMs, asker);
    const own = worker.sessionId === null ? undefined : await this.#startedFor(worker.sessionId);
    if (own && (request.taskId ?? own.id) === own.id) return own;
    if (request.taskId !== null) {
      await this.#inScope(request.taskId, asker.principal);
      if (scope !== undefined) await this.#unscheduled(request.taskId);
      return this.#board.claimTask(request.taskId, worker, wish);
    }
    const claimant: Claimant = {
      providerId: worker.providerId,
      model: worker.model,
      role: worker.role,
      tags: request.tags,
      runId: scope === undefined ? request.runId : scope,
    };
    return claimWhenThere(this.#board, claimant, {
      ...this.#parts,
      wish,
      waitMs: request.waitMs,
      signal: asker.signal,
    });
  }

  /** Gives a task to a session on somebody else's behalf. @throws as `claim`; policy_blocked for sessions that share no run */
  async assign(
    request: { readonly taskId: string; readonly session: string; readonly ttlMs: number },
    asker: Asker,
  ): Promise<Task> {
    const session = await this.#live(request.session);
    if (asker.principal.kind === "session" && asker.principal.sessionId !== session.id) {
      const [own, other] = await Promise.all(
        [asker.principal.sessionId, session.id].map((id) => this.#runOf(id)),
      );
      if (own === null || own !== other) throw notItself(asker.principal.sessionId, session.id);
    }
    await this.#inScope(request.taskId, asker.principal);
    const worker = workerOf(session);
    return this.#board.claimTask(request.taskId, worker, wishOf(worker, request.ttlMs, asker));
  }

  async renew(
    request: ClaimSelection & { readonly ttlMs: number | null },
    { principal }: Asker,
  ): Promise<Task> {
    return this.#board.renew(request.taskId, await this.#proof(request, principal), request.ttlMs);
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
    return this.#board.complete(request.taskId, proof, { result, artifacts: request.artifacts });
  }

  async fail(
    request: ClaimSelection & { readonly error: string },
    { principal }: Asker,
  ): Promise<Task> {
    const proof = await this.#proof(request, principal);
    return this.#board.fail(request.taskId, proof, redact(request.error));
  }

  async release(
    request: ClaimSelection & { readonly because: string | null },
    { principal }: Asker,
  ): Promise<Task> {
    const proof = await this.#proof(request, principal);
    const because = request.because ?? `given back by ${formatPrincipal(principal)}`;
    return this.#board.release(request.taskId, proof, redact(because).slice(0, longestNoteChars));
  }

  async cancel(
    request: {
      readonly taskId: string;
      readonly because: string | null;
      /** Changes nothing and refuses the same. */
      readonly dryRun: boolean;
    },
    { principal }: Asker,
  ): Promise<Task> {
    await this.#inScope(request.taskId, principal);
    const by = formatPrincipal(principal);
    const because = redact(request.because ?? `${by} cancelled it`);
    return this.#board.cancel(request.taskId, { because, by, dryRun: request.dryRun });
  }

  async retry(taskId: string, { principal }: Asker): Promise<Task> {
    await this.#inScope(taskId, principal);
    return this.#board.retry(taskId, formatPrincipal(principal));
  }

  async note(
    { taskId, text }: { readonly taskId: string; readonly text: string },
    { principal, idempotencyKey }: Asker,
  ): Promise<TaskNote> {
    await this.#inScope(taskId, principal);
    const note: TaskNote = {
      id: noteId(taskId, idempotencyKey),
      taskId,
      author: formatPrincipal(principal),
      text: redact(text).slice(0, longestNoteChars),
      at: this.#parts.now(),
    };
    return this.#board.note(note, principal.kind === "session" ? principal.sessionId : null);
  }

  /** Until all of them have ended, or any; `stuck` when one of them cannot be completed as it is. */
  wait(
    request: {
      readonly taskIds: readonly string[];
      readonly mode: "any" | "all";
      readonly timeoutMs: number;
    },
    signal: AbortSignal,
  ): Promise<TaskWaitOutcome> {
    return waitForTasks(this.#board, this.#parts.store, { ...request, signal });
  }

  /** The run whose tasks alone somebody sees; null for those of no run, undefined for all. */
  async scopeOf(principal: Principal): Promise<string | null | undefined> {
    if (principal.kind === "session") return this.#runOf(principal.sessionId);
    return principal.kind === "run" ? principal.runId : undefined;
  }

  /** To depend on a task is to see it. @throws dependency_unknown */
  async #refuseOthers(tasks: readonly WantedTask[], scope: string | null): Promise<void> {
    const names = [...new Set(tasks.flatMap(({ dependsOn }) => dependsOn))];
    const links = names.length === 0 ? [] : await this.#parts.store.tasks.links(names);
    const foreign = links.find(({ runId }) => runId !== scope);
    if (!foreign) return;
    throw new AgentpoolError("dependency_unknown", `No task "${foreign.id}" to depend on`, {
      why: "It is of another run, and nothing was added.",
      hint: "See which there are: agentpool task list",
      details: { dependency: foreign.id },
    });
  }

  /** A task of another run is none for whoever works in one. */
  async #inScope(taskId: string, principal: Principal): Promise<void> {
    const scope = await this.scopeOf(principal);
    if (scope === undefined) return;
    const [link] = await this.#parts.store.tasks.links([taskId]);
    if (link?.runId !== scope) throw taskNotFound(taskId);
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
    return this.#board.bind(task.id, proof, { holder: sessionHolder(sessionId), sessionId });
  }

  /** @throws task_not_claimable when the run's scheduler starts a session of its own for it */
  async #unscheduled(taskId: string): Promise<void> {
    const task = await this.#parts.store.tasks.get(taskId);
    if (task?.state === "pending" && task.runId !== null && task.execution) throw scheduled(task);
  }

  async #proof(
    { taskId, token, session, agent }: ClaimSelection,
    principal: Principal,
  ): Promise<{ readonly token: number | null; readonly holder: string | null }> {
    await this.#inScope(taskId, principal);
    const isNamed = session !== null || agent !== null || principal.kind === "session";
    if (!isNamed) return { token, holder: null };
    const holder = await this.#holder({ session, agent }, principal);
    if (agent === null) await this.#startedFor(holder.slice(sessionHolder("").length));
    return { token, holder };
  }

  /** A session is itself, whoever it says it is. */
  async #holder({ session, agent }: Whom, principal: Principal): Promise<string> {
    const itself = principal.kind === "session" ? principal.sessionId : null;
    if (session !== null && agent !== null) {
      throw new AgentpoolError("invalid_input", "A task is done by one", {
        why: "Both a session and an agent were named.",
        hint: "Leave one of --session-id and --agent out.",
      });
    }
    if (agent !== null) {
      if (itself !== null) throw notItself(itself, `agent ${agent}`);
      return agentHolder(agent);
    }
    const named = session ?? itself;
    if (named === null) {
      throw new AgentpoolError("invalid_input", "Nobody is named who works on the task", {
        hint: "Name somebody outside of agentpool (--agent NAME), or a session (--session-id @last).",
      });
    }
    const { id } = await resolveSession(this.#parts.store, named);
    if (itself !== null && id !== itself) throw notItself(itself, id);
    return sessionHolder(id);
  }

  async #worker(whom: Whom, principal: Principal, own: Capability): Promise<Worker> {
    const holder = await this.#holder(whom, principal);
    if (whom.agent !== null) return { ...own, holder, sessionId: null };
    return workerOf(await this.#live(holder.slice(sessionHolder("").length)));
  }

  /** With the id of its provider: sessions of a preset are of that. */
  async #resolved(capability: Capability): Promise<Capability> {
    const { providerId } = capability;
    if (providerId === null) return capability;
    return { ...capability, providerId: await this.#definitionOf(providerId) };
  }

  async #live(named: string): Promise<Session> {
    const session = await resolveSession(this.#parts.store, named);
    if (isLive(session)) return session;
    throw new AgentpoolError("session_ended", `Session ${session.id} is over`, {
      why: "Its claims ended with it.",
      hint: `Start its agent again: agentpool resume ${session.id}`,
    });
  }
}

function workerOf({ id, providerId, model, role }: Session): Worker {
  return { ...anyCapability, holder: sessionHolder(id), sessionId: id, providerId, model, role };
}

function wishOf({ holder, sessionId }: Worker, ttlMs: number, asker: Asker): ClaimWish {
  return { holder, sessionId, ttlMs, requestKey: asker.idempotencyKey || null };
}

/** The same request makes the same note. */
function noteId(taskId: string, idempotencyKey: string): string {
  const digest = createHash("sha256").update(`${taskId} ${idempotencyKey}`).digest("hex");
  return `${idPrefixes.note}${digest.slice(0, 17)}`;
}

function checkLength(what: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= longestTaskBytes) return;
  throw new AgentpoolError("text_too_large", `${what} has ${bytes} bytes`, {
    why: `A text of a task may have ${longestTaskBytes}.`,
    hint: "Put it into a file of the repository, and name that.",
    details: { bytes, limit: longestTaskBytes },
  });
}

function notItself(itself: string, named: string): AgentpoolError {
  return new AgentpoolError("policy_blocked", `Session ${itself} cannot act for ${named}`, {
    why: "The command came from a process of that session, whose claims are its own.",
    hint: "Leave --session-id and --agent out.",
  });
}
