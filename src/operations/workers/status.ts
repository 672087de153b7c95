import { claimantOf } from "../../domain/worker-group.ts";
import { resolveGroup } from "../../orchestration/workers/group-error.ts";
import { defineOperation } from "../define.ts";
import { table } from "../table.ts";
import {
  projectWorker,
  projectWorkers,
  workersJson,
  workersName,
  workersTable,
  type WorkerJson,
  type WorkersJson,
} from "./workers-json.ts";

interface Input {
  workers: string;
}

export interface Output {
  workers: WorkersJson;
  /** Tasks such a worker could be given now. */
  claimable: number;
  members: WorkerJson[];
}

export const status = defineOperation<Input, Output>()({
  name: "workers.status",
  toolset: "runs",
  summary: "Show workers, what each does, and what was decided last",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({ workers: workersName(z) }),
    output: z.looseObject({
      workers: workersJson(z),
      claimable: z.number(),
      members: z.array(z.looseObject({ session_id: z.string().nullable(), state: z.string() })),
    }),
  }),
  errors: ["workers_not_found"],
  cli: {
    command: "workers status",
    group: "Tasks",
    positionals: ["workers"],
    ids: "members.session_id",
    examples: ["agentpool workers status w --json"],
    render: ({ workers, claimable, members }, style) =>
      [
        workersTable([workers], style),
        "",
        `${claimable} claimable`,
        ...(members.length === 0
          ? []
          : [
              table(
                ["SESSION", "STATE", "TASK", "SINCE"],
                members.map((member) => [
                  member.session_id ?? "-",
                  member.draining ? `${member.state}, draining` : member.state,
                  member.task_id ?? "-",
                  member.since,
                ]),
                style,
              ),
            ]),
      ].join("\n"),
  },
  mcp: {
    tool: "get_workers",
    title: "Look at workers",
    description:
      "How many workers of a group there are, what each does, how many tasks wait for them, and why " +
      "there are no more or fewer.",
    idempotent: true,
    openWorld: false,
    workerText: ["workers.waits_because", "workers.decided_because"],
  },
  run: async ({ app }, input) => {
    const { store, now } = app;
    const group = await resolveGroup(store, input.workers);
    const claims = await store.tasks.claims();
    const tasks = new Map(claims.map(({ id, claim }) => [claim.sessionId, id]));
    return {
      workers: projectWorkers(group, now()),
      claimable: await store.tasks.countFor(claimantOf(group), now()),
      members: projectWorker(group, await store.sessions.live(), (id) => tasks.get(id) ?? null),
    };
  },
});
