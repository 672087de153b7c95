import { formatPrincipal, type Principal } from "../domain/principal.ts";
import type { Store } from "../store/store.ts";

const sessionPrefix = "session:";
const runPrefix = "run:";
const groupPrefix = "system:workers:";

export type LineageStore = Pick<Store, "sessions" | "runs" | "workerGroups">;

/**
 * Who acts, who started that, and so on up to whoever was first: a session acts for who started it,
 * a run and a group of workers for who began them.
 */
export async function lineageOf(
  store: LineageStore,
  principal: Principal,
): Promise<readonly string[]> {
  const line = [formatPrincipal(principal)];
  for (;;) {
    const author = await authorOf(store, line.at(-1) ?? "");
    // the same one twice would go on for ever
    if (author === undefined || line.includes(author)) return line;
    line.push(author);
  }
}

async function authorOf(store: LineageStore, one: string): Promise<string | undefined> {
  const id = (prefix: string): string | null =>
    one.startsWith(prefix) ? one.slice(prefix.length) : null;
  const [session, run, group] = [id(sessionPrefix), id(runPrefix), id(groupPrefix)];
  if (session !== null) return (await store.sessions.get(session))?.author;
  if (run !== null) return (await store.runs.get(run))?.author;
  return group === null ? undefined : (await store.workerGroups.get(group))?.author;
}

/** The run somebody works in, by what they were started for or by who started them; null for none. */
export async function runOf(store: LineageStore, principal: Principal): Promise<string | null> {
  for (const one of await lineageOf(store, principal)) {
    const [run] = runsIn([one]);
    if (run !== undefined) return run;
    const [id] = sessionsIn([one]);
    const session = id === undefined ? undefined : await store.sessions.get(id);
    if (session && session.runId !== null) return session.runId;
  }
  return null;
}

/** The runs among them. */
export function runsIn(lineage: readonly string[]): readonly string[] {
  return ofKind(lineage, runPrefix);
}

/** The sessions among them. */
export function sessionsIn(lineage: readonly string[]): readonly string[] {
  return ofKind(lineage, sessionPrefix);
}

function ofKind(lineage: readonly string[], prefix: string): readonly string[] {
  return lineage.flatMap((one) => (one.startsWith(prefix) ? [one.slice(prefix.length)] : []));
}
