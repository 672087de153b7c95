export interface Knob {
  /** As it would be written. */
  readonly default: string;
  readonly about: string;
  /** What it accepts, in words. */
  readonly takes: string;
  readonly choices?: readonly string[];
}

export const knobs: Readonly<Record<string, Knob>>;
export const hookEvents: readonly string[];

/** A range in ms to draw from, or null for "off". */
export type Delay = readonly [from: number, to: number] | null;

export interface Knobs {
  readonly record: string;
  readonly hooks: boolean;
  readonly answers: string;
  readonly [name: string]:
    | string
    | number
    | boolean
    | Delay
    | { readonly first?: number; readonly percent?: number }
    | readonly string[]
    | readonly { readonly event: string; readonly fault: string }[];
}

/** @throws {TypeError} for an unknown name or a value that does not fit; `hint` says what does. */
export function readKnobs(given: Readonly<Record<string, string>>): Knobs;
