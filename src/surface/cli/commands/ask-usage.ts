import { refresh } from "../../../operations/usage/refresh.ts";
import { renderUsage } from "../../../operations/usage/render.ts";
import type { UsageOutput } from "../../../operations/usage/rows.ts";
import { print } from "../output.ts";
import type { Values } from "../parse-values.ts";
import type { Shell } from "../shell.ts";

/** `agentpool usage --refresh`: another operation under the command that shows what is known. */
export async function askUsage(shell: Shell, values: Values): Promise<number> {
  const { refresh: _asked, ...input } = values;
  const output = (await shell.ask(refresh, input)) as UsageOutput;
  print(shell, output, () => renderUsage(output, shell.style));
  return 0;
}
