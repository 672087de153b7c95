import { join } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Machine } from "../../runtime/machine.ts";
import { git, oneLine, runGit } from "./git.ts";
import { gitFacts, type GitFacts, type Repo } from "./repo.ts";
import { recordWorkTree, type RecordedTree } from "./work-tree.ts";

/** A work folder at the moment a session begins; the diff is taken against it. */
export interface Snapshot {
  /** Null without git, or before the first commit. */
  readonly commit: string | null;
  /** Name of a git tree with everything that was there and not ignored; null where there can be no diff. */
  readonly tree: string | null;
  /** Why there is no tree, or what is not in it. */
  readonly notes: readonly string[];
}

export interface SnapshotPlaces {
  /** A folder of the session's own for objects that must not go into the repository. */
  readonly objects: string;
  readonly timeoutMs?: number;
  /** The work folder as it was found a moment ago; looked at anew when absent. */
  readonly found?: Repo;
}

/** The agent waits for it. Most of it goes into new files, which have to be read as a whole. */
const defaultTimeoutMs = 30_000;

/** Names inside the session's object folder. */
export function snapshotFiles(objects: string) {
  return {
    base: join(objects, "base"),
    untracked: join(objects, "untracked"),
    record: join(objects, "snapshot.json"),
  };
}

/**
 * Records what the work folder holds now, uncommitted and new files included. Nothing of the
 * user's repository changes: neither index nor objects nor refs. Repeated, it gives what it gave
 * first, so that a start cut off half-way never takes the agent's work for the base. A tree that
 * cannot be recorded (time limit, default 30 s; git fails) costs the diff, not the session.
 */
export async function takeSnapshot(
  machine: Machine,
  workPath: string,
  places: SnapshotPlaces,
): Promise<Snapshot> {
  const known = await readSnapshot(machine, places.objects);
  if (known) return known;
  const snapshot = await record(machine, workPath, places);
  await machine.makeFolder(places.objects);
  await machine.write(snapshotFiles(places.objects).record, JSON.stringify(snapshot));
  return snapshot;
}

/** The snapshot taken when the session began, if one was. */
export async function readSnapshot(
  machine: Machine,
  objects: string,
): Promise<Snapshot | undefined> {
  const bytes = await machine.read(snapshotFiles(objects).record, 0, 64 * 1024);
  return bytes && (JSON.parse(Buffer.from(bytes).toString()) as Snapshot);
}

/**
 * Makes a snapshot that was removed usable again, which is possible where the repository itself has
 * its tree. Returns whether it is.
 */
export async function restoreSnapshot(
  machine: Machine,
  workPath: string,
  objects: string,
  snapshot: Snapshot & { readonly tree: string },
): Promise<boolean> {
  const found = await runGit(machine, workPath, ["cat-file", "-t", snapshot.tree]);
  if (found.exitCode !== 0 || oneLine(found.stdout) !== "tree") return false;
  const files = snapshotFiles(objects);
  await machine.makeFolder(files.base);
  await machine.write(files.record, JSON.stringify(snapshot));
  return true;
}

/** Removes a snapshot. Its record goes first: without that nobody takes what is left for whole. */
export async function removeSnapshot(machine: Machine, objects: string): Promise<void> {
  await machine.remove(snapshotFiles(objects).record);
  await machine.remove(objects);
}

async function record(
  machine: Machine,
  workPath: string,
  places: SnapshotPlaces,
): Promise<Snapshot> {
  const facts = places.found ? factsIn(places.found) : await gitFacts(machine, workPath);
  if (typeof facts === "string") return { commit: null, tree: null, notes: [facts] };
  if (!hasWorkTree(facts)) {
    return { commit: facts.head, tree: null, notes: ["it is a bare repository"] };
  }
  const committed = places.found && treeOfClean(places.found);
  if (committed !== undefined) {
    // what a diff looks into, which holds nothing here
    await machine.makeFolder(snapshotFiles(places.objects).base);
    return { commit: facts.head, tree: committed, notes: [] };
  }
  try {
    const recorded = await recordAll(machine, facts, places);
    return { commit: facts.head, tree: recorded.tree, notes: recorded.notes };
  } catch (thrown) {
    const error = AgentpoolError.from(thrown);
    if (error.code !== "git_failed" && error.code !== "exec_failed") throw error;
    await machine.remove(snapshotFiles(places.objects).base);
    const why = `the work tree could not be recorded at the start: ${error.why ?? error.message}`;
    return { commit: facts.head, tree: null, notes: [why] };
  }
}

function factsIn({ git, noGitBecause }: Repo): GitFacts | string {
  return git ?? noGitBecause ?? "there is no repository";
}

/**
 * Where nothing is uncommitted, the tree of HEAD is what the folder holds. Settings may keep changes of
 * submodules out of the status, but not out of a record.
 */
function treeOfClean({ dirty, git }: Repo): string | undefined {
  return dirty || !git?.head || git.hasSubmodules ? undefined : `${git.head}^{tree}`;
}

async function recordAll(
  machine: Machine,
  facts: GitFacts & { readonly topLevel: string },
  places: SnapshotPlaces,
): Promise<RecordedTree> {
  const files = snapshotFiles(places.objects);
  const limit = { timeoutMs: places.timeoutMs ?? defaultTimeoutMs };
  await machine.makeFolder(places.objects);
  // a file that is new now and ignored later is neither deleted nor new; see `recordWorkTree`
  await git(machine, facts.topLevel, ["ls-files", "--others", "--exclude-standard", "-z"], {
    outputFile: files.untracked,
    ...limit,
  });
  const index = join(places.objects, "base.index");
  const recorded = await recordWorkTree(machine, facts, { objects: files.base, index, ...limit });
  await machine.remove(index);
  return recorded;
}

export function hasWorkTree(facts: GitFacts): facts is GitFacts & { readonly topLevel: string } {
  return facts.topLevel !== null;
}
