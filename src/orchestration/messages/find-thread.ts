import { AgentpoolError } from "../../domain/errors.ts";
import { idPrefixes } from "../../domain/ids.ts";
import type { Thread } from "../../domain/message.ts";
import type { Store } from "../../store/store.ts";

/**
 * The thread somebody means: by its id, a unique beginning of one, or `@last` for the newest;
 * of those they may see, but for a whole id. @throws thread_not_found, ambiguous_id
 */
export async function findThread(
  store: Pick<Store, "threads">,
  named: string,
  sees: (thread: Thread) => boolean = () => true,
): Promise<Thread> {
  if (named === "@last") {
    const [newest] = (await store.threads.list({ limit: 200 }))
      .filter(sees)
      .toSorted((a, b) => b.createdAt - a.createdAt || b.id.localeCompare(a.id));
    if (newest) return newest;
  }
  const exact = await store.threads.get(named);
  if (exact) return exact;
  const isLong = named.startsWith(idPrefixes.thread) && named.length >= 7;
  const found = isLong ? (await store.threads.startingWith(named)).filter(sees) : [];
  const [first] = found;
  if (first && found.length === 1) return first;
  if (!first) {
    throw new AgentpoolError("thread_not_found", `No thread "${named}"`, {
      hint: "See which there are: agentpool thread list",
    });
  }
  throw new AgentpoolError("ambiguous_id", `"${named}" fits ${found.length} threads`, {
    hint: `Say which: ${found.map(({ id }) => id).join(", ")}`,
  });
}
