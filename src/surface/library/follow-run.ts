import { randomUUID } from "node:crypto";
import type { AgentPoolClient, AgentpoolEvent } from "./client.ts";
import type { PoolEvent } from "./pool-event.ts";
import { readResult, type SessionResult } from "./session-result.ts";

export type RunView = Awaited<ReturnType<AgentPoolClient["run"]["show"]>>;
export type StartInput = Parameters<AgentPoolClient["run"]["start"]>[0];

export interface FollowOptions {
  /** What results and events call the task with this key. */
  readonly nameOf: (key: string | null) => string;
  readonly tell: (event: PoolEvent) => void;
  /** Told once the run is recorded, before anything of it is waited for. */
  readonly begun: (runId: string) => void;
  /** Whether a task is one that this program does itself; it is not waited for here. */
  readonly added?: (taskId: string) => Promise<boolean>;
}

export interface FollowedRun {
  readonly view: RunView;
  /** Of the tasks that agents did, in the order of the run's kind. */
  readonly results: readonly SessionResult[];
}

/**
 * Begins a run and follows it by its events to its end. The supervisor carries it out: a program that
 * dies here leaves a run that goes on, and `agentpool run watch @last` shows it.
 */
export async function followRun(
  client: AgentPoolClient,
  input: StartInput,
  options: FollowOptions,
): Promise<FollowedRun> {
  const { cursor } = await client.event.list({ limit: 1 });
  const { run } = await client.run.start(input, { idempotencyKey: randomUUID() });
  const follower = new Follower(client, run.id, options);
  options.tell({ type: "run_started", runId: run.id, at: Date.now() });
  options.begun(run.id);
  await follower.follow(cursor);
  const view = await client.run.show({ runId: run.id });
  const results = await follower.resultsOf(view);
  const { state, because } = view.run;
  options.tell({ type: "run_ended", runId: run.id, at: Date.now(), state, because });
  return { view, results };
}

class Follower {
  readonly #client: AgentPoolClient;
  readonly #runId: string;
  readonly #options: FollowOptions;
  /** Claimed tasks whose session is not known yet; as many as are at work, at most. */
  readonly #begun = new Set<string>();
  /** Names of agents, by the session that works for them. */
  readonly #agents = new Map<string, string>();
  readonly #results = new Map<string, SessionResult>();
  /** Tasks that no agent does. */
  readonly #own = new Set<string>();

  constructor(client: AgentPoolClient, runId: string, options: FollowOptions) {
    this.#client = client;
    this.#runId = runId;
    this.#options = options;
  }

  async follow(after: number): Promise<void> {
    for await (const event of this.#client.events({ after })) {
      if (event.runId === this.#runId) {
        if (event.type === "run_ended") return;
        await this.#heard(event);
      }
      if (event.sessionId !== null) await this.#ofSession(event);
    }
  }

  async resultsOf({ tasks }: RunView): Promise<SessionResult[]> {
    const results: SessionResult[] = [];
    for (const { id } of tasks) {
      if (this.#own.has(id)) continue;
      results.push(this.#results.get(id) ?? (await this.#result(id)));
    }
    return results;
  }

  async #heard(event: AgentpoolEvent): Promise<void> {
    if (event.type === "task_added") {
      if (await this.#options.added?.(event.taskId)) this.#own.add(event.taskId);
    } else if (event.type === "task_claimed") {
      if (!this.#own.has(event.taskId)) this.#begun.add(event.taskId);
    } else if (event.type === "task_released") this.#begun.delete(event.taskId);
    else if (isTaskEnd(event)) await this.#ended(event.taskId);
  }

  async #ended(taskId: string): Promise<void> {
    if (this.#own.has(taskId)) return;
    await this.#findStarted([taskId]);
    this.#begun.delete(taskId);
    const data = await this.#result(taskId);
    this.#results.set(taskId, data);
    if (data.sessionId !== null) this.#agents.delete(data.sessionId);
    this.#tell({ type: "agent_complete", agentId: data.agentId, data });
  }

  /** A session writes its first events before and after its task knows it. */
  async #ofSession(event: AgentpoolEvent): Promise<void> {
    if (this.#begun.size > 0) await this.#findStarted([...this.#begun]);
    const agentId = this.#agents.get(event.sessionId ?? "");
    if (agentId === undefined || event.type !== "session_state_changed") return;
    const { to: state, because } = event;
    if (!waiting.has(state)) return;
    const data = { sessionId: event.sessionId ?? "", state, because };
    this.#tell({ type: "agent_waiting", agentId, data });
  }

  /** Tells of those whose session is known by now. */
  async #findStarted(taskIds: readonly string[]): Promise<void> {
    for (const taskId of taskIds.filter((id) => this.#begun.has(id))) {
      const { task } = await this.#client.task.show({ taskId });
      const sessionId = task.claim?.sessionId ?? null;
      if (sessionId === null) continue;
      this.#begun.delete(taskId);
      const { session } = await this.#client.session.show({ sessionId });
      const agentId = this.#options.nameOf(task.key);
      this.#agents.set(sessionId, agentId);
      const { providerId: provider, model } = session;
      const data = { taskId, sessionId, attempt: task.attempt, provider, model };
      this.#tell({ type: "agent_started", agentId, data });
    }
  }

  #result(taskId: string): Promise<SessionResult> {
    return readResult(this.#client, taskId, this.#options.nameOf);
  }

  #tell(event: Told): void {
    this.#options.tell({ ...event, runId: this.#runId, at: Date.now() });
  }
}

type TaskEnd = Extract<
  AgentpoolEvent,
  { readonly type: "task_completed" | "task_failed" | "task_cancelled" }
>;

function isTaskEnd(event: AgentpoolEvent): event is TaskEnd {
  return ["task_completed", "task_failed", "task_cancelled"].includes(event.type);
}

type Untimed<One> = One extends PoolEvent ? Omit<One, "runId" | "at"> : never;
type Told = Untimed<Extract<PoolEvent, { readonly agentId: string }>>;

const waiting: ReadonlySet<string> = new Set(["awaiting_input", "awaiting_approval", "limited"]);
