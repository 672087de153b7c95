import type { Summary } from "./measure/statistics.ts";
import type { Bench } from "./stage/bench.ts";

/** One thing that is measured: what each file in goals/ exports as `goal`. */
export interface Goal {
  /** As in the list of goals: `G1`. */
  readonly id: string;
  readonly title: string;
  /** The smallest program that does the same, measured in the same run. */
  readonly limit: string;
  /** What is aimed at, in the words of the list of goals. */
  readonly moonshot: string;
  /** What the machine must have. */
  readonly needs: readonly Need[];
  readonly measure: (bench: Bench) => Promise<readonly Figure[]>;
}

export type Need = "tmux" | "python3" | "git" | "proc";

/** Which number of a summary is the one that is meant. */
export type Headline = "min" | "p50" | "p95" | "p99" | "max" | "mean";

export type Unit = "ms" | "% of a core" | "MB" | "kB" | "MB/s" | "bytes" | "";

/** One row of the report. */
export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly headline: Headline;
  readonly value: Summary;
  /** Null where the limit is nothing at all, so that no ratio exists. */
  readonly limit: Summary | null;
  /** Value to limit; taken pair by pair where both were measured in turns. */
  readonly ratio: number | null;
  /** Which part of the moonshot this row decides; rows without one explain others. */
  readonly target?: { readonly text: string; readonly met: boolean };
  readonly note?: string;
}
