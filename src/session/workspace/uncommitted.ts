import { AgentpoolError } from "../../domain/errors.ts";
import type { Machine } from "../../runtime/machine.ts";
import { git } from "./git.ts";
import { submodulesOf } from "./submodules.ts";

/**
 * Whether a work tree holds uncommitted work, its submodules included whatever settings say of
 * them; ignored files are none.
 * @param except pathspecs of files that do not count
 * @throws git_failed
 */
export async function isDirty(
  machine: Machine,
  topLevel: string,
  except: readonly string[] = [],
): Promise<boolean> {
  const args = ["status", "--porcelain", "-z", "--ignore-submodules=none"];
  const status = await git(machine, topLevel, [...args, "--", ":/", ...except], { maxBytes: 4096 });
  if (status !== "") return true;
  return (await submodulesOf(machine, topLevel)).some(({ strayFiles }) => strayFiles > 0);
}

/** The same, and null where git cannot tell: one damaged submodule makes it refuse all. */
export async function dirtOf(...call: Parameters<typeof isDirty>): Promise<boolean | null> {
  try {
    return await isDirty(...call);
  } catch (thrown) {
    if (AgentpoolError.from(thrown).code !== "git_failed") throw thrown;
    return null;
  }
}
