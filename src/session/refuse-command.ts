import { AgentpoolError } from "../domain/errors.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { matches } from "../provider/pattern.ts";

/**
 * Refuses a text that the agent would run as a command instead of reading it, where no way of
 * handing it over keeps the agent from that: a prompt never silently becomes something else.
 * @param via how it is about to be handed over
 * @throws invalid_task
 */
export function refuseCommand(
  provider: Pick<ProviderDefinition, "displayName" | "input">,
  text: string,
  via: "pasted" | "argument",
): void {
  const command = (provider.input.commands ?? []).find(
    ({ pattern, when }) => (when === "always" || via === "pasted") && matches(pattern, text),
  );
  if (!command) return;
  const first = text.trim().slice(0, 24);
  throw new AgentpoolError(
    "invalid_task",
    `${provider.displayName} would not read this as a text`,
    {
      why: `A text that begins with "${first}" is ${command.what} there.`,
      hint: "Put a word before it; to run the command: agentpool send <session> <command> --command",
      details: { what: command.what },
    },
  );
}
