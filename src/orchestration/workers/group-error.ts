import { AgentpoolError } from "../../domain/errors.ts";
import type { WorkerGroup } from "../../domain/worker-group.ts";
import type { Store } from "../../store/store.ts";

/** The group that an id or a name means. @throws workers_not_found */
export async function resolveGroup(
  { workerGroups }: Pick<Store, "workerGroups">,
  idOrName: string,
): Promise<WorkerGroup> {
  const group = await workerGroups.resolve(idOrName);
  if (group) return group;
  throw new AgentpoolError("workers_not_found", `No workers "${idOrName}"`, {
    why: "No group of workers of this home has this id or name.",
    hint: "List all: agentpool workers list --all",
  });
}

export function groupEnded({ name, state, because }: WorkerGroup): AgentpoolError {
  return new AgentpoolError("workers_ended", `The workers ${name} are ${state}`, {
    why: because ?? "They were asked to end.",
    hint: "Others may be started under the name once they are stopped: agentpool workers list",
    details: { name, state },
  });
}

export function groupExists({ name, id }: WorkerGroup): AgentpoolError {
  return new AgentpoolError("workers_exist", `There are workers ${name} already`, {
    why: `${id} has the name, and is not stopped.`,
    hint: `Give yours another name, or look at these: agentpool workers status ${name}`,
    details: { name, workers_id: id },
  });
}
