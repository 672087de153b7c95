import type { RunFacts } from "../../domain/run.ts";

/** The key of the nth of many, from 1: sorts as text in the order of its numbers. */
export function numbered(prefix: string, n: number): string {
  return `${prefix}-${String(n).padStart(4, "0")}`;
}

/** The planned keys that are there, then what others put into the run, oldest first. */
export function keysInOrder(facts: RunFacts, planned: readonly string[]): string[] {
  const known = new Set(planned);
  const others = [...facts.tasks]
    .filter(([key]) => !known.has(key))
    .toSorted(([, a], [, b]) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    .map(([key]) => key);
  return [...planned.filter((key) => facts.tasks.has(key)), ...others];
}
