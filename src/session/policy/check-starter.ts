import { AgentpoolError } from "../../domain/errors.ts";
import { sessionHolder } from "../../domain/hold.ts";
import { policyBlocked } from "../../domain/policy-blocked.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Session } from "../../domain/session.ts";
import {
  isWiderMode,
  isWiderSupervision,
  wideningOption,
  widestMode,
  type Rights,
} from "../../domain/starting-rights.ts";
import type { Config } from "../../platform/config/config.ts";
import type { ConfigReader } from "../../platform/config/reader.ts";
import type { SessionParts } from "../parts.ts";
import { lineageOf, runOf, runsIn, sessionsIn, type LineageStore } from "../lineage.ts";

/**
 * Refuses what an agent may not give to whom it starts, itself or by a run or a group of workers it
 * began: more than the policy lets agents give, more than the run it works for gives to anybody, or
 * fewer people to ask than it has itself. An option by which an agent may ask less counts as what is
 * autonomous. People and their coordinators start what they like.
 * @throws policy_blocked
 */
export async function checkStarter(
  { store, config }: { readonly store: LineageStore; readonly config: Config },
  principal: Principal,
  given: Rights,
): Promise<void> {
  const rights: Rights =
    typeof given.option === "string" ? { ...given, supervision: "autonomous" } : given;
  const line = await lineageOf(store, principal);
  const [agent, ...others] = sessionsIn(line);
  if (agent === undefined) return;
  refuseByPolicy(config, agent, rights);
  const sessions = await Promise.all([agent, ...others].map((id) => store.sessions.get(id)));
  const runIds = new Set([...runsIn(line), ...sessions.flatMap((session) => session?.runId ?? [])]);
  for (const runId of runIds) {
    refuseBeyondRun({ agent, runId }, rights, widestMode((await store.runs.get(runId))?.spec));
  }
  for (const session of sessions) {
    if (session?.supervision !== "human_visible") continue;
    if (!isWiderSupervision(rights.supervision, session.supervision)) continue;
    throw policyBlocked("rights_of_starter", `${agent} may start nothing that asks no person`, {
      why: `${because(rights)}The dialogs of ${session.id} are for people, and so are those of whom it starts.`,
      hint: 'agentpool spawn --supervision human_visible --provider ... --task "..."',
      details: { session_id: agent, ...told(rights) },
    });
  }
}

interface ResumerParts extends Pick<SessionParts, "provider"> {
  readonly store: LineageStore;
  readonly config: ConfigReader;
}

/**
 * Refuses an agent that brings back what it could not start: a session with rights it may not give,
 * or of a run that it neither works for nor began, itself or through others.
 * @throws policy_blocked, other_run
 */
export async function checkResumer(
  { store, config, provider }: ResumerParts,
  principal: Principal,
  { id, runId, workspace, supervision, providerId, providerOptions }: Session,
): Promise<void> {
  const [agent] = sessionsIn(await lineageOf(store, principal));
  if (agent === undefined) return;
  const parts = { store, config: await config(workspace.repoPath) };
  const { options } = await provider(providerId);
  const option = wideningOption(providerOptions, options.agentsMaySet);
  await checkStarter(parts, principal, { mode: workspace.mode, supervision, option });
  const own = await runOf(store, principal);
  if (runId === null || runId === own) return;
  const line = await lineageOf(store, { kind: "session", sessionId: id });
  if (line.includes(sessionHolder(agent))) return;
  throw new AgentpoolError("other_run", `${agent} cannot bring back ${id}`, {
    why: `That one works for ${runId}, and ${agent} for ${own ?? "no run"}.`,
    details: { session_id: agent, run_id: own },
  });
}

/**
 * Refuses a run of an agent whose shell transforms or command for events would run beside it: by the
 * supervisor, where nothing of what bounds an agent holds.
 * @throws policy_blocked
 */
export async function refuseCommandsOfAgents(
  { store }: { readonly store: LineageStore },
  principal: Principal,
): Promise<void> {
  const [agent] = sessionsIn(await lineageOf(store, principal));
  if (agent === undefined) return;
  throw policyBlocked("commands_of_agents", `${agent} may begin no run that runs commands`, {
    why: "Shell transforms and --on-event run outside of what bounds an agent: they are for people.",
    hint: "agentpool help run pipeline",
    details: { session_id: agent },
  });
}

/** Begins a sentence's reason where it is an option that makes the supervision what it is. */
function because({ option }: Rights): string {
  return typeof option === "string"
    ? `With ${option} an agent may ask less, as far as its provider's definition tells. `
    : "";
}

function told({ supervision, option }: Rights): object {
  return { supervision, ...(typeof option === "string" ? { provider_option: option } : {}) };
}

function refuseByPolicy(config: Config, agent: string, rights: Rights): void {
  const { mode, supervision } = rights;
  if (mode === "shared" && !config.get("policy.allow_shared_from_agents")) {
    throw policyBlocked(
      "allow_shared_from_agents",
      `${agent} may start nothing in a shared folder`,
      {
        why: "policy.allow_shared_from_agents is false.",
        hint: 'agentpool spawn --isolation worktree --provider ... --task "..."',
        details: { session_id: agent, isolation: mode },
      },
    );
  }
  if (supervision === "autonomous" && !config.get("policy.allow_autonomous_from_agents")) {
    throw policyBlocked("allow_autonomous_from_agents", `${agent} may start nothing autonomous`, {
      why: `${because(rights)}policy.allow_autonomous_from_agents is false.`,
      hint: 'agentpool spawn --supervision interactive --provider ... --task "..."',
      details: { session_id: agent, ...told(rights) },
    });
  }
}

function refuseBeyondRun(
  { agent, runId }: { readonly agent: string; readonly runId: string },
  rights: Rights,
  widest: Rights["mode"],
): void {
  const { mode, supervision } = rights;
  const details = { session_id: agent, run_id: runId };
  if (isWiderMode(mode, widest)) {
    throw policyBlocked("rights_of_run", `${agent} may start nothing with isolation ${mode}`, {
      why: `It works for ${runId}, which gives its workers ${widest} at most.`,
      hint: `agentpool spawn --isolation ${widest} --provider ... --task "..."`,
      details: { ...details, isolation: mode },
    });
  }
  // what a run starts is interactive, each of them
  if (isWiderSupervision(supervision, "interactive")) {
    throw policyBlocked("rights_of_run", `${agent} may start nothing ${supervision}`, {
      why: `${because(rights)}It works for ${runId}, whose sessions are interactive.`,
      hint: 'agentpool spawn --supervision interactive --provider ... --task "..."',
      details: { ...details, ...told(rights) },
    });
  }
}
