import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Output } from "../../../operations/provider/inventory.ts";
import { inventory } from "../../../operations/provider/inventory.ts";
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

type Full = Output["providers"][number] & {
  readonly account?: { readonly variable: string | null; readonly folder: string } | null;
};

/** Every provider known here; its program is started at most to ask for its version. */
export async function lookAtAgents(shell: Shell): Promise<AgentFacts[]> {
  const { providers } = (await shell.ask(inventory, { full: true })) as {
    readonly providers: readonly Full[];
  };
  return providers.map((one) => ({
    id: one.id,
    display_name: one.display_name,
    aliases: one.aliases,
    installed: one.installed,
    version: one.version,
    binary_path: one.binary_path,
    untested_version: one.untested_version,
    install: one.install,
    warnings: one.warnings,
    auth: authOf(one, shell.env),
  }));
}

/** A CLI that was never signed in has no folder; one that has a folder may be signed out by now. */
function authOf({ account }: Full, env: Shell["env"]): AgentFacts["auth"] {
  const unknown = { status: "unknown", confidence: "unknown" } as const;
  if (!account) return { ...unknown, reason: "where its sign-in lies is not known" };
  const named = account.variable === null ? undefined : env[account.variable];
  const home = env["HOME"] ?? homedir();
  const folder =
    named !== undefined && named !== "" ? named : account.folder.replace(/^~(?=\/|$)/, () => home);
  if (existsSync(folder)) return { ...unknown, reason: `${folder} is there; nobody was asked` };
  return { status: "none", confidence: "local_config", reason: `${join(folder)} is not there` };
}
