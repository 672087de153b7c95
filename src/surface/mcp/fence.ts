import { changeAt } from "./worker-path.ts";

/**
 * Marks text that a worker wrote, so that the model that reads it can tell it from our words. The
 * marker holds a number the worker cannot know; markers inside the text are broken.
 */
export interface Fence {
  text(text: string): string;
  /** The output with the text at each path fenced. */
  output(output: unknown, paths: readonly string[]): unknown;
}

/** A fence for one answer. @param nonce 16 hex digits, never used before */
export function createFence(nonce: string): Fence {
  const begin = `BEGIN_${marker}_${nonce}`;
  const end = `END_${marker}_${nonce}`;
  const text = (inner: string): string => `${begin}\n${escape(inner)}\n${end}`;
  const value = (inner: unknown): unknown => {
    if (typeof inner === "string") return inner === "" ? inner : text(inner);
    // one fence around a list of names: its first and last element
    if (!Array.isArray(inner) || inner.length === 0) return inner;
    return [begin, ...inner.map((one) => (typeof one === "string" ? escape(one) : one)), end];
  };
  return {
    text,
    output: (output, paths) =>
      changeAt(output, paths, (holder, name) => ({ ...holder, [name]: value(holder[name]) })),
  };
}

const marker = "UNTRUSTED_WORKER_OUTPUT";

function escape(text: string): string {
  return text.replace(/(UNTRUSTED_WORKER_OUTPUT)_/gi, "$1\\_");
}
