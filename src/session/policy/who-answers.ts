import { policyBlocked } from "../../domain/policy-blocked.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Prompt } from "../../domain/prompt.ts";
import type { Session } from "../../domain/session.ts";
import type { Config } from "../../platform/config/config.ts";

/**
 * Refuses an agent that answers what is for people. A coordinator may do what its person may, but
 * for money and where people alone answer: its calls are made by a model. @throws policy_blocked
 */
export function refuseAnswerer(
  session: Pick<Session, "id" | "supervision">,
  prompt: Pick<Prompt, "id" | "kind">,
  { principal, config }: { readonly principal: Principal; readonly config: Config },
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
}
