import { openTaskStates } from "../../domain/task.ts";
import type { AgentPoolClient } from "./client.ts";
import type { ConnectOptions } from "./connect.ts";
import { Connection, connectFields } from "./connection.ts";
import { checkFields } from "./given.ts";

/** A task as the store's board has it; claimed tasks and single ones come with text and result. */
export type BoardTask = Awaited<ReturnType<AgentPoolClient["task"]["show"]>>["task"];
export type BoardTaskHead = Awaited<ReturnType<AgentPoolClient["task"]["list"]>>["tasks"][number];

export interface BoardTaskOptions {
  /** All that has to be known to do it; up to 1 MB. */
  readonly body?: string | undefined;
  /** Higher is claimed first; among equals the oldest. */
  readonly priority?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Ids of tasks that must be completed before. */
  readonly dependsOn?: readonly string[] | undefined;
  /** How often it may fail, or be lost, before it is failed for good. */
  readonly attempts?: number | undefined;
}

/** One of several tasks; `dependsOn` may hold keys of the others. */
export interface BoardTaskEntry extends BoardTaskOptions {
  readonly title: string;
  /** By which others of the same list name it. */
  readonly key?: string | undefined;
}

export interface ClaimOptions {
  /** Only tasks with one of these. */
  readonly tags?: readonly string[] | undefined;
  /** This one, whatever its tags. */
  readonly taskId?: string | undefined;
  /** How long it holds without `renew`; two minutes when absent. */
  readonly ttlSeconds?: number | undefined;
  /** How long to wait for work; not at all when absent. */
  readonly waitSeconds?: number | undefined;
}

export interface BoardStatus {
  readonly total: number;
  readonly pending: number;
  readonly blocked: number;
  readonly claimed: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
}

/**
 * The board of tasks of a home, for programs that work on tasks themselves. Any number of processes
 * share it: a task is given to one of them, and has one accepted completion.
 */
export class TaskBoard implements AsyncDisposable {
  readonly #connection: Connection;
  /** Tokens of the claims made here: who ends a task shows that it is still theirs. */
  readonly #held = new Map<string, { readonly agent: string; readonly token: number }>();

  constructor(options: ConnectOptions = {}) {
    checkFields("TaskBoard", options, connectFields);
    this.#connection = new Connection(options);
  }

  /** @returns the task's id @throws dependency_unknown, text_too_large */
  async add(title: string, options: BoardTaskOptions = {}): Promise<string> {
    checkFields("TaskBoard.add", options, optionNames);
    const client = await this.#connection.get();
    return (await client.task.add({ title, ...inputOf(options) })).task.id;
  }

  /**
   * Adds all of these or none.
   * @returns their ids, in the order given
   * @throws invalid_input, dependency_unknown, text_too_large
   */
  async addMany(tasks: readonly BoardTaskEntry[]): Promise<string[]> {
    const client = await this.#connection.get();
    const added = await client.task.batch({
      tasks: tasks.map((entry) => {
        checkFields("TaskBoard.addMany", entry, ["title", "key", ...optionNames]);
        const { title, key, ...options } = entry;
        const { dependsOn, maxAttempts, ...rest } = inputOf(options);
        return {
          title,
          ...rest,
          ...(key === undefined ? {} : { key }),
          // the names of an operation's own input are translated, those inside of a list are not
          ...(dependsOn === undefined ? {} : { depends_on: dependsOn }),
          ...(maxAttempts === undefined ? {} : { max_attempts: maxAttempts }),
        };
      }),
    });
    return added.tasks.map(({ id }) => id);
  }

  /** The next task that suits, or null; nobody else is given it while the claim holds. */
  async claim(agent: string, options: ClaimOptions = {}): Promise<BoardTask | null> {
    checkFields("TaskBoard.claim", options, ["tags", "taskId", "ttlSeconds", "waitSeconds"]);
    const { tags, taskId, ttlSeconds, waitSeconds } = options;
    const client = await this.#connection.get();
    const { task } = await client.task.claim({
      agent,
      ...(tags === undefined ? {} : { tags: [...tags] }),
      ...(taskId === undefined ? {} : { taskId }),
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
      ...(waitSeconds === undefined ? {} : { timeoutSeconds: waitSeconds }),
    });
    if (task?.claim) this.#held.set(task.id, { agent, token: task.claim.token });
    return task;
  }

  /** Prolongs a claim made here. @throws claim_lost, claim_not_held */
  async renew(taskId: string): Promise<void> {
    await (await this.#connection.get()).task.renew(this.#proof(taskId));
  }

  /** @throws claim_lost, claim_not_held, task_ended: nothing was changed then */
  async complete(taskId: string, result?: string): Promise<void> {
    const client = await this.#connection.get();
    const proof = this.#proof(taskId);
    await client.task.complete({ ...proof, ...(result === undefined ? {} : { result }) });
    this.#held.delete(taskId);
  }

  /** It is given out again after a pause, until its attempts are used up. @throws as `complete` */
  async fail(taskId: string, error: string): Promise<void> {
    const client = await this.#connection.get();
    await client.task.fail({ ...this.#proof(taskId), error });
    this.#held.delete(taskId);
  }

  /** Gives it back undone; the attempt is not counted. @throws as `complete` */
  async release(taskId: string, reason?: string): Promise<void> {
    const client = await this.#connection.get();
    const proof = this.#proof(taskId);
    await client.task.release({ ...proof, ...(reason === undefined ? {} : { reason }) });
    this.#held.delete(taskId);
  }

  /** Gives back everything an agent has. @returns the ids of these tasks */
  async releaseAgentTasks(agent: string): Promise<string[]> {
    const client = await this.#connection.get();
    const { tasks } = await client.task.list({ agent, state: ["claimed"], all: true });
    for (const { id: taskId } of tasks) {
      await client.task.release({ taskId, agent });
      this.#held.delete(taskId);
    }
    return tasks.map(({ id }) => id);
  }

  /** @throws task_not_found */
  async get(taskId: string): Promise<BoardTask> {
    return (await (await this.#connection.get()).task.show({ taskId })).task;
  }

  /** Tasks in the order they were added: open ones, or those in these states. */
  async list(states: readonly string[] = []): Promise<BoardTaskHead[]> {
    const client = await this.#connection.get();
    const state = states.length === 0 ? openTaskStates : states;
    return (await client.task.list({ state: [...state], all: true })).tasks;
  }

  /** How many tasks are in each state, runs' tasks too. */
  async status(): Promise<BoardStatus> {
    const client = await this.#connection.get();
    const { counts } = await client.task.list({ limit: 1 });
    const all = counts as Omit<BoardStatus, "total">;
    return { ...all, total: Object.values(all).reduce((sum, count) => sum + count, 0) };
  }

  /**
   * Whether all of these have ended, or wait for one that failed.
   * @param options.waitSeconds waits for it so long; not at all when absent
   */
  async allEnded(
    taskIds: readonly string[],
    options: { readonly waitSeconds?: number | undefined } = {},
  ): Promise<boolean> {
    if (taskIds.length === 0) return true;
    const client = await this.#connection.get();
    const timeoutSeconds = options.waitSeconds ?? 0;
    const { outcome } = await client.task.wait({ taskIds: [...taskIds], timeoutSeconds });
    return outcome !== "timeout";
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Without a claim made here it is the board that refuses. */
  #proof(taskId: string): {
    readonly taskId: string;
    readonly agent?: string;
    readonly token?: number;
  } {
    return { taskId, ...this.#held.get(taskId) };
  }
}

const optionNames = ["body", "priority", "tags", "dependsOn", "attempts"];

function inputOf({ body, priority, tags, dependsOn, attempts }: BoardTaskOptions): {
  body?: string;
  priority?: number;
  tags?: string[];
  dependsOn?: string[];
  maxAttempts?: number;
} {
  return {
    ...(body === undefined ? {} : { body }),
    ...(priority === undefined ? {} : { priority }),
    ...(tags === undefined ? {} : { tags: [...tags] }),
    ...(dependsOn === undefined ? {} : { dependsOn: [...dependsOn] }),
    ...(attempts === undefined ? {} : { maxAttempts: attempts }),
  };
}
