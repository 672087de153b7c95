import type { Transform } from "../../domain/transform.ts";
import type { PoolTask } from "./pool.ts";
import type { WorkerSpec } from "./worker.ts";

/** Stages one after the other, each with what came out of those before it. */
export interface PipelineSpec {
  /** What stands for `{input}`. */
  readonly input: string | null;
  /** At least one; names are unique. */
  readonly stages: readonly Stage[];
  /** The stage to begin with; those before it are taken from `earlier`. Null for the first. */
  readonly from: string | null;
  /** Responses of stages of an earlier run, by name. */
  readonly earlier: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly name: string;
  /** Applied in order to the response of the stage before, which is what this one gets then. */
  readonly transforms: readonly Transform[];
  readonly maxAttempts: number;
  readonly work: PromptWork | PoolWork | EachWork;
}

export interface PromptWork {
  readonly kind: "prompt";
  readonly prompt: string;
  readonly worker: WorkerSpec;
}

/** Several tasks at once; their prompts are templates as well. */
export interface PoolWork {
  readonly kind: "pool";
  readonly tasks: readonly PoolTask[];
  /** Goes on with what there is when some of them failed. */
  readonly allowPartial: boolean;
}

/** One task for each entry of the JSON list that the stage before answered with. */
export interface EachWork {
  readonly kind: "each";
  readonly prompt: string;
  /** A template too; null for a number. */
  readonly title: string | null;
  readonly worker: WorkerSpec;
  readonly allowPartial: boolean;
  /** A longer list fails the stage. */
  readonly most: number;
}

/** Its task is found by the tag `transform:<name>`, and a tag has 64 characters at most. */
export const longestProgramName = 64 - "transform:".length;

export function isProgramName(text: string): boolean {
  return /^[\p{L}\p{N}._:/@+-]+$/u.test(text) && text.length <= longestProgramName;
}

export function isStageName(text: string): boolean {
  return /^[A-Za-z0-9][\w-]{0,63}$/.test(text);
}
