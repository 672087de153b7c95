import { AgentpoolError } from "../domain/errors.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { matches } from "../provider/pattern.ts";

/**
 * Refuses a text that the agent would not read as it is, a command of its own for example: what was
 * meant as a prompt never silently becomes something else.
 * @param via how it is about to be handed over
 * @throws invalid_task
 */
export function refuseText(
  provider: Pick<ProviderDefinition, "displayName" | "input">,
  text: string,
  via: "pasted" | "argument",
): void {
  const refused = (provider.input.refused ?? []).find(
    ({ pattern, when }) => (when === "always" || via === "pasted") && matches(pattern, text),
  );
  if (!refused) return;
  throw new AgentpoolError(
    "invalid_task",
    `${provider.displayName} would not take this text as it is`,
    {
      why: refused.why,
      hint: `${refused.hint} To run a command: agentpool send <session> "<command>" --command`,
    },
  );
}
