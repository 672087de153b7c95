import type { Workspace } from "../../domain/session.ts";
import type { Machine } from "../../runtime/machine.ts";
import { maxListed, submoduleMode, type ChangedFile } from "./changed-files.ts";
import { runGit } from "./git.ts";
import type { Omission } from "./patch-size.ts";

/** What the trees alone do not say about a diff. */
export function notesOn(
  workspace: Workspace,
  changed: readonly ChangedFile[],
  omitted: readonly Omission[],
): string[] {
  const notes: string[] = [];
  if (workspace.mode !== "worktree" && changed.length > 0) {
    notes.push(
      "the agent shares this folder: what other people or sessions changed in it at the same time is in the diff too",
    );
  }
  if (workspace.mode === "read_only" && changed.length > 0) {
    notes.push("the session was read-only, yet files changed");
  }
  for (const file of changed) {
    if (file.newMode !== submoduleMode) continue;
    notes.push(
      file.oldMode === submoduleMode
        ? `the submodule ${file.path} moved to another commit; the diff holds its name, not what changed`
        : `${file.path} is a repository of its own; the diff holds its commit, not its files`,
    );
  }
  if (omitted.length > 0) {
    const names = omitted.slice(0, 5).map(({ path, sizeBytes }) => `${path} (${sizeBytes} bytes)`);
    const more = omitted.length > 5 ? ` and ${omitted.length - 5} more` : "";
    notes.push(`too large for the patch and left out of it: ${names.join(", ")}${more}`);
  }
  if (changed.length > maxListed) {
    notes.push(`${changed.length} files changed; the list holds the first ${maxListed}`);
  }
  return notes;
}

/** Work that was there before is in the diff when HEAD does not build on the base any more. */
export async function movedNote(
  machine: Machine,
  top: string,
  base: string | null,
  head: string | null,
): Promise<string[]> {
  if (base === null || head === null || base === head) return [];
  const isAhead = await runGit(machine, top, ["merge-base", "--is-ancestor", base, head]);
  if (isAhead.exitCode === 0) return [];
  return [
    `HEAD moved from ${base.slice(0, 12)} to ${head.slice(0, 12)}, which does not build on it: the diff holds that difference too`,
  ];
}
