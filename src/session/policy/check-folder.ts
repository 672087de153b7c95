import { homedir } from "node:os";
import { judgeFolder } from "../../domain/folder-rules.ts";
import { policyBlocked } from "../../domain/policy-blocked.ts";
import type { Config } from "../../platform/config/config.ts";
import type { Home } from "../../platform/home.ts";
import type { Machine } from "../../runtime/machine.ts";
import { protectedFolders } from "./protected-folders.ts";

/**
 * Refuses a folder that agents must not work in.
 * @param path canonical: links are followed before anything is compared
 * @throws policy_blocked
 */
export async function checkFolder(
  parts: { readonly machine: Pick<Machine, "realPath">; readonly home: Home },
  config: Config,
  path: string,
  {
    env,
    accountFolder,
  }: {
    readonly env: Readonly<Record<string, string>>;
    readonly accountFolder: string | null;
  },
): Promise<void> {
  const canonical = async (folder: string): Promise<string> =>
    (await parts.machine.realPath(folder)) ?? folder;
  const all = (folders: readonly string[]): Promise<string[]> =>
    Promise.all(folders.map(canonical));
  // a command that is given another HOME does not thereby open the person's own
  const homes = [...new Set([env["HOME"], homedir()])];
  const guarded = protectedFolders(parts.home, homes, accountFolder);
  const paths = await all(guarded.map((one) => one.path));
  const verdict = judgeFolder(path, {
    allowed: await all(config.get("workspace.allowed_roots")),
    denied: await all(config.get("workspace.denied_roots")),
    protected: guarded.map((one, index) => ({ ...one, path: paths[index] ?? one.path })),
    open: await all([parts.home.worktrees]),
  });
  if (verdict.ok) return;
  throw policyBlocked(`workspace.${verdict.rule}`, `No agent may work in ${path}`, {
    why: verdict.why,
    hint: `agentpool config show --origin`,
    details: { path },
  });
}
