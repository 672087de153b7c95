import { AgentpoolError } from "../domain/errors.ts";
import { isEndState, type Session } from "../domain/session.ts";
import type { SessionParts } from "../session/parts.ts";
import type { Asker } from "../session/asker.ts";
import type { Sessions } from "../session/sessions.ts";

interface Parts extends Pick<SessionParts, "store" | "log"> {
  readonly sessions: Pick<Sessions, "collect" | "terminate">;
}

type Collected = Awaited<ReturnType<Sessions["collect"]>>;

/** Keeps the files of a session that is about to be ended; undefined when they cannot be kept. */
export async function collectFiles(
  { sessions, log }: Parts,
  { id }: Session,
): Promise<Collected | undefined> {
  try {
    return await sessions.collect(id, { closes: true });
  } catch (thrown) {
    if (AgentpoolError.from(thrown).code === "stale_epoch") throw thrown;
    log("warn", "the files of a session could not be kept", { session: id, error: String(thrown) });
    return undefined;
  }
}

/** Ends a session. False while processes of it may live. */
export async function endSession(
  { sessions, store }: Parts,
  { id }: Session,
  asker: Asker,
  { collected }: { readonly collected: Collected | undefined },
): Promise<boolean> {
  const { survivors } = await sessions.terminate(id, asker, collected ? { collected: true } : {});
  const after = await store.sessions.get(id);
  return survivors.length === 0 && (!after || isEndState(after.state));
}
