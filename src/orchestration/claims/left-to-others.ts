import type { Claimant } from "../../domain/task.ts";
import { leftUntil } from "../../domain/task-pause.ts";
import type { TaskReader } from "../../store/store.ts";

/** A task that a session gave back, and when it may be given to it again, epoch ms. */
export interface LeftTask {
  readonly id: string;
  readonly until: number;
}

/** What alone is there for a session that asks, where it gave that back a moment ago; else null. */
export async function leftToOthers(
  tasks: Pick<TaskReader, "next" | "get">,
  claimant: Claimant,
  { holder, now }: { readonly holder: string; readonly now: number },
): Promise<LeftTask | null> {
  if ((await tasks.next({ ...claimant, holder }, now)) !== undefined) return null;
  const id = await tasks.next({ ...claimant, holder: null }, now);
  const task = id === undefined ? undefined : await tasks.get(id);
  const until = task ? leftUntil(task, holder, now) : null;
  return task && until !== null ? { id: task.id, until } : null;
}
