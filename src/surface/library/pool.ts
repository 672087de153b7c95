import { AgentpoolError } from "../../domain/errors.ts";
import type { RunKindName } from "../../domain/run.ts";
import type { ConnectOptions } from "./connect.ts";
import { Connection, connectFields } from "./connection.ts";
import { EventSinks, type EventSinkOptions } from "./event-sinks.ts";
import { followRun } from "./follow-run.ts";
import { checkFields, checkNumber, checkText, wrong } from "./given.ts";
import { MessageBus } from "./message-bus.ts";
import type { PoolEvent } from "./pool-event.ts";
import { checkRun, runFields, startInput, type RunOptions } from "./run-options.ts";
import type { SessionResult } from "./session-result.ts";
import { Task, taskSpec, type TaskOptions } from "./task.ts";
import { TeamBoard, type TeamTaskOptions } from "./team-board.ts";
import {
  checkWorker,
  definedFields,
  workerFields,
  workerSpec,
  type WorkerOptions,
} from "./worker-options.ts";

export interface PoolSettings extends WorkerOptions, RunOptions, EventSinkOptions {
  /**
   * Agents at work at once, 4 when absent. However it is set, the home's settings bound it:
   * `policy.max_parallel_sessions`, and a provider's `max_parallel`.
   */
  readonly maxAgents?: number | undefined;
  /** `parallel`, independent tasks; or `team`, a lead beside workers on a list. */
  readonly mode?: "parallel" | "team" | undefined;
  /**
   * Of independent tasks: an idle session may do the next task that is just like its last, and
   * remembers that one. Each task has a session of its own when absent.
   */
  readonly reuseSessions?: boolean | undefined;
}

export interface AgentPoolOptions extends PoolSettings, ConnectOptions {
  /** Settings that several pools share; never changed, and what stands beside it goes before. */
  readonly config?: PoolSettings | undefined;
}

export interface TeamOptions {
  /** What the lead does. It coordinates: it changes no file, and any other tool is refused. */
  readonly leadPrompt: string;
  /** Said to each worker besides its task. */
  readonly workerPrompt?: string | undefined;
  /** Workers beside the lead; one less than `maxAgents`, and never more. */
  readonly numWorkers?: number | undefined;
  readonly lead?: WorkerOptions | undefined;
  readonly worker?: WorkerOptions | undefined;
  /** A task ends when its worker says so by `complete_task` (the default), or with its turn. */
  readonly endsWith?: "completion" | "turn" | undefined;
}

const settings = [
  ...workerFields,
  ...runFields,
  "eventCallback",
  "logFile",
  "maxAgents",
  "mode",
  "reuseSessions",
] as const;
const teamFields = ["leadPrompt", "workerPrompt", "numWorkers", "lead", "worker", "endsWith"];
const defaultAgents = 4;

/**
 * Several agents at work on tasks, on the home's own scheduler: sessions, results and the run itself
 * are those that `agentpool run` shows, and they outlive a program that dies. One task that fails
 * harms no other.
 *
 * `await using pool = new AgentPool({ provider, maxAgents: 3 })`
 */
export class AgentPool implements AsyncDisposable {
  readonly taskBoard = new TeamBoard();
  readonly #options: AgentPoolOptions;
  readonly #connection: Connection;
  readonly #sinks: EventSinks;
  readonly #tasks: { readonly agentId: string; readonly task: Task }[] = [];
  #submitted = 0;
  #messages: MessageBus | undefined;
  #running: Promise<unknown> | undefined;
  #runId: string | null = null;
  #closing: Promise<void> | undefined;
  #stop = false;

  /** @throws invalid_input */
  constructor(options: AgentPoolOptions = {}) {
    checkFields("AgentPool", options, [...settings, ...connectFields, "config"]);
    const { config = {}, ...own } = options;
    checkFields("AgentPool config", config, settings);
    const merged: AgentPoolOptions = { ...config, ...definedFields({ ...own }) };
    checkWorker("AgentPool", merged);
    checkRun("AgentPool", merged);
    const agents = { value: merged.maxAgents, min: 1, max: 1_000, whole: true };
    checkNumber("AgentPool", "maxAgents", agents);
    const mode: string = merged.mode ?? "parallel";
    if (mode !== "parallel" && mode !== "team") {
      throw wrong("AgentPool", "mode", `is "${mode}"; it is parallel or team`);
    }
    const reuse: unknown = merged.reuseSessions ?? false;
    if (typeof reuse !== "boolean") throw wrong("AgentPool", "reuseSessions", "is no boolean");
    if (reuse && mode === "team") {
      throw wrong("AgentPool", "reuseSessions", "is for independent tasks, and the mode is team");
    }
    this.#options = merged;
    this.#connection = new Connection(merged);
    this.#sinks = new EventSinks(merged);
  }

  /** The run that goes on, or went last; null before the first. */
  get runId(): string | null {
    return this.#runId;
  }

  /** Messages between this program, its agents and whoever else is in this home. */
  get messageBus(): MessageBus {
    return (this.#messages ??= new MessageBus(this.#connection));
  }

  /**
   * Puts a task in line for `run`.
   * @returns what results and events call it
   * @throws provider_required when neither the pool, nor the task, nor a profile of theirs names one
   */
  submit(given: Task | TaskOptions | string): string {
    this.#need("parallel", "submit");
    const task = given instanceof Task ? given : new Task(given);
    this.#needProvider(task.options);
    const isTaken = (id: string): boolean => this.#tasks.some((one) => one.agentId === id);
    let n = this.#submitted + 1;
    while (task.options.agentId === undefined && isTaken(`agent-${n}`)) n += 1;
    const agentId = task.options.agentId ?? `agent-${n}`;
    if (isTaken(agentId)) {
      throw wrong("AgentPool.submit", "agentId", `"${agentId}" is another task's already`);
    }
    this.#submitted = task.options.agentId === undefined ? n : this.#submitted + 1;
    this.#tasks.push({ agentId, task });
    return agentId;
  }

  /**
   * Has everything done that was submitted since the last run.
   * @returns a result for each, in the order of `submit`, however it ended
   */
  async run(): Promise<SessionResult[]> {
    this.#need("parallel", "run");
    this.#needRest();
    const tasks = this.#tasks.splice(0);
    if (tasks.length === 0) {
      // whoever reads along waits for an end
      this.#sinks.end();
      return [];
    }
    const { cwd } = this.#connection;
    const { reuseSessions } = this.#options;
    const spec = {
      ...definedFields({ reuse_sessions: reuseSessions }),
      tasks: tasks.map(({ task }) => taskSpec(task, cwd)),
    };
    const names = tasks.map(({ agentId }) => agentId);
    const nameOf = (key: string | null): string =>
      names[Number(/^task-(\d+)$/.exec(key ?? "")?.[1]) - 1] ?? key ?? "";
    try {
      return await this.#carryOut("pool", spec, { nameOf, concurrency: this.#maxAgents });
    } catch (thrown) {
      // what never began is in line for the next run
      if (this.#runId === null) this.#tasks.unshift(...tasks);
      throw thrown;
    }
  }

  /** Puts tasks on the team's board. @returns their keys, for `dependsOn` of `taskBoard.add` */
  addTasks<const Texts extends readonly string[]>(
    descriptions: Texts,
    options: TeamTaskOptions = {},
  ): { -readonly [At in keyof Texts]: string } {
    this.#need("team", "addTasks");
    const keys = descriptions.map((description) => this.taskBoard.add(description, options));
    return keys as { -readonly [At in keyof Texts]: string };
  }

  /**
   * Has a lead and workers do what is on the board.
   * @returns the lead's result, then one for each task in the order they were added
   * @throws provider_required, invalid_input without a task
   */
  async runTeam(options: TeamOptions): Promise<SessionResult[]> {
    this.#need("team", "runTeam");
    this.#needRest();
    checkFields("runTeam", options, teamFields);
    checkText("runTeam", "leadPrompt", options.leadPrompt);
    const { lead = {}, worker = {}, endsWith = "completion", numWorkers } = options;
    for (const [who, one] of [
      ["runTeam lead", lead],
      ["runTeam worker", worker],
    ] as const) {
      checkFields(who, one, workerFields);
      checkWorker(who, one);
      this.#needProvider(one);
    }
    checkNumber("runTeam", "numWorkers", { value: numWorkers, min: 1, max: 1_000, whole: true });
    if (this.taskBoard.size === 0) {
      throw wrong("runTeam", "addTasks", "was never called: the team has nothing to do");
    }
    const { cwd } = this.#connection;
    const most = Math.max(1, this.#maxAgents - 1);
    const workers = Math.min(numWorkers ?? most, most);
    // the profiles of a team say where they work, unless the pool does
    const { isolation } = this.#options;
    const spec = {
      lead_prompt: options.leadPrompt,
      tasks: this.taskBoard.spec(cwd),
      workers,
      ends_with: endsWith,
      lead: workerSpec(lead, cwd),
      worker: definedFields({
        isolation,
        system_prompt: options.workerPrompt,
        ...workerSpec(worker, cwd),
      }),
    };
    const nameOf = (key: string | null): string => key ?? "added by the lead";
    return this.#carryOut("team", spec, { nameOf, concurrency: workers + 1 });
  }

  /**
   * Everything that happens from now on, to the end of the run that goes on or begins next. Read it
   * beside `run`, not before; of a pool that is closed there is nothing to come.
   */
  events(): AsyncIterableIterator<PoolEvent> {
    return this.#sinks.events();
  }

  /**
   * Ends the run: its sessions are ended, what they did is kept, and `run` gives what there is, the
   * rest as `cancelled`. Without a run nothing happens.
   */
  async requestStop(): Promise<void> {
    if (!this.#running) return;
    this.#stop = true;
    if (this.#runId === null) return;
    const client = await this.#connection.get();
    await client.run.cancel({ runId: this.#runId, because: "the program asked it to stop" });
  }

  /** Ends a run that still goes on, and the connection. */
  close(): Promise<void> {
    return (this.#closing ??= this.#leave());
  }

  async #leave(): Promise<void> {
    const running = this.#running?.catch(() => undefined);
    try {
      await this.requestStop();
      await running;
    } finally {
      // who cannot be asked to end the run is left all the same
      this.#sinks.close();
      await this.#connection.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #maxAgents(): number {
    return this.#options.maxAgents ?? defaultAgents;
  }

  #carryOut(
    kind: RunKindName,
    spec: Record<string, unknown>,
    how: { readonly nameOf: (key: string | null) => string; readonly concurrency: number },
  ): Promise<SessionResult[]> {
    const running = this.#follow(kind, spec, how).finally(() => {
      this.#running = undefined;
      this.#sinks.end();
    });
    this.#running = running;
    return running;
  }

  async #follow(
    kind: RunKindName,
    spec: Record<string, unknown>,
    how: { readonly nameOf: (key: string | null) => string; readonly concurrency: number },
  ): Promise<SessionResult[]> {
    this.#stop = false;
    this.#runId = null;
    const { cwd } = this.#connection;
    const client = await this.#connection.get();
    const input = startInput(kind, spec, { ...this.#options, concurrency: how.concurrency, cwd });
    let stopping: Promise<unknown> | undefined;
    const { results } = await followRun(client, input, {
      nameOf: how.nameOf,
      tell: (event) => this.#sinks.tell(event),
      begun: (runId) => {
        this.#runId = runId;
        if (kind === "team") this.taskBoard.begun(() => client.run.show({ runId }));
        if (!this.#stop) return;
        stopping = this.requestStop();
        // told when the run is over, and no end of the program before
        stopping.catch(() => undefined);
      },
    });
    await stopping;
    return [...results];
  }

  #need(mode: "parallel" | "team", method: string): void {
    if (this.#closing) throw wrong("AgentPool", method, "was called after close");
    const actual = this.#options.mode ?? "parallel";
    if (actual === mode) return;
    throw wrong("AgentPool", "mode", `is ${actual}, and ${method} is for ${mode}`);
  }

  #needRest(): void {
    if (!this.#running) return;
    throw new AgentpoolError("conflict", "The pool is at work", {
      why: "One run of it goes on already.",
      hint: "Await it first, or use another pool.",
    });
  }

  #needProvider({ provider, profile }: WorkerOptions): void {
    const { provider: usual, profile: usualProfile } = this.#options;
    if (provider ?? profile ?? usual ?? usualProfile) return;
    throw new AgentpoolError("provider_required", "No provider was named", {
      why: "Neither the pool nor the task names one, or a profile that does; none is ever chosen.",
      hint: "new AgentPool({ provider: ... }). Which there are: agentpool inventory",
    });
  }
}
