import { findBranches } from "./branches.ts";
import { findFiles } from "./files.ts";
import type { Orphan, OrphanSearch } from "./orphan.ts";
import { findPanes } from "./panes.ts";
import { findProcesses } from "./processes.ts";
import { findWorktrees } from "./worktrees.ts";

/**
 * Everything of this home that nobody looks after, in the order in which it can go: what runs
 * first, then what it works in. Changes nothing.
 */
export async function findOrphans(search: OrphanSearch): Promise<readonly Orphan[]> {
  const panes = await findPanes(search);
  const processes = await findProcesses(search);
  const worktrees = await findWorktrees(search);
  const branches = await findBranches(search, worktrees);
  return [...panes, ...processes, ...worktrees, ...branches, ...(await findFiles(search))];
}
