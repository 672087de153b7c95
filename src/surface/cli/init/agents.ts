import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { AccountFacts } from "../../../provider/definition.ts";
import { readingProviders } from "../doctor/read-providers.ts";
import type { Shell } from "../shell.ts";

/** One agent CLI as far as it can be told without starting a turn. */
export interface AgentFacts {
  readonly id: string;
  readonly display_name: string;
  readonly aliases: readonly string[];
  readonly installed: boolean;
  readonly version: string | null;
  readonly binary_path: string | null;
  readonly untested_version: boolean;
  readonly install: string | null;
  readonly warnings: readonly string[];
  readonly auth: {
    /** `none`: it was never signed in here, as far as its folder tells; else nobody asked. */
    readonly status: "none" | "unknown";
    readonly confidence: "local_config" | "unknown";
    readonly reason: string;
  };
}

/** Every provider known here; its program is started at most to ask for its version. */
export async function lookAtAgents({ home, env }: Shell): Promise<AgentFacts[]> {
  const given = Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined);
  const { providers } = await readingProviders(home, env).inventory(Object.fromEntries(given));
  return providers.map((one) => ({
    id: one.id,
    display_name: one.displayName,
    aliases: one.aliases,
    installed: one.installed,
    version: one.version,
    binary_path: one.binaryPath,
    untested_version: one.untested,
    install: one.installed ? null : one.binary.install,
    warnings: one.warnings,
    auth: authOf(one.account, env),
  }));
}

/** A CLI that was never signed in has no folder; one that has a folder may be signed out by now. */
function authOf(account: AccountFacts | null, env: Shell["env"]): AgentFacts["auth"] {
  const unknown = { status: "unknown", confidence: "unknown" } as const;
  if (!account) return { ...unknown, reason: "where its sign-in lies is not known" };
  const named = account.variable === null ? undefined : env[account.variable];
  const home = env["HOME"] ?? homedir();
  const folder =
    named !== undefined && named !== "" ? named : account.folder.replace(/^~(?=\/|$)/, () => home);
  if (existsSync(folder)) return { ...unknown, reason: `${folder} is there; nobody was asked` };
  return { status: "none", confidence: "local_config", reason: `${join(folder)} is not there` };
}
