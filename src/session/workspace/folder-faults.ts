import { AgentpoolError } from "../../domain/errors.ts";
import type { Machine } from "../../runtime/machine.ts";
import { inspectRepo } from "./repo.ts";
import { planWorktree } from "./worktree.ts";

/** Why nobody can work in a folder; null where somebody can. */
export interface FolderFaults {
  /** In whatever mode. */
  readonly any: string | null;
  /** In a worktree of its own. */
  readonly worktree: string | null;
}

/** Says of a folder what a start of an agent there would. Makes nothing. */
export async function folderFaults(machine: Machine, path: string): Promise<FolderFaults> {
  const repo = await inspectRepo(machine, path).catch(told);
  if (typeof repo === "string") return { any: repo, worktree: repo };
  const nobody = { folder: "/", providerId: "none", sessionId: "none", base: null };
  const plan = await planWorktree(machine, repo, nobody).catch(told);
  return { any: null, worktree: typeof plan === "string" ? plan : null };
}

function told(thrown: unknown): string {
  const error = AgentpoolError.from(thrown);
  if (error.code === "internal") throw thrown;
  return error.message;
}
