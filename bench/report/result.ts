import type { Figure, Goal } from "../goal.ts";
import type { MachineFacts } from "../measure/machine.ts";

/** What came of one goal. */
export interface Result {
  readonly id: string;
  readonly title: string;
  readonly limit: string;
  readonly moonshot: string;
  readonly figures: readonly Figure[];
  /** Why there are no figures, or no more of them. */
  readonly problem: string | null;
  readonly seconds: number;
  /** Cores that others kept busy right before it. */
  readonly busyCores: number;
}

export interface Report {
  readonly machine: MachineFacts;
  readonly version: string;
  readonly quick: boolean;
  readonly results: readonly Result[];
}

/** Every row that has something to reach reached it; undefined where none has, or none was taken. */
export function isReached(result: Pick<Result, "figures" | "problem">): boolean | undefined {
  const targets = result.figures.flatMap((figure) => (figure.target ? [figure.target] : []));
  if (result.problem !== null || targets.length === 0) return undefined;
  return targets.every((target) => target.met);
}

export function describe(goal: Goal): Pick<Result, "id" | "title" | "limit" | "moonshot"> {
  const { id, title, limit, moonshot } = goal;
  return { id, title, limit, moonshot };
}
