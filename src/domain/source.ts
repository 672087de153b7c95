/**
 * Where a statement about a session comes from, best first. `hook`, `api` and `log` are the
 * agent's own structured channels; `terminal` is what it signals through title, bell and OSC;
 * `screen` is rules over the visible text; `timer` is stillness alone.
 */
export const sources = [
  "process",
  "hook",
  "api",
  "log",
  "terminal",
  "screen",
  "timer",
  "operation",
] as const;

export type Source = (typeof sources)[number];

/** How far a statement may be believed. `none` says we do not know. */
export type Confidence = "certain" | "high" | "medium" | "low" | "none";

const confidenceBySource: Readonly<Record<Source, Confidence>> = {
  process: "certain",
  operation: "certain",
  hook: "high",
  api: "high",
  log: "high",
  terminal: "medium",
  screen: "medium",
  timer: "low",
};

export function confidenceOf(source: Source): Confidence {
  return confidenceBySource[source];
}

/** True for the channels in which the agent itself tells what it does. */
export function isStructured(source: Source): boolean {
  return source === "hook" || source === "api" || source === "log";
}
