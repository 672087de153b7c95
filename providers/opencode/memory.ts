import type { Fields } from "./fields.ts";
import { fieldsOf } from "./fields.ts";

/**
 * What was told so far, as plain JSON: kept with each reading, so that whoever connects next,
 * after a crash or a lost connection, tells the rest and nothing twice.
 */
export interface Memory {
  /** The agent's id of our conversation; null before it is made. */
  readonly conversation: string | null;
  /** The newest prompt that was told; older ones are history. */
  readonly newest: string;
  /** Messages of the user whose text has not come yet. */
  readonly pending: readonly string[];
  readonly turn: TurnMemory | null;
  /** Prompts the agent holds until it is through with what it does. */
  readonly queued: readonly QueuedPrompt[];
  /** Open dialogs by id, with the tool call each belongs to. */
  readonly dialogs: Readonly<Record<string, string>>;
  /** Null when it is not known. */
  readonly busy: boolean | null;
  readonly limited: boolean;
}

export interface TurnMemory {
  /** The id of its prompt. */
  readonly id: string;
  /** Answers of the model, by message id; one prompt has several when tools are used. */
  readonly steps: Readonly<Record<string, Step>>;
  readonly last: string | null;
  /** An error that no step carries. */
  readonly error: Failure | null;
  /** Why the last tool call that failed did. */
  readonly toolError: string | null;
}

export interface Step {
  readonly done: boolean;
  /** Why the model stopped: `stop`, `tool-calls`, … */
  readonly finish: string | null;
  readonly error: Failure | null;
  /** A summary of the conversation is no answer. */
  readonly summary: boolean;
  /** `provider/model`. */
  readonly model: string | null;
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly cacheWritten: number;
}

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly status: number | null;
}

export interface QueuedPrompt {
  readonly id: string;
  readonly text: string;
  readonly ref: string;
}

export const blank: Memory = {
  conversation: null,
  newest: "",
  pending: [],
  turn: null,
  queued: [],
  dialogs: {},
  busy: null,
  limited: false,
};

/** The memory of an earlier reading; ours alone writes it, so its shape is known. */
export function memoryOf(value: unknown): Memory {
  const fields: Fields = fieldsOf(value);
  return { ...blank, ...(fields as Partial<Memory>) };
}
