import { isAbsolute, join, normalize } from "node:path/posix";
import { accountId } from "../domain/account.ts";
import type { ProviderDefinition } from "./definition.ts";

type Described = Pick<ProviderDefinition, "id" | "account">;

/** The account a session with this environment uses. */
export function accountOf(
  definition: Described,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return accountId(definition.id, accountFolder(definition, env));
}

/** Where the CLI keeps the sign-in of that account; null where it has no such folder, or no home. */
export function accountFolder(
  { account }: Described,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  if (!account) return null;
  const moved = account.variable === null ? "" : (env[account.variable] ?? "");
  if (isAbsolute(moved)) return normalize(join(moved, account.within ?? ".")).replace(/\/$/, "");
  const home = env["HOME"] ?? "";
  return isAbsolute(home) ? join(home, account.folder.slice("~/".length)) : null;
}
