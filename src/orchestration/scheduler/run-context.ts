import type { RunContext } from "../../domain/run-rules.ts";
import { nobodyWaits, type Task, type Waiting } from "../../domain/task.ts";
import { newId } from "../../platform/new-id.ts";
import type { SessionParts } from "../../session/parts.ts";

/** What rules about a run need to know besides its facts, when they may end these of its tasks. */
export async function readContext(
  { store, now }: Pick<SessionParts, "store" | "now">,
  tasks: readonly Task[],
): Promise<RunContext> {
  const waiting = new Map<string, Waiting>();
  const revision = await store.tasks.revision();
  for (const { id, state } of tasks) {
    if (state !== "completed") waiting.set(id, await store.tasks.waitingFor(id));
  }
  return {
    now: now(),
    newId: (kind) => newId(kind, now()),
    waiting: (id) => waiting.get(id) ?? nobodyWaits,
    revision,
  };
}
