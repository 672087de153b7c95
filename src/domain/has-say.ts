/** What an agent that decides has to do with what was asked. */
export interface AgentsPart {
  /** The run it leads; null for none. */
  readonly leads: string | null;
  /** Who asked, who started that, and so on up to whoever was first. */
  readonly askers: readonly string[];
}

/**
 * Whether somebody may decide what was asked, in a run or in none. People and their hosts may; an
 * agent where it started whoever asked, itself or through others, or leads the run. Any two agents
 * besides could give each other the yes that neither may give itself.
 */
export function hasSay(
  runId: string | null,
  { by, agent }: { readonly by: string; readonly agent: AgentsPart | null },
): boolean {
  if (agent === null || agent.askers.includes(by)) return true;
  return runId !== null && agent.leads === runId;
}
