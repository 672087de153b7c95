import { AgentpoolError, messageWithWhy } from "../../domain/errors.ts";
import type { Run } from "../../domain/run.ts";
import type { Session } from "../../domain/session.ts";
import type { ShellFilter, Task, TaskExecution } from "../../domain/task.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Sessions } from "../../session/sessions.ts";
import type { AttemptEnd } from "./attempt-end.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import type { Environment, RunEnvironments } from "./environment.ts";
import { presentKey, reminderKey } from "./read-attempt.ts";
import { runAsker } from "./run-asker.ts";
import { runFilter } from "./shell-filter.ts";
import { isOfAgent, judgeSpawnFailure, type SpawnFailure } from "./spawn-failure.ts";
import { spawnRequest, taskText } from "./spawn-request.ts";

export interface AttemptStartParts extends Pick<SessionParts, "store" | "log" | "now" | "machine"> {
  readonly sessions: Pick<Sessions, "spawn" | "send">;
  readonly environments: RunEnvironments;
}

/** A start that there was no room for: its claim was given back. */
export type Begun = "begun" | "no_environment" | Extract<SpawnFailure, { kind: "wait" }>;

/** So long an idle session may take to be given a text; the task is given back then. */
const textMs = 600_000;

const reminder = (taskId: string): string =>
  `Your turn ended and the task is still open. When it is done, call complete_task with task_id ${taskId} ` +
  "and the result; when it cannot be done, call fail_task with the reason. Otherwise go on with it now.";

/**
 * Gives a claimed task to who is to do it: a session that is started for it, an idle one that did
 * another before, or a command. Each step made twice is made once.
 */
export class AttemptStart {
  readonly #parts: AttemptStartParts;
  readonly #record: AttemptRecord;
  readonly #end: AttemptEnd;

  constructor(
    parts: AttemptStartParts,
    { record, end }: { readonly record: AttemptRecord; readonly end: AttemptEnd },
  ) {
    this.#parts = parts;
    this.#record = record;
    this.#end = end;
  }

  /** Starts the session, or writes down why there is none. */
  async begin(run: Run, task: Task): Promise<Begun> {
    const { filter } = executionOf(task);
    const env = await this.#parts.environments.read(run.id);
    if (!env) {
      await this.#record.giveBack(task, "the values of its environment are gone");
      return "no_environment";
    }
    if (filter) {
      await this.#filter(run, task, filter, env);
      return "begun";
    }
    return this.#spawn(run, task, env);
  }

  /** Gives an idle session its task as the next text; the same text however often it is asked. */
  async handOver(run: Run, task: Task, session: Session): Promise<void> {
    const { store, log } = this.#parts;
    const before = await store.tasks.byIds(task.dependsOn);
    const text = taskText(task, executionOf(task), before);
    try {
      await this.#say(run, session, { text, key: presentKey(task), opensTurn: true });
    } catch (thrown) {
      const error = AgentpoolError.from(thrown);
      if (error.code === "stale_epoch") throw thrown;
      log("info", "a task was not given to an idle session", {
        task: task.id,
        session: session.id,
        because: error.message,
      });
      await this.#end.takeBack(run, task, session, messageWithWhy(error));
    }
  }

  /** Tells it once that its turn is over and its task is not. */
  async remind(run: Run, task: Task, session: Session): Promise<void> {
    await this.#say(run, session, { text: reminder(task.id), key: reminderKey(task) });
  }

  async #spawn(run: Run, task: Task, env: Environment): Promise<Begun> {
    const { store, sessions, now, log } = this.#parts;
    const key = presentKey(task);
    try {
      const before = await store.tasks.byIds(task.dependsOn);
      const request = spawnRequest(run, task, executionOf(task), { env, before });
      const { session } = await sessions.spawn(request, runAsker(run.id, key));
      await this.#record.bind(task, session);
      return "begun";
    } catch (thrown) {
      const error = AgentpoolError.from(thrown);
      if (error.code === "stale_epoch") throw thrown;
      // one that was begun and then failed is judged by what became of it
      if (await store.sessions.byIdempotencyKey(key)) return "begun";
      const failure = judgeSpawnFailure(error, now());
      const because = messageWithWhy(error);
      log("info", "a task's session was not started", {
        task: task.id,
        code: error.code,
        because: error.message,
      });
      if (isOfAgent(error) && (await this.#record.switchAgent(task, because))) return "begun";
      if (failure.kind === "wait") {
        await this.#record.giveBack(task, because);
        return failure;
      }
      await this.#record.fail(task, because, { mayRetry: failure.kind === "retry" });
      return "begun";
    }
  }

  /** Runs the command a task is instead of an agent; cut off, it is run again. */
  async #filter(run: Run, task: Task, filter: ShellFilter, env: Environment): Promise<void> {
    const ended = await runFilter(this.#parts.machine, filter, {
      cwd: run.repoPath,
      input: task.body,
      env,
    });
    if (ended.ok) await this.#record.complete(task, ended.output, []);
    else await this.#record.fail(task, ended.because, { mayRetry: ended.mayRetry });
  }

  async #say(
    { id: runId }: Run,
    session: Session,
    {
      text,
      key,
      ...opening
    }: { readonly text: string; readonly key: string; readonly opensTurn?: true },
  ): Promise<void> {
    await this.#parts.sessions.send(
      {
        session: session.id,
        text,
        command: false,
        when: "idle",
        waitFor: "none",
        timeoutMs: 0,
        ttlMs: textMs,
        ...opening,
      },
      runAsker(runId, key),
    );
  }
}

function executionOf({ id, claim, execution }: Task): TaskExecution {
  if (claim && execution) return execution;
  throw new Error(`task ${id} is not claimed to be carried out`);
}
