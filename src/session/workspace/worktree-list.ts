import { isAbsolute } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Machine } from "../../runtime/machine.ts";
import { gitMissing, oneLine, runGit } from "./git.ts";
import { gitIsMissing, inspectRepo } from "./repo.ts";
import { dirtOf } from "./uncommitted.ts";
import { runWorktreeCommand, worktreeCommand } from "./worktree-command.ts";
import { readMark } from "./worktree.ts";

export interface ListedWorktree {
  readonly path: string;
  readonly branch: string | null;
  readonly head: string | null;
  /** The work tree the repository was made with, or the bare repository. */
  readonly isMain: boolean;
  /** The session it was made for; null for worktrees that are not ours. */
  readonly sessionId: string | null;
  /** Belongs to a live session. */
  readonly active: boolean;
  /** Null when the folder is gone, or damaged so that git cannot tell. */
  readonly dirty: boolean | null;
  /** Commits that the base does not have; null where no base is known. */
  readonly commitsAhead: number | null;
}

/** Looked at side by side; each is a handful of short git calls. */
const atOnce = 4;

/**
 * Every worktree of a repository, the main one first, the others by path.
 * @param isLive whether a session of that id lives
 * @throws repo_not_found, repo_not_a_directory, not_a_git_repository
 */
export async function listWorktrees(
  machine: Machine,
  path: string,
  isLive: (sessionId: string) => boolean,
): Promise<{ readonly repoPath: string; readonly worktrees: readonly ListedWorktree[] }> {
  const repo = await inspectRepo(machine, path);
  if (repo.noGitBecause === gitIsMissing) throw gitMissing();
  if (!repo.git) {
    throw new AgentpoolError("not_a_git_repository", `${repo.path} is no git repository`, {
      why: `Only repositories have worktrees, and ${repo.noGitBecause ?? "this is none"}.`,
      hint: "Name one: agentpool worktrees list --repo PATH",
    });
  }
  const [main, ...linked] = await readEntries(machine, repo.path);
  const entries = [main, ...linked.sort((a, b) => (a.path < b.path ? -1 : 1))].filter(
    (entry) => entry !== undefined,
  );
  const worktrees: ListedWorktree[] = [];
  for (let at = 0; at < entries.length; at += atOnce) {
    const batch = entries.slice(at, at + atOnce);
    worktrees.push(
      ...(await Promise.all(
        batch.map((entry, index) => lookAt(machine, entry, at + index === 0, isLive)),
      )),
    );
  }
  return { repoPath: repo.git.topLevel ?? repo.path, worktrees };
}

interface Entry {
  readonly path: string;
  readonly branch: string | null;
  readonly head: string | null;
  readonly bare: boolean;
}

async function readEntries(machine: Machine, folder: string): Promise<Entry[]> {
  const listed = await runWorktreeCommand(machine, folder, ["list", "--porcelain", "-z"]);
  if (listed.exitCode === 0) return parseEntries(listed.stdout, "\0");
  // git before 2.36 knows no -z; there a path with a line break cannot be told
  return parseEntries(await worktreeCommand(machine, folder, ["list", "--porcelain"]), "\n");
}

/** Entries are separated by an empty line; each line is a word and its value. */
export function parseEntries(output: string, lineEnd: "\0" | "\n"): Entry[] {
  return output
    .split(lineEnd + lineEnd)
    .map((block) => {
      const lines = new Map(
        block.split(lineEnd).map((line): [string, string] => {
          const blank = line.indexOf(" ");
          return blank < 0 ? [line, ""] : [line.slice(0, blank), line.slice(blank + 1)];
        }),
      );
      return {
        path: lines.get("worktree") ?? "",
        branch: lines.get("branch")?.replace(/^refs\/heads\//, "") ?? null,
        head: lines.get("HEAD") ?? null,
        bare: lines.has("bare"),
      };
    })
    .filter((entry) => isAbsolute(entry.path));
}

async function lookAt(
  machine: Machine,
  entry: Entry,
  isMain: boolean,
  isLive: (sessionId: string) => boolean,
): Promise<ListedWorktree> {
  const { path, branch, head, bare } = entry;
  const mark = bare || isMain ? undefined : await readMark(machine, path);
  const sessionId = sessionOf(mark?.branch ?? branch);
  const isThere = (await machine.stat(path))?.kind === "folder";
  return {
    path,
    branch,
    head,
    isMain,
    sessionId,
    active: sessionId !== null && isLive(sessionId),
    dirty: isThere && !bare ? await dirtOf(machine, path) : null,
    commitsAhead:
      mark && head !== null ? await commitsBetween(machine, path, mark.base, head) : null,
  };
}

/** `agentpool/<provider>/<session id>`, with `-a2` for later attempts. */
function sessionOf(branch: string | null): string | null {
  return /^agentpool\/[^/]+\/(ap_[0-9a-f]{12})(?:-a\d+)?$/.exec(branch ?? "")?.[1] ?? null;
}

/** How many commits `tip` has that `base` has not; null when either is unknown here. */
export async function commitsBetween(
  machine: Machine,
  folder: string,
  base: string,
  tip: string,
): Promise<number | null> {
  const counted = await runGit(machine, folder, ["rev-list", "--count", `${base}..${tip}`]);
  return counted.exitCode === 0 ? Number(oneLine(counted.stdout)) : null;
}
