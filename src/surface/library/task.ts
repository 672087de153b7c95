import { checkFields, checkNumber, checkText, wrong } from "./given.ts";
import {
  checkWorker,
  definedFields,
  workerFields,
  workerSpec,
  type WorkerOptions,
} from "./worker-options.ts";

export interface TaskOptions extends WorkerOptions {
  /** What to do; up to 1 MB. */
  readonly prompt: string;
  /** Shown in lists; the beginning of the prompt when absent. */
  readonly title?: string | undefined;
  /** What results and events call it; `agent-1`, `agent-2`, ... when absent. Unique in its pool. */
  readonly agentId?: string | undefined;
  /** Higher is begun first; results stay in the order of `submit`. */
  readonly priority?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Done in a session of its own, though the pool has `reuseSessions`. */
  readonly reuse?: false | undefined;
}

const fields = [...workerFields, "prompt", "title", "agentId", "priority", "tags", "reuse"];

/** A unit of work for one agent. */
export class Task {
  readonly options: Readonly<TaskOptions>;

  /** @throws invalid_input for what no task can be; what only the machine can tell fails the task alone */
  constructor(options: TaskOptions | string) {
    const given: TaskOptions = typeof options === "string" ? { prompt: options } : { ...options };
    checkFields("Task", given, fields);
    checkText("Task", "prompt", given.prompt);
    if (given.title !== undefined) checkText("Task", "title", given.title);
    if (given.agentId !== undefined) checkText("Task", "agentId", given.agentId);
    const priority = { value: given.priority, min: -1_000, max: 1_000, whole: true };
    checkNumber("Task", "priority", priority);
    const tags: unknown = given.tags ?? [];
    if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== "string" || tag === "")) {
      throw wrong("Task", "tags", "is no list of words");
    }
    if (given.reuse !== undefined && (given.reuse as unknown) !== false) {
      throw wrong("Task", "reuse", "can only be false; the pool's reuseSessions is for all");
    }
    checkWorker("Task", given);
    this.options = Object.freeze(given);
  }

  get prompt(): string {
    return this.options.prompt;
  }
}

/** A task in the words of a run file. */
export function taskSpec({ options }: Task, cwd: string): Record<string, unknown> {
  return {
    ...workerSpec(options, cwd),
    ...definedFields({
      prompt: options.prompt,
      title: options.title ?? options.agentId,
      priority: options.priority,
      tags: options.tags,
      reuse: options.reuse,
    }),
  };
}
