import { defineOperation } from "../define.ts";
import { projectWorkers, workersJson, workersTable, type WorkersJson } from "./workers-json.ts";

interface Input {
  all: boolean;
  limit: number;
}

export interface Output {
  workers: WorkersJson[];
}

export const list = defineOperation<Input, Output>()({
  name: "workers.list",
  toolset: "runs",
  summary: "List groups of workers, newest first",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      all: z.boolean().default(false).describe("Those that are stopped, too"),
      limit: z.number().int().min(1).max(500).default(50).describe("Groups at most"),
    }),
    output: z.looseObject({ workers: z.array(workersJson(z)) }),
  }),
  errors: ["invalid_input"],
  cli: {
    command: "workers list",
    aliases: ["workers"],
    group: "Tasks",
    ids: "workers.id",
    short: { all: "a", limit: "n" },
    examples: ["agentpool workers list", "agentpool workers list --all --json"],
    render: ({ workers }, style) =>
      workers.length === 0
        ? "No workers are there; with --all those that were stopped."
        : workersTable(workers, style),
  },
  mcp: {
    tool: "list_worker_groups",
    title: "List groups of workers",
    description: "List groups that start_workers began, newest first; stopped ones with all.",
    idempotent: true,
    openWorld: false,
    workerText: ["workers[].waits_because", "workers[].decided_because"],
  },
  run: async ({ app }, input) => {
    const groups = await app.store.workerGroups.list(input);
    return { workers: groups.map((group) => projectWorkers(group, app.now())) };
  },
});
