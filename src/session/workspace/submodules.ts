import { join } from "node:path/posix";
import type { Machine } from "../../runtime/machine.ts";
import { submoduleMode } from "./changed-files.ts";
import { git, gitFailed, oneLine, runGit } from "./git.ts";
import { gitFacts } from "./repo.ts";

/** A folder that stands for a commit of another repository. */
export interface Submodule {
  /** From the root of the outermost work tree. */
  readonly path: string;
  /** The work tree it is a submodule of, and its path in there. */
  readonly parent: string;
  readonly inParent: string;
  /** Its repository is not there: files in the folder belong to none, and no git tells of them. */
  readonly unpopulated: boolean;
  /** Files of no repository, ignored ones left out; 0 for a populated one. */
  readonly strayFiles: number;
}

/**
 * The submodules of a work tree that have anything in their folder, those in submodules included.
 * Goes by the index and not by `.gitmodules`, which an agent may have changed or never written.
 * @throws git_failed
 */
export async function submodulesOf(machine: Machine, top: string): Promise<Submodule[]> {
  const found: Submodule[] = [];
  await search(machine, (await machine.realPath(top)) ?? top, "", found);
  return found;
}

async function search(
  machine: Machine,
  parent: string,
  prefix: string,
  found: Submodule[],
): Promise<void> {
  for (const inParent of await linksIn(machine, parent)) {
    const folder = join(parent, inParent);
    const path = join(prefix, inParent);
    if ((await machine.stat(folder))?.kind !== "folder") continue;
    // a symbolic link in its place is a change that git tells of, and leads elsewhere
    if ((await machine.realPath(folder)) !== folder) continue;
    const unpopulated = !(await hasRepository(machine, folder));
    const strayFiles = unpopulated ? await countFiles(machine, parent, folder) : 0;
    if (unpopulated && strayFiles === 0) continue;
    found.push({ path, parent, inParent, unpopulated, strayFiles });
    if (!unpopulated) await search(machine, folder, path, found);
  }
}

/** An index of a million files is about as large. */
const maxIndexBytes = 128 * 1024 * 1024;
const link = new RegExp(String.raw`(?:^|\0)${submoduleMode} [0-9a-f]+ \d\t([^\0]+)`, "g");

async function linksIn(machine: Machine, top: string): Promise<Set<string>> {
  const args = ["ls-files", "--stage", "-z"];
  const listed = await runGit(machine, top, args, { maxBytes: maxIndexBytes });
  if (listed.exitCode !== 0 || listed.truncated) throw gitFailed(top, args, listed);
  return new Set([...listed.stdout.matchAll(link)].map(([, path = ""]) => path));
}

async function hasRepository(machine: Machine, folder: string): Promise<boolean> {
  if (!(await machine.stat(join(folder, ".git")))) return false;
  const facts = await gitFacts(machine, folder);
  return typeof facts !== "string" && facts.topLevel === folder;
}

/** git looks into the folder of a submodule only when told that it is a work tree itself. */
async function countFiles(machine: Machine, parent: string, folder: string): Promise<number> {
  const gitFolder = oneLine(await git(machine, parent, ["rev-parse", "--absolute-git-dir"]));
  const list = ["ls-files", "--others", "--exclude-standard", "-z"];
  const listed = await git(
    machine,
    folder,
    [`--git-dir=${gitFolder}`, "--work-tree=.", ...list],
    // an index that does not exist is empty: every file is one that it does not know
    { env: { GIT_INDEX_FILE: join(gitFolder, "no-index") } },
  );
  return listed.split("\0").length - 1;
}

/** Says what lies in a folder whose files belong to no repository. */
export function strayWork({ path, strayFiles }: Submodule): string {
  const files = strayFiles === 1 ? "1 file" : `${strayFiles} files`;
  return `${files} in ${path}, the folder of a submodule that is not checked out`;
}

/** What of the work in submodules no diff of the repository holds, one sentence each. */
export async function submoduleNotes(
  machine: Machine,
  submodules: readonly Submodule[],
): Promise<string[]> {
  const notes: string[] = [];
  for (const one of submodules) {
    if (one.strayFiles > 0) {
      notes.push(`not in the diff: ${strayWork(one)}`);
    } else if (!one.unpopulated && (await hasChanges(machine, one))) {
      notes.push(`the submodule ${one.path} holds uncommitted work, which is not in the diff`);
    }
  }
  return notes;
}

async function hasChanges(machine: Machine, { parent, inParent }: Submodule): Promise<boolean> {
  // a submodule in it that moved is a change of it; what lies in that one is told for itself
  const status = ["status", "--porcelain", "-z", "--ignore-submodules=dirty"];
  return (await git(machine, join(parent, inParent), status, { maxBytes: 4096 })) !== "";
}

/**
 * What would go for good with a work tree because it lies in repositories inside of it: commits
 * and stashes of a submodule that are neither on a remote nor what the submodule began with.
 * @param base the commit the work tree began with, where it is known
 * @returns the first of it as a sentence
 */
export async function unpublishedWork(
  machine: Machine,
  submodules: readonly Submodule[],
  top: string,
  base: string | null,
): Promise<string | null> {
  const bases = new Map([[top, base]]);
  for (const { path, parent, inParent, unpopulated } of submodules) {
    if (unpopulated) continue;
    const folder = join(parent, inParent);
    const began = await commitAt(machine, parent, bases.get(parent) ?? null, inParent);
    bases.set(folder, began);
    const own = ["HEAD", "--branches", "--glob=refs/stas[h]"];
    const args = ["rev-list", "--ignore-missing", "--max-count=1", ...own, "--not", "--remotes"];
    const found = await runGit(machine, folder, [...args, ...(began === null ? [] : [began])]);
    if (found.exitCode !== 0) return `git cannot tell which commits the submodule ${path} holds`;
    const commit = oneLine(found.stdout);
    if (commit === "") continue;
    return `the submodule ${path} holds the commit ${commit.slice(0, 12)}, which is on no remote`;
  }
  return null;
}

/** The commit a submodule stood at in a commit of what it is in. */
async function commitAt(
  machine: Machine,
  parent: string,
  commit: string | null,
  path: string,
): Promise<string | null> {
  if (commit === null) return null;
  const name = `${commit}:${path}`;
  const found = await runGit(machine, parent, ["rev-parse", "--verify", "--quiet", name]);
  return found.exitCode === 0 ? oneLine(found.stdout) : null;
}
