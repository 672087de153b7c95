import type { MetaStore } from "../../store/store.ts";

/** Why the command or the address a run was begun with was not given its events, the last time. */
export interface EventFault {
  /** Since when. */
  readonly at: number;
  /** Of an address; all that is kept of it. */
  readonly host: string | null;
  /** What the address answered with. */
  readonly status: number | null;
  readonly exitCode: number | null;
  /** What the command wrote to its standard error, or why nobody answered. */
  readonly said: string | null;
}

type Meta = { readonly meta: MetaStore };

/** Undefined where all went well, the last time at least. */
export async function readEventFault(
  { meta }: { readonly meta: Pick<MetaStore, "get"> },
  runId: string,
): Promise<EventFault | undefined> {
  const kept = await meta.get(keyOf(runId));
  return kept === undefined ? undefined : (JSON.parse(kept) as EventFault);
}

/** No event tells of it: an event would be given to the very command that failed. */
export async function keepEventFault(
  { meta }: Meta,
  runId: string,
  fault: EventFault,
): Promise<void> {
  const before = await readEventFault({ meta }, runId);
  await meta.set(keyOf(runId), JSON.stringify({ ...fault, at: before?.at ?? fault.at }));
}

export async function forgetEventFault({ meta }: Meta, runId: string): Promise<void> {
  if ((await meta.get(keyOf(runId))) !== undefined) await meta.remove(keyOf(runId));
}

function keyOf(runId: string): string {
  return `run_events_fault:${runId}`;
}
