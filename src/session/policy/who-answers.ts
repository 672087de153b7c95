import { AgentpoolError } from "../../domain/errors.ts";
import { hasSay, type AgentsPart } from "../../domain/has-say.ts";
import { policyBlocked } from "../../domain/policy-blocked.ts";
import { formatPrincipal, type Principal } from "../../domain/principal.ts";
import type { Prompt } from "../../domain/prompt.ts";
import type { Session } from "../../domain/session.ts";
import type { Config } from "../../platform/config/config.ts";

interface Answerer {
  readonly principal: Principal;
  readonly agent: AgentsPart | null;
}

/**
 * Refuses an agent that answers what is for people, or gives a yes to one that it has no say over; a
 * question anybody may answer. A coordinator may do what its person may, but for money and where
 * people alone answer: its calls are made by a model. @throws policy_blocked, not_decider
 */
export function refuseAnswerer(
  session: Pick<Session, "id" | "supervision" | "runId">,
  prompt: Pick<Prompt, "id" | "kind">,
  { principal, agent, config }: Answerer & { readonly config: Config },
): void {
  if (principal.kind !== "session" && principal.kind !== "coordinator") return;
  const hint = `agentpool attach ${session.id} --rw`;
  const details = { session_id: session.id, prompt_id: prompt.id };
  if (session.supervision === "human_visible") {
    throw policyBlocked("supervision", `The dialogs of ${session.id} are for people`, {
      why: "It was started with --supervision human_visible.",
      hint,
      details,
    });
  }
  if (prompt.kind === "limit" && config.get("policy.require_human_approval_for_overage")) {
    throw policyBlocked(
      "require_human_approval_for_overage",
      "A dialog about a limit is for a person",
      { why: "An agent must not spend beyond a quota.", hint, details },
    );
  }
  if (prompt.kind !== "question") refuseStranger(session, prompt.id, { principal, agent });
}

/** Refuses an agent that has no say over a session. @throws not_decider */
export function refuseStranger(
  { id, runId }: Pick<Session, "id" | "runId">,
  of: string,
  { principal, agent }: Answerer,
): void {
  const by = formatPrincipal(principal);
  if (hasSay(runId, { by, agent })) return;
  throw new AgentpoolError("not_decider", `${by} has no say over ${of}`, {
    why: `It neither started ${id} nor leads its run.`,
    hint: `Let a person decide, or who started ${id}: agentpool observe ${id}`,
    details: { session_id: id, by },
  });
}
