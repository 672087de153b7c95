import type { JsonSchema } from "../../domain/json/json-schema.ts";
import { checkFields, checkText, wrong } from "./given.ts";
import { Task, taskSpec, type TaskOptions } from "./task.ts";
import {
  checkWorker,
  definedFields,
  workerFields,
  workerSpec,
  type WorkerOptions,
} from "./worker-options.ts";

/** Shapes a response: a function of this program, or a rule that needs none. */
export type StageTransform =
  | ((response: string) => string | Promise<string>)
  /** Characters of the beginning, or of the end. */
  | { readonly first: number }
  | { readonly last: number }
  /** The JSON in it, by itself; with a schema the first that fits. */
  | { readonly json: true | { readonly schema: JsonSchema } }
  /** What is at a path of its JSON, as `$.tasks[0].title`. */
  | { readonly path: string }
  /** What a command makes of it, from standard input to standard output. */
  | { readonly shell: string; readonly timeout?: string | number };

export interface StageOptions extends WorkerOptions {
  /**
   * What to do. `{previous_response}` stands for what the stage before answered (it is appended where
   * it is not named), `{stages.<name>.response}` for what an earlier one did, `{input}` for the
   * pipeline's input.
   */
  readonly prompt?: string | undefined;
  /** Several tasks at once instead; their prompts are templates as well. */
  readonly tasks?: readonly (TaskOptions | string)[] | undefined;
  /** The prompt once for each entry of the JSON list that the stage before answered, as `{item}`. */
  readonly each?: boolean | undefined;
  /** Of several tasks: goes on with what there is when some failed. */
  readonly allowPartial?: boolean | undefined;
  /** Shapes this stage's response for the next one; in order when several. */
  readonly transform?: StageTransform | readonly StageTransform[] | undefined;
}

const fields = [...workerFields, "prompt", "tasks", "each", "allowPartial", "transform"];
const rules = ["first", "last", "json", "path", "shell"];

/** One step of a pipeline. */
export class Stage {
  readonly name: string;
  readonly options: Readonly<StageOptions>;

  /** @throws invalid_input */
  constructor(name: string, options: StageOptions) {
    const what = `Stage ${name}`;
    checkText("Stage", "name", name);
    checkFields(what, options, fields);
    if (options.tasks === undefined) checkText(what, "prompt", options.prompt);
    checkWorker(what, options);
    this.name = name;
    this.options = Object.freeze({ ...options });
    for (const transform of this.transforms) checkTransform(what, transform);
  }

  get transforms(): readonly StageTransform[] {
    const { transform } = this.options;
    if (transform === undefined) return [];
    return isList(transform) ? transform : [transform];
  }
}

/** The stage in the words of a run file. @param transform what shapes the response before it */
export function stageSpec(
  { name, options }: Stage,
  transform: readonly Record<string, unknown>[],
  cwd: string,
): Record<string, unknown> {
  return {
    ...workerSpec(options, cwd),
    ...definedFields({
      name,
      prompt: options.prompt,
      tasks: options.tasks?.map((task) => taskSpec(new Task(task), cwd)),
      each: options.each,
      allow_partial: options.allowPartial,
      transform: transform.length === 0 ? undefined : transform,
    }),
  };
}

function checkTransform(what: string, transform: unknown): void {
  if (typeof transform === "function") return;
  const given = typeof transform === "object" && transform !== null ? Object.keys(transform) : [];
  const rule = given.find((field) => field !== "timeout");
  if (rule !== undefined && rules.includes(rule)) return;
  throw wrong(what, "transform", `is neither a function nor one of ${rules.join(", ")}`);
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
