import { AgentpoolError } from "../../../domain/errors.ts";
import { refresh } from "../../../operations/usage/refresh.ts";
import { renderUsage } from "../../../operations/usage/render.ts";
import type { UsageOutput } from "../../../operations/usage/rows.ts";
import { print } from "../output.ts";
import type { Values } from "../parse-values.ts";
import type { Shell } from "../shell.ts";

/** `agentpool usage --refresh`: another operation under the command that shows what is known. */
export async function askUsage(shell: Shell, values: Values): Promise<number> {
  const { refresh: _asked, cached: _not, no_interactive: _quiet, ...input } = values;
  const output = (await shell.ask(refresh, input)) as UsageOutput;
  print(shell, output, () => renderUsage(output, shell.style));
  return 0;
}

/** A flag that would change nothing is a mistake. @throws invalid_input */
export function checkUsageFlags(values: Values): void {
  const refuse = (what: string, hint: string): never => {
    throw new AgentpoolError("invalid_input", what, { hint });
  };
  const isSet = (name: string): boolean => values[name] !== undefined && values[name] !== false;
  if (isSet("refresh") && isSet("cached")) {
    refuse("--refresh asks and --cached does not", "Give one of them.");
  }
  if (isSet("costly") && isSet("no_interactive")) {
    refuse("--costly starts agent CLIs and --no-interactive does not", "Give one of them.");
  }
  if (isSet("refresh")) return;
  for (const name of ["timeout_seconds", "costly"]) {
    if (!isSet(name)) continue;
    const flag = name === "costly" ? "--costly" : "--timeout";
    refuse(`${flag} is about asking, and nobody is asked`, "Add --refresh, or leave it out.");
  }
}
