import { randomBytes } from "node:crypto";
import { join } from "node:path/posix";
import type { Workspace } from "../../domain/session.ts";
import type { Machine } from "../../runtime/machine.ts";
import { maxListed, readChangedFiles, type ChangedFile } from "./changed-files.ts";
import { git, type GitOptions } from "./git.ts";
import { movedNote, notesOn } from "./diff-notes.ts";
import { chooseOmissions, patchSizes, type Omission } from "./patch-size.ts";
import { exclude, gitFacts, type GitFacts } from "./repo.ts";
import { hasWorkTree, readSnapshot, snapshotFiles } from "./snapshot.ts";
import { submoduleNotes, submodulesOf } from "./submodules.ts";
import { objectPlaces, recordWorkTree, type RecordedTree } from "./work-tree.ts";
import { commitsBetween } from "./worktree-list.ts";
import { zeroFields } from "./zero-fields.ts";

export interface DiffOptions {
  /** The session's folder of objects, as given to `takeSnapshot`. */
  readonly objects: string;
  /** Files that are not work, as pathspecs from the work folder. */
  readonly litter?: readonly string[];
  /** Bound of the patch; default 64 MiB. */
  readonly maxPatchBytes?: number;
}

/** What a diff was taken of: two that are equal give the same diff. */
export interface DiffedWork {
  readonly head: string | null;
  /** Name of the work tree's git tree. */
  readonly tree: string;
}

/** What changed since the session began. Raw: it may hold secrets. */
export interface DiffReport {
  /** Why there is no diff; null when there is one. */
  readonly missingBecause: string | null;
  readonly isRepo: boolean;
  readonly dirty: boolean | null;
  readonly baseCommit: string | null;
  readonly headCommit: string | null;
  /** Commits between the two; null when HEAD was moved elsewhere or there was none. */
  readonly commits: number | null;
  /** At most `maxListed`; `changedTotal` counts all. */
  readonly changed: readonly (ChangedFile & { readonly committed: boolean })[];
  readonly changedTotal: number;
  readonly linesAdded: number;
  readonly linesDeleted: number;
  /** Changed, listed, and left out of the patch for their size. */
  readonly omitted: readonly Omission[];
  /** What a reader must know, one sentence each. */
  readonly notes: readonly string[];
}

export interface Diff extends DiffReport {
  /** `git apply` on the base gives the present work tree; null without a diff. */
  readonly patchFile: string | null;
  readonly statusFile: string | null;
  /** Null without a diff. */
  readonly of: DiffedWork | null;
  /** Removes both files. */
  discard(): Promise<void>;
}

const defaultMaxPatchBytes = 64 * 1024 * 1024;
const limits = { timeoutMs: 300_000 };
/** Leftovers of a diff that was cut off are younger than this only while it may still run. */
const leftoverMs = 1_200_000;

/**
 * Compares the work folder with the snapshot of the session's beginning: committed, staged,
 * unstaged and new files, renames, modes, symbolic links, binary files and submodules. git writes
 * the patch into a file of the session's own; nothing of it passes through this process.
 * @throws git_failed, exec_failed at the time limit
 */
export async function takeDiff(
  machine: Machine,
  workspace: Workspace,
  options: DiffOptions & { readonly now: number },
): Promise<Diff> {
  if ((await machine.stat(workspace.workPath))?.kind !== "folder") {
    return missing(`${workspace.workPath} is gone`, null);
  }
  const facts = await gitFacts(machine, workspace.workPath);
  if (typeof facts === "string") return missing(facts, null);
  if (!hasWorkTree(facts)) return missing("it is a bare repository", facts);
  const snapshot = await readSnapshot(machine, options.objects);
  if (workspace.baseTree === null) {
    return missing(snapshot?.notes[0] ?? "nothing was recorded when the session began", facts);
  }
  if (!snapshot)
    return missing("what was there when the session began is not kept any more", facts);
  await removeLeftovers(machine, options);
  const folder = scratchFolder(options.objects);
  await machine.makeFolder(folder);
  try {
    const base = { tree: workspace.baseTree, commit: workspace.baseCommit };
    return await compare(machine, workspace, facts, base, {
      ...options,
      folder,
      notes: snapshot?.notes ?? [],
    });
  } catch (thrown) {
    await machine.remove(folder);
    throw thrown;
  }
}

interface CompareOptions extends DiffOptions {
  readonly folder: string;
  readonly notes: readonly string[];
}

async function compare(
  machine: Machine,
  workspace: Workspace,
  facts: GitFacts & { readonly topLevel: string },
  base: { readonly tree: string; readonly commit: string | null },
  options: CompareOptions,
): Promise<Diff> {
  const { folder } = options;
  const files = snapshotFiles(options.objects);
  const objects = join(folder, "objects");
  const now = await recordNow(machine, facts, options.objects, { folder, ...limits });
  const call = { ...limits, env: objectPlaces(facts, [objects, files.base]) };
  const top = facts.topLevel;
  const work = [":/", ...(options.litter ?? []).map((spec) => exclude(facts.subfolder, spec))];

  const list = join(folder, "changed");
  const trees = [base.tree, now.tree];
  await diffTree(machine, top, ["-z", "--raw", "--numstat"], trees, work, {
    ...call,
    outputFile: list,
  });
  const changed = await readChangedFiles(zeroFields(machine, list));
  const uncommitted = await uncommittedPaths(machine, top, facts.head, now.tree, call, folder);

  const omitted = chooseOmissions(
    await patchSizes(machine, top, changed, call),
    options.maxPatchBytes ?? defaultMaxPatchBytes,
  );
  const patchFile = join(folder, "patch");
  const kept = [...work, ...omitted.map(({ path }) => `:(top,exclude,literal)${path}`)];
  const patch = ["-p", "--binary", "--full-index", "--src-prefix=a/", "--dst-prefix=b/", "-U3"];
  await diffTree(machine, top, patch, trees, kept, { ...call, outputFile: patchFile });

  const statusFile = join(folder, "status");
  const all = ["--untracked-files=all", "--ignore-submodules=none"];
  await git(machine, top, ["status", "--short", "--branch", ...all, "--", ...work], {
    ...limits,
    outputFile: statusFile,
  });
  await machine.remove(objects);

  const submodules = await submodulesOf(machine, top);
  const commits =
    base.commit !== null && facts.head !== null
      ? await commitsBetween(machine, top, base.commit, facts.head)
      : null;
  const report: DiffReport = {
    missingBecause: null,
    isRepo: true,
    dirty:
      submodules.some(({ strayFiles }) => strayFiles > 0) ||
      (await hasChanges(machine, statusFile)),
    baseCommit: base.commit,
    headCommit: facts.head,
    commits,
    changed: changed
      .slice(0, maxListed)
      .map((file) => ({ ...file, committed: !uncommitted.has(file.path) })),
    changedTotal: changed.length,
    linesAdded: sum(changed, "added"),
    linesDeleted: sum(changed, "deleted"),
    omitted,
    notes: [
      ...options.notes,
      ...now.notes,
      ...notesOn(workspace, changed, omitted),
      ...(await submoduleNotes(machine, submodules)),
      ...(await movedNote(machine, top, base.commit, facts.head)),
    ],
  };
  const of = { head: facts.head, tree: now.tree };
  return { ...report, patchFile, statusFile, of, discard: () => machine.remove(folder) };
}

/** The work tree at this moment; its objects lie in `objects` of the scratch folder. */
function recordNow(
  machine: Machine,
  facts: GitFacts & { readonly topLevel: string },
  snapshotObjects: string,
  { folder, timeoutMs }: { readonly folder: string; readonly timeoutMs: number },
): Promise<RecordedTree> {
  const files = snapshotFiles(snapshotObjects);
  return recordWorkTree(machine, facts, {
    objects: join(folder, "objects"),
    alternates: [files.base],
    index: join(folder, "index"),
    alsoTracked: files.untracked,
    timeoutMs,
  });
}

/**
 * Whether a diff taken now would be the one that was taken then.
 * @throws git_failed, exec_failed at the time limit
 */
export async function isStill(
  machine: Machine,
  workspace: Workspace,
  then: DiffedWork,
  options: { readonly objects: string; readonly timeoutMs: number },
): Promise<boolean> {
  if ((await machine.stat(workspace.workPath))?.kind !== "folder") return false;
  const facts = await gitFacts(machine, workspace.workPath);
  if (typeof facts === "string" || !hasWorkTree(facts) || facts.head !== then.head) return false;
  if (!(await readSnapshot(machine, options.objects))) return false;
  const folder = scratchFolder(options.objects);
  await machine.makeFolder(folder);
  try {
    const { timeoutMs } = options;
    const now = await recordNow(machine, facts, options.objects, { folder, timeoutMs });
    return now.notes.length === 0 && now.tree === then.tree;
  } finally {
    await machine.remove(folder);
  }
}

function scratchFolder(objects: string): string {
  return join(objects, `now-${randomBytes(6).toString("hex")}`);
}

/**
 * Compares two trees with git's plumbing, which takes no notice of the user's settings for diffs.
 * Moved files are found up to git's own bound; beyond it they are a deletion and an addition.
 */
async function diffTree(
  machine: Machine,
  top: string,
  format: readonly string[],
  trees: readonly string[],
  paths: readonly string[],
  call: GitOptions,
): Promise<void> {
  await git(
    machine,
    top,
    [
      "diff-tree",
      "-r",
      "-M",
      "-l1000",
      "--no-ext-diff",
      "--no-textconv",
      "--no-color",
      "--no-relative",
      "--ignore-submodules=none",
      "--submodule=short",
      ...format,
      ...trees,
      "--",
      ...paths,
    ],
    call,
  );
}

/** Paths where the work tree differs from HEAD; the work on all others is committed. */
async function uncommittedPaths(
  machine: Machine,
  top: string,
  head: string | null,
  tree: string,
  call: GitOptions,
  folder: string,
): Promise<{ has(path: string): boolean }> {
  if (head === null) return { has: () => true };
  const list = join(folder, "uncommitted");
  const args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", `${head}^{tree}`, tree];
  await git(machine, top, args, { ...call, outputFile: list });
  const paths = new Set<string>();
  for await (const path of zeroFields(machine, list)) paths.add(path);
  return paths;
}

/** The first line of a short status is the branch; any other is a change. */
async function hasChanges(machine: Machine, statusFile: string): Promise<boolean> {
  const beginning = Buffer.from((await machine.read(statusFile, 0, 64 * 1024)) ?? []).toString();
  return beginning.split("\n").some((line) => line !== "" && !line.startsWith("##"));
}

async function removeLeftovers(
  machine: Machine,
  options: DiffOptions & { readonly now: number },
): Promise<void> {
  for (const file of await machine.list(options.objects)) {
    if (!file.name.startsWith("now-") || options.now - file.mtimeMs < leftoverMs) continue;
    await machine.remove(join(options.objects, file.name));
  }
}

function missing(because: string, facts: GitFacts | null): Diff {
  return {
    missingBecause: because,
    isRepo: facts !== null,
    dirty: null,
    baseCommit: null,
    headCommit: facts?.head ?? null,
    commits: null,
    changed: [],
    changedTotal: 0,
    linesAdded: 0,
    linesDeleted: 0,
    omitted: [],
    notes: [],
    patchFile: null,
    statusFile: null,
    of: null,
    discard: () => Promise.resolve(),
  };
}

function sum(files: readonly ChangedFile[], field: "added" | "deleted"): number {
  return files.reduce((total, file) => total + (file[field] ?? 0), 0);
}
