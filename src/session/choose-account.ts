import { join, resolve } from "node:path/posix";
import { AgentpoolError } from "../domain/errors.ts";
import { accountFolder } from "../provider/account.ts";
import type { ProviderDefinition } from "../provider/definition.ts";

type Environment = Readonly<Record<string, string>>;

/**
 * The asking environment with the account that was chosen: the CLI's own variable leads to its
 * folder. Null leaves the account of the environment.
 * @param account an account's id (`codex-cli:/home/me/.codex-work`) or its folder alone
 * @throws invalid_input where the CLI has no accounts to choose from
 */
export function chooseAccount(
  definition: Pick<ProviderDefinition, "id" | "account">,
  account: string | null,
  { env, cwd }: { readonly env: Environment; readonly cwd: string },
): { readonly env: Environment; readonly folder: string | null } {
  if (account === null) return { env, folder: null };
  const named = account.startsWith(`${definition.id}:`)
    ? account.slice(definition.id.length + 1)
    : account;
  const folder = expand(named, env["HOME"], cwd);
  if (accountFolder(definition, env) === folder) return { env, folder };
  const { variable = null, within } = definition.account ?? {};
  if (variable === null) {
    throw new AgentpoolError("invalid_input", `${definition.id} has no accounts to choose from`, {
      why: "Nothing tells that CLI which folder to take its sign-in from.",
      hint: "agentpool accounts",
    });
  }
  const value =
    within !== undefined && folder.endsWith(`/${within}`)
      ? folder.slice(0, -within.length - 1)
      : folder;
  const chosen = { ...env, [variable]: value };
  return { env: chosen, folder: accountFolder(definition, chosen) };
}

function expand(path: string, home: string | undefined, cwd: string): string {
  if (path.startsWith("~/") && home !== undefined) return join(home, path.slice(2));
  return resolve(cwd, path).replace(/(?<=.)\/$/, "");
}
