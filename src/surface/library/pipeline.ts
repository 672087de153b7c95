import { AgentpoolError } from "../../domain/errors.ts";
import type { ConnectOptions } from "./connect.ts";
import { Connection, connectFields } from "./connection.ts";
import { describe, doTransform, shapeLast, type TransformFunction } from "./do-transforms.ts";
import { EventSinks, type EventSinkOptions } from "./event-sinks.ts";
import { followRun } from "./follow-run.ts";
import { checkFields, checkText, wrong } from "./given.ts";
import type { PoolEvent } from "./pool-event.ts";
import { checkRun, runFields, startInput, type RunOptions } from "./run-options.ts";
import type { SessionResult } from "./session-result.ts";
import { Stage, stageSpec } from "./stage.ts";
import { checkWorker, workerFields, type WorkerOptions } from "./worker-options.ts";

export interface PipelineOptions
  extends WorkerOptions, RunOptions, EventSinkOptions, ConnectOptions {
  /** What stands for `{input}`. */
  readonly input?: string | undefined;
}

export interface StageResult extends SessionResult {
  /** Name of the stage; one that is several tasks has a result for each. */
  readonly stage: string;
}

export interface PipelineResult {
  /** Of the stages that were begun, in order. */
  readonly stages: readonly StageResult[];
  /** What the last stage that answered said, shaped by its transforms; empty when none did. */
  readonly finalResponse: string;
  /** Whether all stages completed. */
  readonly success: boolean;
  /** Why not; null for a success. */
  readonly error: string | null;
  /** Of all stages together, in seconds. */
  readonly totalDuration: number;
  readonly runId: string;
}

const fields = [
  ...workerFields,
  ...runFields,
  ...connectFields,
  "eventCallback",
  "logFile",
  "input",
];

/**
 * Stages one after the other, each with what the one before answered. The first that fails ends it
 * with the results so far.
 */
export class Pipeline {
  readonly #stages: readonly Stage[];
  readonly #options: PipelineOptions;
  readonly #sinks: EventSinks;

  /**
   * @throws invalid_input without a stage
   * @throws provider_required when neither a stage nor the pipeline names one
   */
  constructor(stages: readonly Stage[], options: PipelineOptions = {}) {
    const given: unknown = stages;
    if (!Array.isArray(given)) throw wrong("Pipeline", "stages", "is no list");
    if (stages.length === 0) throw wrong("Pipeline", "stages", "is empty: there is nothing to do");
    const odd = given.findIndex((one) => !(one instanceof Stage));
    if (odd !== -1) throw wrong("Pipeline", `stages[${odd}]`, "is no Stage");
    checkFields("Pipeline", options, fields);
    checkWorker("Pipeline", options);
    checkRun("Pipeline", options);
    if (options.input !== undefined) checkText("Pipeline", "input", options.input);
    const shell = stages
      .at(-1)
      ?.transforms.some((one) => typeof one === "object" && "shell" in one);
    if (shell) {
      throw wrong(
        `Stage ${stages.at(-1)?.name}`,
        "transform",
        "is a command, and no stage follows",
      );
    }
    for (const stage of stages) needProvider(stage, options);
    this.#stages = [...stages];
    this.#options = { ...options };
    this.#sinks = new EventSinks(options);
  }

  /** Everything that happens from now on, to the end of the run that goes on or begins next. */
  events(): AsyncIterableIterator<PoolEvent> {
    return this.#sinks.events();
  }

  /**
   * Runs all stages.
   * @throws invalid_run for stages that cannot be begun: a name twice, a placeholder of no stage
   */
  async run(settings: { readonly signal?: AbortSignal | undefined } = {}): Promise<PipelineResult> {
    const connection = new Connection(this.#options);
    try {
      return await this.#run(connection, settings.signal);
    } finally {
      this.#sinks.end();
      await connection.close();
    }
  }

  async #run(connection: Connection, signal: AbortSignal | undefined): Promise<PipelineResult> {
    const { cwd } = connection;
    const functions = new Map<string, TransformFunction>();
    const spec = { stages: this.#spec(functions, cwd), ...inputOf(this.#options) };
    const client = await connection.get();
    const agent = `program-${process.pid}`;
    let stop: (() => void) | undefined;
    const doing: Promise<unknown>[] = [];
    // what fails is told when the run is over, and must not end the program before
    const begin = (work: Promise<unknown>): void => {
      work.catch(() => undefined);
      doing.push(work);
    };
    const over = new AbortController();
    try {
      const input = startInput("pipeline", spec, { ...this.#options, cwd });
      const { view, results } = await followRun(client, input, {
        nameOf: (key) => (key ?? "").replace(/^stage\./, ""),
        tell: (event) => this.#sinks.tell(event),
        added: async (taskId) => {
          const { key } = (await client.task.show({ taskId })).task;
          const shape = functions.get(key ?? "");
          if (shape) begin(doTransform(client, shape, { taskId, agent, over: over.signal }));
          return isTransform(key ?? "");
        },
        begun: (runId) => {
          const because = "the program asked it to stop";
          stop = () => begin(client.run.cancel({ runId, because }));
          if (signal?.aborted) stop();
          signal?.addEventListener("abort", stop, { once: true });
        },
      });
      over.abort();
      if (stop) signal?.removeEventListener("abort", stop);
      await Promise.all(doing);
      const stages = results.map((result) => ({
        ...result,
        stage: result.agentId.replace(/\.task-\d+$/, ""),
      }));
      const { id: runId, state, because, output } = view.run;
      return {
        ...(await this.#finish(stages, { output, state, because, signal })),
        stages,
        totalDuration: stages.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0),
        runId,
      };
    } finally {
      over.abort();
      if (stop) signal?.removeEventListener("abort", stop);
    }
  }

  /** A transform shapes what its own stage answered: in a run file it stands with the stage after. */
  #spec(functions: Map<string, TransformFunction>, cwd: string): Record<string, unknown>[] {
    return this.#stages.map((stage, index) => {
      const before = this.#stages[index - 1]?.transforms ?? [];
      const transforms = before.map((transform, n): Record<string, unknown> => {
        if (typeof transform !== "function") return { ...transform };
        functions.set(`stage.${stage.name}.transform-${n + 1}`, transform);
        return { program: /^\w{1,40}$/.test(transform.name) ? transform.name : "function" };
      });
      return stageSpec(stage, transforms, cwd);
    });
  }

  async #finish(
    stages: readonly StageResult[],
    run: {
      readonly output: string | null;
      readonly state: string;
      readonly because: string | null;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<Pick<PipelineResult, "finalResponse" | "success" | "error">> {
    const finalResponse = run.output ?? "";
    if (run.state !== "completed") {
      const failed = stages.find(({ error }) => error !== null)?.error;
      return { finalResponse, success: false, error: run.because ?? failed ?? "it did not end" };
    }
    const last = this.#stages.at(-1);
    try {
      const shaped = await shapeLast(last?.transforms ?? [], finalResponse, run.signal);
      return { finalResponse: shaped, success: true, error: null };
    } catch (thrown) {
      const error = `stage ${last?.name}: its transform: ${describe(thrown)}`;
      return { finalResponse, success: false, error };
    }
  }
}

function isTransform(key: string): boolean {
  return /\.transform-\d+$/.test(key);
}

function inputOf({ input }: PipelineOptions): { readonly input?: string } {
  return input === undefined ? {} : { input };
}

function needProvider({ name, options }: Stage, usual: PipelineOptions): void {
  const named = options.provider ?? options.profile ?? usual.provider ?? usual.profile;
  if (named !== undefined) return;
  const tasks = options.tasks ?? [];
  const isNamed = (task: (typeof tasks)[number]): boolean =>
    typeof task === "object" && (task.provider ?? task.profile) !== undefined;
  if (tasks.length > 0 && tasks.every(isNamed)) return;
  throw new AgentpoolError("provider_required", `No provider was named for stage ${name}`, {
    why: "Neither the stage nor the pipeline names one, or a profile that does; none is ever chosen.",
    hint: "new Pipeline(stages, { provider: ... }). Which there are: agentpool inventory",
  });
}
