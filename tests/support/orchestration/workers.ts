import type { PoolTask } from "../../../src/orchestration/kinds/pool.ts";
import type { SwarmSpec } from "../../../src/orchestration/kinds/swarm.ts";
import type { PlannedTeam } from "../../../src/orchestration/kinds/team-spec.ts";
import type { WorkerSpec } from "../../../src/orchestration/kinds/worker.ts";

export function worker(over: Partial<WorkerSpec> = {}): WorkerSpec {
  return {
    providerId: "fake",
    model: null,
    effort: null,
    profile: null,
    systemPrompt: null,
    mode: "worktree",
    repoPath: "/repo",
    timeoutMs: null,
    ...over,
  };
}

export function poolTask(title: string, over: Partial<PoolTask> = {}): PoolTask {
  return {
    title,
    body: `Do ${title}`,
    priority: 0,
    tags: [],
    maxAttempts: 3,
    worker: worker(),
    ...over,
  };
}

export function swarmSpec(over: Partial<SwarmSpec> = {}): SwarmSpec {
  return {
    goal: "build it",
    count: 2,
    decomposer: worker({ mode: "read_only" }),
    worker: worker(),
    synthesiser: worker({ mode: "read_only" }),
    maxAttempts: 3,
    ...over,
  };
}

export function plannedTeam(over: Partial<PlannedTeam> = {}): PlannedTeam {
  return {
    form: "plan",
    goal: "build it",
    lead: worker({ profile: "lead", mode: "read_only" }),
    planner: worker({ profile: "planner", mode: "read_only" }),
    worker: worker({ profile: "worker" }),
    reviewers: [],
    roles: { tester: worker({ profile: "tester", model: "small" }) },
    approval: { by: "person", rounds: 2, timeoutMs: 1000, policyMaxTasks: null },
    maxTasks: 20,
    maxPhases: 5,
    maxAttempts: 3,
    endsWith: "completion",
    ...over,
  };
}
