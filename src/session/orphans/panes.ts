import { isLive } from "../../domain/session.ts";
import type { OrphanSearch, PaneOrphan } from "./orphan.ts";

/** The pane of an agent that ended stays so long, for whoever wants to look at it. */
const lookedAtForMs = 600_000;

/** Panes whose session is over or unknown. */
export async function findPanes(search: OrphanSearch): Promise<PaneOrphan[]> {
  const found: PaneOrphan[] = [];
  for (const { sessionId, place, dead } of (await search.panes()) ?? []) {
    const session = await search.session(sessionId);
    if (session && isLive(session)) continue;
    const endedAt = session?.endedAt ?? null;
    const isFresh = dead && endedAt !== null && search.now - endedAt < lookedAtForMs;
    found.push({
      kind: "pane",
      sessionId,
      what: `tmux pane ${place.pane}`,
      because: session ? `its session is over (${session.state})` : "the store has no such session",
      stays: isFresh ? "it may be looked at for ten minutes after the end" : null,
      place,
    });
  }
  return found;
}
