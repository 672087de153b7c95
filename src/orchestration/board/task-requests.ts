import { createHash } from "node:crypto";
import { AgentpoolError } from "../../domain/errors.ts";
import { idPrefixes } from "../../domain/ids.ts";
import { formatPrincipal, type Principal } from "../../domain/principal.ts";
import {
  longestNoteChars,
  type Task,
  type TaskExecution,
  type TaskNote,
} from "../../domain/task.ts";
import type { WantedTask } from "../../domain/task-planning.ts";
import { redact } from "../../platform/redact.ts";
import type { Asker } from "../../session/asker.ts";
import type { Board, BoardParts } from "./board.ts";
import { checkLength } from "./check-length.ts";
import { TaskScope, type RunOf } from "./task-scope.ts";
import { waitForTasks, type TaskWaitOutcome } from "./wait-for-tasks.ts";
import { withDefinition, type DefinitionOf } from "./with-definition.ts";

export interface TaskRequestOptions {
  readonly runOf?: RunOf;
  readonly definitionOf?: DefinitionOf;
  /**
   * How the scheduler of a run carries out what is added to it; null leaves it to whoever claims it.
   */
  readonly executionOf?: (runId: string, wanted: WantedTask) => Promise<TaskExecution | null>;
}

/** What may be asked about tasks without having one, by whom, in the words of whoever asks. */
export class TaskRequests {
  readonly #parts: BoardParts;
  readonly #board: Board;
  readonly #options: TaskRequestOptions;
  readonly #scope: TaskScope;

  constructor(parts: BoardParts, board: Board, options: TaskRequestOptions = {}) {
    this.#parts = parts;
    this.#board = board;
    this.#options = options;
    this.#scope = new TaskScope(parts.store, options.runOf);
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
    return this.#board.add(await Promise.all(tasks.map((task) => this.#carriedOut(task, run))), {
      runId: run,
      author: formatPrincipal(principal),
      idempotencyKey,
    });
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
    await this.#scope.require(request.taskId, principal);
    const by = formatPrincipal(principal);
    const because = redact(request.because ?? `${by} cancelled it`);
    return this.#board.cancel(request.taskId, { because, by, dryRun: request.dryRun });
  }

  async retry(taskId: string, { principal }: Asker): Promise<Task> {
    await this.#scope.require(taskId, principal);
    return this.#board.retry(taskId, formatPrincipal(principal));
  }

  async note(
    { taskId, text }: { readonly taskId: string; readonly text: string },
    { principal, idempotencyKey }: Asker,
  ): Promise<TaskNote> {
    await this.#scope.require(taskId, principal);
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
    return waitForTasks(this.#parts.store, { ...request, signal });
  }

  /** The run whose tasks alone somebody sees; null for those of no run, undefined for all. */
  scopeOf(principal: Principal): Promise<string | null | undefined> {
    return this.#scope.of(principal);
  }

  async #carriedOut(wanted: WantedTask, runId: string | null): Promise<WantedTask> {
    const { definitionOf, executionOf } = this.#options;
    const task = { ...wanted, requires: await withDefinition(wanted.requires, definitionOf) };
    if (runId === null || task.execution !== null || !executionOf) return task;
    return { ...task, execution: await executionOf(runId, task) };
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
}

/** The same request makes the same note. */
function noteId(taskId: string, idempotencyKey: string): string {
  const digest = createHash("sha256").update(`${taskId} ${idempotencyKey}`).digest("hex");
  return `${idPrefixes.note}${digest.slice(0, 17)}`;
}
