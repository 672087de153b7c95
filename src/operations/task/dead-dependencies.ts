import type { TaskLink } from "../../domain/task.ts";
import type { Store } from "../../store/store.ts";

/** So many are looked at: who is told of more has to look at the graph anyway. */
const mostLookedAt = 200;

/**
 * What a task waits for, directly or not, that ended without a result: until these are tried again it
 * cannot be begun. The first of them are the first to try.
 */
export async function deadDependencies(
  { tasks }: { readonly tasks: Pick<Store["tasks"], "links"> },
  { dependsOn }: Pick<TaskLink, "dependsOn">,
): Promise<readonly TaskLink[]> {
  const dead: TaskLink[] = [];
  const seen = new Set<string>();
  let next = [...dependsOn];
  while (next.length > 0 && seen.size < mostLookedAt) {
    const ids = [...new Set(next)].filter((id) => !seen.has(id));
    for (const id of ids) seen.add(id);
    const links = await tasks.links(ids);
    dead.push(...links.filter(({ state }) => state === "failed" || state === "cancelled"));
    // what ended may wait for others itself, once it begins anew
    next = links.filter(({ state }) => state !== "completed").flatMap((link) => link.dependsOn);
  }
  // what nothing else of them waits for comes first
  return dead.toReversed();
}
