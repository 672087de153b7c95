import { join } from "node:path/posix";
import type { Machine } from "../../runtime/machine.ts";
import { complaint, git, oneLine, runGit, type GitOptions } from "./git.ts";
import type { GitFacts } from "./repo.ts";

/** The work tree as one git tree object. */
export interface RecordedTree {
  readonly tree: string;
  /** What could not be recorded, one sentence each. */
  readonly notes: readonly string[];
}

export interface RecordOptions {
  /** Where new objects go; made if absent. The repository's own object database stays as it is. */
  readonly objects: string;
  /** Further folders of objects to read from. */
  readonly alternates?: readonly string[];
  /** A scratch index, made and left there. */
  readonly index: string;
  /** A file of paths, each ended by a zero byte, that count as tracked even where ignored now. */
  readonly alsoTracked?: string;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 120_000;

/**
 * Records everything in the work tree that is not ignored: staged, unstaged and new files alike.
 * The user's index, refs and objects are only read: a copy of the index saves hashing what did not
 * change, and new objects go into a folder of their own.
 * @throws git_failed, exec_failed at the time limit
 */
export async function recordWorkTree(
  machine: Machine,
  facts: GitFacts & { readonly topLevel: string },
  options: RecordOptions,
): Promise<RecordedTree> {
  await machine.makeFolder(options.objects);
  await copyIndex(machine, join(facts.gitFolder, "index"), options.index);
  const call: GitOptions = {
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    env: {
      GIT_INDEX_FILE: options.index,
      ...objectPlaces(facts, [options.objects, ...(options.alternates ?? [])]),
    },
    // safecrlf may refuse files, a split index would be written beside the user's own
    config: [
      "core.safecrlf=false",
      "core.splitIndex=false",
      "core.untrackedCache=false",
      // a repository shared with a group would have its new objects readable by that group
      "core.sharedRepository=umask",
    ],
  };
  const top = facts.topLevel;
  const added = await runGit(machine, top, ["add", "--all", "--ignore-errors", "--", ":/"], call);
  if (options.alsoTracked !== undefined) {
    await addIgnored(machine, top, options.alsoTracked, call);
  }
  const tree = oneLine(await git(machine, top, ["write-tree"], call));
  const notes = added.exitCode === 0 ? [] : [`some files could not be read: ${complaint(added)}`];
  return { tree, notes };
}

/** Environment for reading objects from several places and writing them into the first. */
export function objectPlaces(
  facts: Pick<GitFacts, "commonFolder">,
  folders: readonly string[],
): Record<string, string> {
  const [first = "", ...others] = folders;
  const read = [...others, join(facts.commonFolder, "objects")];
  return {
    GIT_OBJECT_DIRECTORY: first,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: read.map(quotePlace).join(":"),
  };
}

/** A place with a colon in its name must be quoted the way git quotes paths. */
function quotePlace(path: string): string {
  if (!/[:"\\\n]/.test(path)) return path;
  return `"${path.replace(/["\\]/g, String.raw`\$&`).replaceAll("\n", String.raw`\n`)}"`;
}

async function copyIndex(machine: Machine, from: string, to: string): Promise<void> {
  await machine.remove(to);
  if (!(await machine.stat(from))) return;
  // with its time: git re-reads files that changed in the same instant as the index was written
  await machine.exec(["cp", "-p", from, to], { timeoutMs: 60_000 });
}

const maxListBytes = 16 * 1024 * 1024;

/** Adds those of the listed paths that are ignored by now and therefore were not added. */
async function addIgnored(
  machine: Machine,
  top: string,
  list: string,
  call: GitOptions,
): Promise<void> {
  const listed = await machine.read(list, 0, maxListBytes);
  if (!listed || listed.length === 0) return;
  const ask = ["check-ignore", "--no-index", "-z", "--stdin"];
  const ignored = await runGit(machine, top, ask, { ...call, input: listed });
  const paths: string[] = [];
  for (const path of ignored.stdout.split("\0")) {
    // one folder among them would make git give up on all
    const facts = path === "" ? undefined : await machine.stat(join(top, path));
    if (facts?.kind === "file") paths.push(path);
  }
  if (paths.length === 0) return;
  const add = ["update-index", "--add", "-z", "--stdin"];
  await git(machine, top, add, { ...call, input: `${paths.join("\0")}\0` });
}
