import type { AgentsPart } from "../../domain/has-say.ts";
import type { Principal } from "../../domain/principal.ts";
import { lineageOf, type LineageStore } from "../lineage.ts";

/** What somebody has to do with what a session asks; null for who is no agent. */
export async function agentsPart(
  store: LineageStore,
  principal: Principal,
  sessionId: string | null,
): Promise<AgentsPart | null> {
  if (principal.kind !== "session") return null;
  const agent = await store.sessions.get(principal.sessionId);
  const askers = sessionId === null ? [] : await lineageOf(store, { kind: "session", sessionId });
  return { leads: agent?.toolset === "lead" ? agent.runId : null, askers };
}
