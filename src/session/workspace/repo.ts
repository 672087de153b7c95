import { join } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import type { ExecResult, Machine } from "../../runtime/machine.ts";
import { complaint, gitFailed, oneLine, runGit } from "./git.ts";

/** The folder somebody named, and what git makes of it. */
export interface Repo {
  /** Canonical: absolute, without symbolic links. */
  readonly path: string;
  /** Null when git has nothing to do with the folder. */
  readonly git: GitFacts | null;
  /** Why `git` is null. */
  readonly noGitBecause: string | null;
  /** Uncommitted work, new files included. False without git. */
  readonly dirty: boolean;
}

export interface GitFacts {
  /** Root of the work tree; null in a bare repository. */
  readonly topLevel: string | null;
  /** Where in the work tree the named folder lies: `""` or `packages/app`. */
  readonly subfolder: string;
  /** `.git` of this work tree. */
  readonly gitFolder: string;
  /** `.git` shared by all worktrees of the repository. */
  readonly commonFolder: string;
  /** Null before the first commit. */
  readonly head: string | null;
  /** Null when HEAD is detached. */
  readonly branch: string | null;
  /** A worktree made by `git worktree add`, not the main one. */
  readonly isLinked: boolean;
  readonly hasSubmodules: boolean;
}

/**
 * Looks at a folder a person named. Nothing is created. All that git is asked is asked at once:
 * a start waits for it, and each call of git takes some milliseconds.
 * @throws repo_not_found, repo_not_a_directory
 */
export async function inspectRepo(machine: Machine, named: string): Promise<Repo> {
  const path = await canonicalFolder(machine, named);
  const [places, status] = await Promise.all([
    placesOf(machine, path),
    // not for the folder's sake: what is asked here is true of its whole work tree
    runGitIfThere(machine, path, statusArguments, { maxBytes: 16 * 1024 }),
  ]);
  if (typeof places === "string") {
    return { path, git: null, noGitBecause: places, dirty: false };
  }
  if (places.topLevel === null || !status) {
    return { path, git: await withHead(machine, path, places), noGitBecause: null, dirty: false };
  }
  if (status.exitCode !== 0) throw gitFailed(path, statusArguments, status);
  const { head, branch, dirty } = readStatus(status.stdout);
  return { path, git: await factsOf(machine, places, head, branch), noGitBecause: null, dirty };
}

/** With where HEAD stands; counting how far that is from its upstream may take long. */
const statusArguments = [
  "status",
  "--porcelain=v2",
  "--branch",
  "--no-ahead-behind",
  "-z",
  "--",
  ":/",
];

/** The headers come first, and any other entry is a change. */
function readStatus(output: string): {
  readonly head: string | null;
  readonly branch: string | null;
  readonly dirty: boolean;
} {
  const entries = output.split("\0").filter((entry) => entry !== "");
  const header = (name: string): string | undefined =>
    entries.find((entry) => entry.startsWith(`# ${name} `))?.slice(name.length + 3);
  const [head, branch] = [header("branch.oid"), header("branch.head")];
  return {
    head: head === undefined || head === "(initial)" ? null : head,
    branch: branch === undefined || branch === "(detached)" ? null : branch,
    dirty: entries.some((entry) => !entry.startsWith("# ")),
  };
}

async function canonicalFolder(machine: Machine, named: string): Promise<string> {
  const facts = await machine.stat(named);
  const path = facts && (await machine.realPath(named));
  if (!facts || path === undefined) {
    throw new AgentpoolError("repo_not_found", `No folder ${named}`, {
      why: named.includes("/~/")
        ? "A quoted ~ is not expanded by the shell."
        : "Nothing exists at this path, and agentpool never creates it.",
      hint: "Name an existing folder: --repo PATH",
      details: { path: named },
    });
  }
  if (facts.kind !== "folder") {
    throw new AgentpoolError("repo_not_a_directory", `${named} is a ${facts.kind}, not a folder`, {
      why: "An agent works in a folder.",
      hint: "Name the folder the agent should work in: --repo PATH",
      details: { path: named },
    });
  }
  return path;
}

/** Facts of the repository a folder belongs to, or why there is none. */
export async function gitFacts(machine: Machine, path: string): Promise<GitFacts | string> {
  const [places, head] = await Promise.all([placesOf(machine, path), headOf(machine, path)]);
  if (typeof places === "string") return places;
  return factsOf(machine, places, head.head, head.branch);
}

async function withHead(machine: Machine, path: string, places: Places): Promise<GitFacts> {
  const { head, branch } = await headOf(machine, path);
  return factsOf(machine, places, head, branch);
}

async function headOf(
  machine: Machine,
  path: string,
): Promise<{ readonly head: string | null; readonly branch: string | null }> {
  const [head, branch] = await Promise.all([
    runGitIfThere(machine, path, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]),
    runGitIfThere(machine, path, ["symbolic-ref", "--quiet", "--short", "HEAD"]),
  ]);
  return { head: lineOf(head), branch: lineOf(branch) };
}

async function factsOf(
  machine: Machine,
  places: Places,
  head: string | null,
  branch: string | null,
): Promise<GitFacts> {
  const { topLevel } = places;
  return {
    ...places,
    head,
    branch,
    isLinked: places.gitFolder !== places.commonFolder,
    hasSubmodules:
      topLevel !== null && (await machine.stat(join(topLevel, ".gitmodules"))) !== undefined,
  };
}

/** Why a folder has no git facts, where there is no git to ask. */
export const gitIsMissing = "git is not installed";

/** Undefined where git is not installed; `placesOf` says so. */
async function runGitIfThere(...call: Parameters<typeof runGit>): Promise<ExecResult | undefined> {
  try {
    return await runGit(...call);
  } catch (thrown) {
    if (AgentpoolError.from(thrown).code === "git_missing") return undefined;
    throw thrown;
  }
}

function lineOf(result: ExecResult | undefined): string | null {
  return result?.exitCode === 0 ? oneLine(result.stdout) : null;
}

type Places = Pick<GitFacts, "topLevel" | "subfolder" | "gitFolder" | "commonFolder">;

/** One call answers all questions, one line each; a path with a line break takes one call each. */
async function placesOf(machine: Machine, path: string): Promise<Places | string> {
  const ask = (...args: string[]) => runGitIfThere(machine, path, ["rev-parse", ...args]);
  const kinds = ["--is-inside-work-tree", "--is-bare-repository"];
  const folders = ["--git-dir", "--git-common-dir"];
  const work = ["--show-toplevel", "--show-prefix"];
  const absolute = "--path-format=absolute";
  const all = await ask(...kinds, absolute, ...folders, ...work);
  if (!all) return gitIsMissing;
  const lines = all.stdout.split("\n");
  if (lines.length < 3) return whyNoGit(complaint(all));
  const inside = lines[0] === "true";
  if (!inside && lines[1] !== "true") return "it lies inside a .git folder";

  // git prints the first four answers in a bare repository and refuses the others
  const isWhole = lines.length === (inside ? 7 : 5);
  const answers = isWhole
    ? lines.slice(2, -1)
    : await Promise.all(
        [...folders, ...(inside ? work : [])].map(async (question) =>
          oneLine((await ask(absolute, question))?.stdout ?? ""),
        ),
      );
  const [gitFolder = "", commonFolder = "", topLevel, prefix = ""] = answers;
  return {
    gitFolder,
    commonFolder,
    topLevel: topLevel ?? null,
    subfolder: prefix.replace(/\/$/, ""),
  };
}

function whyNoGit(said: string): string {
  if (said.includes("not a git repository")) return "neither it nor a folder above it has a .git";
  if (said.includes("dubious ownership")) {
    return "git refuses it because it belongs to another user (git config safe.directory)";
  }
  return `git refuses it: ${said}`;
}

/** A git pathspec that leaves files out; `spec` is meant from the folder the agent works in. */
export function exclude(subfolder: string, spec: string): string {
  return `:(top,exclude)${subfolder === "" ? "" : `${subfolder}/`}${spec}`;
}
