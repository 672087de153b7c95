import { statSync } from "node:fs";
import type { Session } from "../domain/session.ts";
import type { SessionParts } from "../session/parts.ts";
import { endProcessesOf } from "../session/terminate.ts";

/**
 * Ends the agents whose own folder went with a home that was removed: there is no record left by
 * which anybody could find, ask or end them. Nothing is written. Returns the sessions that still
 * have their folder, as where only the store was removed; their agents are left alone.
 */
export async function endOrphans(
  parts: SessionParts,
  live: readonly Session[],
): Promise<readonly Session[]> {
  const isOrphan = (session: Session): boolean => isGone(parts.home.session(session.id).root);
  const orphans = live.filter(isOrphan);
  await Promise.all(
    orphans.map(async (session) => {
      const survivors = await endProcessesOf(parts, session);
      parts.log("warn", "ended an agent whose home was removed", {
        session: session.id,
        survivors: survivors.map((one) => one.pid),
      });
    }),
  );
  return live.filter((session) => !orphans.includes(session));
}

/** Only where the system says so; a folder that cannot be looked at may be there. */
function isGone(folder: string): boolean {
  try {
    return statSync(folder, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
