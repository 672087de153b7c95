import type { PlannedWork } from "../../domain/estimate.ts";
import type { RunKindName } from "../../domain/run.ts";
import type { PipelineSpec, Stage } from "./pipeline-spec.ts";
import type { PoolSpec, PoolTask } from "./pool.ts";
import type { SwarmSpec } from "./swarm.ts";
import type { TeamSpec } from "./team-spec.ts";
import type { WorkerSpec } from "./worker.ts";

/**
 * The tasks a run will have, as far as its spec tells: what an estimate is made of. Of what depends on
 * answers of agents it says the least and the most. Further attempts are not counted.
 */
export function workloadOf(kind: RunKindName, spec: unknown): PlannedWork[] {
  switch (kind) {
    case "pool":
      return ofTasks((spec as PoolSpec).tasks, 0);
    case "pipeline":
      return ofPipeline(spec as PipelineSpec);
    case "swarm":
      return ofSwarm(spec as SwarmSpec);
    case "team":
      return ofTeam(spec as TeamSpec);
  }
}

function ofPipeline({ stages, from }: PipelineSpec): PlannedWork[] {
  const first = from === null ? 0 : stages.findIndex(({ name }) => name === from);
  return stages.slice(Math.max(0, first)).flatMap((stage, step) => ofStage(stage, step));
}

function ofStage({ work }: Stage, step: number): PlannedWork[] {
  if (work.kind === "pool") return ofTasks(work.tasks, step);
  return [many(work.worker, step, [1, work.kind === "each" ? work.most : 1])];
}

function ofSwarm({ decomposer, worker, synthesiser, count }: SwarmSpec): PlannedWork[] {
  return [
    many(decomposer, 0, [1, 1]),
    // the repair of a division that cannot be used
    many(decomposer, 1, [0, 1]),
    many(worker, 2, [count, count]),
    many(synthesiser, 3, [1, 1]),
  ];
}

function ofTeam(spec: TeamSpec): PlannedWork[] {
  if (spec.form === "tasks") return [many(spec.lead, 0, [1, 1]), ...ofTasks(spec.tasks, 0)];
  const { planner, reviewers, lead, worker, approval } = spec;
  return [
    many(planner, 0, [1, approval.rounds]),
    ...reviewers.map((reviewer) => many(reviewer.worker, 1, [1, 1])),
    ...(reviewers.length > 0 ? [many(planner, 2, [1, 1])] : []),
    ...(approval.by === "lead" ? [many(lead, 3, [1, approval.rounds])] : []),
    many(worker, 4, [1, spec.maxTasks]),
    many(lead, 5, [1, 1]),
  ];
}

function ofTasks(tasks: readonly PoolTask[], step: number): PlannedWork[] {
  return tasks.flatMap(({ worker }) => ("refused" in worker ? [] : [many(worker, step, [1, 1])]));
}

function many(
  { providerId, model, profile }: WorkerSpec,
  step: number,
  [atLeast, atMost]: readonly [number, number],
): PlannedWork {
  return { providerId, model, role: profile, atLeast, atMost, step };
}
