import type { Capability, TaskExecution } from "../../domain/task.ts";

/** Who does a task and how: everything that a run file, a profile and the defaults say together. */
export type WorkerSpec = Omit<TaskExecution, "endsWith" | "filter">;

/** The part of a planned task that follows from who does it. */
export function doneBy(
  worker: WorkerSpec,
  endsWith: TaskExecution["endsWith"] = "turn",
): { readonly requires: Capability; readonly execution: TaskExecution } {
  return { requires: capabilityOf(worker), execution: { ...worker, endsWith } };
}

/** By the provider's id: that is what a session says it is of, whatever it was started by. */
export function capabilityOf(worker: WorkerSpec): Capability {
  const { providerId, definitionId = providerId, model, profile } = worker;
  return { providerId: definitionId, model, role: profile };
}

/** Done by whoever claims it. */
export const byAnybody: { readonly requires: Capability; readonly execution: null } = {
  requires: { providerId: null, model: null, role: null },
  execution: null,
};
