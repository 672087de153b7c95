import { join } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import type { ExecResult, Machine } from "../../runtime/machine.ts";
import { complaint, git, oneLine, runGit } from "./git.ts";

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
 * Looks at a folder a person named. Nothing is created.
 * @throws repo_not_found, repo_not_a_directory
 */
export async function inspectRepo(machine: Machine, named: string): Promise<Repo> {
  const path = await canonicalFolder(machine, named);
  const found = await gitFacts(machine, path);
  if (typeof found === "string") return { path, git: null, noGitBecause: found, dirty: false };
  const dirty = found.topLevel !== null && (await isDirty(machine, found.topLevel));
  return { path, git: found, noGitBecause: null, dirty };
}

async function canonicalFolder(machine: Machine, named: string): Promise<string> {
  const facts = await machine.stat(named);
  if (!facts) {
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
      hint: "Name the folder the agent should work in: --repo PATH",
      details: { path: named },
    });
  }
  const shown = await machine.exec(["pwd", "-P"], { cwd: named, timeoutMs: 10_000 });
  return oneLine(shown.stdout);
}

/** Facts of the repository a folder belongs to, or why there is none. */
export async function gitFacts(machine: Machine, path: string): Promise<GitFacts | string> {
  const ask = (...args: string[]) => runGit(machine, path, ["rev-parse", ...args]);
  const places = await placesOf(ask);
  if (typeof places === "string") return places;
  const [head, branch] = await Promise.all([
    ask("--verify", "--quiet", "HEAD^{commit}"),
    runGit(machine, path, ["symbolic-ref", "--quiet", "--short", "HEAD"]),
  ]);
  const { topLevel } = places;
  return {
    ...places,
    head: head.exitCode === 0 ? oneLine(head.stdout) : null,
    branch: branch.exitCode === 0 ? oneLine(branch.stdout) : null,
    isLinked: places.gitFolder !== places.commonFolder,
    hasSubmodules:
      topLevel !== null && (await machine.stat(join(topLevel, ".gitmodules"))) !== undefined,
  };
}

type Places = Pick<GitFacts, "topLevel" | "subfolder" | "gitFolder" | "commonFolder">;

/** One call answers all questions, one line each; a path with a line break takes one call each. */
async function placesOf(ask: (...args: string[]) => Promise<ExecResult>): Promise<Places | string> {
  const kinds = ["--is-inside-work-tree", "--is-bare-repository"];
  const folders = ["--git-dir", "--git-common-dir"];
  const work = ["--show-toplevel", "--show-prefix"];
  const absolute = "--path-format=absolute";
  let all;
  try {
    all = await ask(...kinds, absolute, ...folders, ...work);
  } catch (thrown) {
    if (AgentpoolError.from(thrown).code === "git_missing") return "git is not installed";
    throw thrown;
  }
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
          oneLine((await ask(absolute, question)).stdout),
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

/**
 * Whether a work tree holds uncommitted work; ignored files are none.
 * @param except pathspecs of files that do not count
 */
export async function isDirty(
  machine: Machine,
  topLevel: string,
  except: readonly string[] = [],
): Promise<boolean> {
  const status = await git(
    machine,
    topLevel,
    ["status", "--porcelain", "-z", "--", ":/", ...except],
    { maxBytes: 4096 },
  );
  return status !== "";
}

/** A git pathspec that leaves files out; `spec` is meant from the folder the agent works in. */
export function exclude(subfolder: string, spec: string): string {
  return `:(top,exclude)${subfolder === "" ? "" : `${subfolder}/`}${spec}`;
}
