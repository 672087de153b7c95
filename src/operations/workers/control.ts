import type { WorkerGroup } from "../../domain/worker-group.ts";
import { defineOperation, type OperationContext } from "../define.ts";
import { timeoutSeconds } from "../schemas.ts";
import { rulesFields, rulesOf, type RulesInput } from "./rules-fields.ts";
import {
  projectWorkers,
  workersJson,
  workersName,
  workersTable,
  type WorkersJson,
} from "./workers-json.ts";

interface Input {
  workers: string;
}

export interface Output {
  workers: WorkersJson;
}

export interface EndOutput extends Output {
  /** Nothing of it is left. */
  settled: boolean;
}

export const scale = defineOperation<Input & RulesInput, Output>()({
  name: "workers.scale",
  toolset: "runs",
  summary: "Change how many workers there may be",
  about:
    "What is not given stays as it is. What failed starts and a lack of room hold up is tried again " +
    "at once, with the environment of this command.",
  effect: "write",
  wantsEnvironment: true,
  schemas: (z) => ({
    input: z.strictObject({ workers: workersName(z), ...rulesFields(z, { presets: false }) }),
    output: z.looseObject({ workers: workersJson(z) }),
  }),
  errors: ["workers_not_found", "workers_ended", "invalid_input", "policy_blocked"],
  cli: {
    command: "workers scale",
    group: "Tasks",
    positionals: ["workers"],
    flags: { cool_down_seconds: ["cool-down"] },
    examples: ["agentpool workers scale w --max 3"],
    render: ({ workers }, style) => workersTable([workers], style),
  },
  mcp: {
    tool: "scale_workers",
    title: "Scale workers",
    description:
      "Change the bounds of a group of workers. Above max the surplus drains: it finishes what it has.",
    idempotent: true,
    openWorld: true,
    unlisted: ["break_after", "break_seconds"],
    workerText: ["workers.waits_because", "workers.decided_because"],
  },
  run: async (ctx, input) => {
    const { app, env } = ctx;
    const group = await app.workerGroups.scale(input.workers, rulesOf(input), env, ctx);
    return { workers: projectWorkers(group, app.now()) };
  },
});

interface EndInput extends Input {
  because?: string;
  timeout_seconds: number;
}

export const drain = defineOperation<EndInput, EndOutput>()({
  name: "workers.drain",
  toolset: "runs",
  summary: "End workers once each has finished the task it has",
  about: "None is given another task. The exit status is 124 when workers are left after the time.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      workers: workersName(z),
      because: z.string().min(1).max(500).optional().describe("Why, for whoever asks later"),
      timeout_seconds: timeoutSeconds(z, 0),
    }),
    output: z.looseObject({ workers: workersJson(z), settled: z.boolean() }),
  }),
  errors: ["workers_not_found"],
  cli: {
    command: "workers drain",
    group: "Tasks",
    positionals: ["workers"],
    flags: { timeout_seconds: ["wait"] },
    examples: ["agentpool workers drain w"],
    render: ({ workers }, style) => workersTable([workers], style),
    exitCode: ({ settled }) => (settled ? 0 : 124),
  },
  mcp: {
    tool: "drain_workers",
    title: "Drain workers",
    description:
      "End a group of workers gently: each finishes the task it has and is given no other.",
    idempotent: true,
    openWorld: false,
    workerText: ["workers.waits_because", "workers.decided_because"],
  },
  run: (ctx, input) => end(ctx, input, "draining", input.timeout_seconds === 0),
});

export const stop = defineOperation<EndInput, EndOutput>()({
  name: "workers.stop",
  toolset: "runs",
  summary: "End workers at once",
  about:
    "What they work on becomes somebody else's; what they changed stays in their worktrees. The exit " +
    "status is 124 when workers are left after the time.",
  effect: "destructive",
  schemas: (z) => ({
    input: z.strictObject({
      workers: workersName(z),
      because: z.string().min(1).max(500).optional().describe("Why, for whoever asks later"),
      timeout_seconds: timeoutSeconds(z, 30),
    }),
    output: z.looseObject({ workers: workersJson(z), settled: z.boolean() }),
  }),
  errors: ["workers_not_found"],
  cli: {
    command: "workers stop",
    group: "Tasks",
    positionals: ["workers"],
    flags: { timeout_seconds: ["timeout"] },
    examples: ["agentpool workers stop w"],
    render: ({ workers }, style) => workersTable([workers], style),
    exitCode: ({ settled }) => (settled ? 0 : 124),
  },
  mcp: {
    tool: "stop_workers",
    title: "Stop workers",
    description: "End a group of workers at once; their tasks become somebody else's.",
    idempotent: true,
    openWorld: false,
    confirm: { does: "ends workers in the middle of their work" },
    workerText: ["workers.waits_because", "workers.decided_because"],
  },
  run: (ctx, input) => end(ctx, input, "stopping", input.timeout_seconds === 0),
});

async function end(
  ctx: OperationContext,
  { workers, because, timeout_seconds: seconds }: EndInput,
  state: "draining" | "stopping",
  isLeft: boolean,
): Promise<EndOutput> {
  const { app, signal } = ctx;
  const group = await app.workerGroups.end(workers, { state, because: because ?? null }, ctx);
  const isSettled = isLeft || (await app.workerGroups.settled(group.id, seconds * 1_000, signal));
  const fresh: WorkerGroup = (await app.store.workerGroups.get(group.id)) ?? group;
  return {
    workers: projectWorkers(fresh, app.now()),
    settled: isLeft || isSettled || fresh.state === "stopped",
  };
}
