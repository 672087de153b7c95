import { isLive } from "../../domain/session.ts";
import { sessionMarker } from "../terminate.ts";
import type { OrphanSearch, ProcessOrphan } from "./orphan.ts";

/** An end that is just being taken in ends its processes by itself. */
const endingForMs = 15_000;

/**
 * Processes that carry the id of a session of this home that is over. An id the store does not know
 * may be another home's: such a process is none of ours.
 */
export async function findProcesses(search: OrphanSearch): Promise<ProcessOrphan[]> {
  const { machine, now } = search;
  const [marked, ancestors] = await Promise.all([
    machine.marked(sessionMarker),
    machine.ancestors(process.pid),
  ]);
  const own = new Set([process.pid, ...ancestors.map(({ pid }) => pid)]);
  const found: ProcessOrphan[] = [];
  for (const { process: one, value } of marked) {
    if (own.has(one.pid)) continue;
    const session = await search.session(value);
    if (!session || isLive(session)) continue;
    if (session.endedAt !== null && now - session.endedAt < endingForMs) continue;
    found.push({
      kind: "process",
      sessionId: session.id,
      what: `${one.name} (pid ${one.pid})`,
      because: `its session is over (${session.state})`,
      stays: null,
      process: one,
    });
  }
  return found;
}
