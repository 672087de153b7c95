import { basename, dirname, isAbsolute, join, relative } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import type { LeasePlace } from "../../domain/lease-rules.ts";
import { compile, isPattern, literal, splitPattern, tidy } from "../../domain/path-pattern.ts";
import type { Machine } from "../../runtime/machine.ts";
import { gitFacts, type GitFacts } from "../workspace/repo.ts";

/** Where relative paths are meant from, and what stands for the repository where there is no git. */
export interface LeaseBase {
  readonly folder: string;
  readonly repoPath: string;
}

/**
 * Finds the one name of what somebody calls a path or pattern: symbolic links are followed as the
 * system does, worktrees of one repository meet in its main one, and where the file system takes
 * upper and lower case for the same, so does the key. What does not exist yet is taken as written.
 * A file that has wildcards in its name is that file.
 * @throws invalid_input
 */
export async function findPlaces(
  machine: Machine,
  base: LeaseBase,
  named: readonly string[],
): Promise<LeasePlace[]> {
  const repos = new Map<string, Promise<Mapping | null>>();
  const mappingOf = (folder: string): Promise<Mapping | null> => {
    const known = repos.get(folder) ?? findMapping(machine, folder);
    repos.set(folder, known);
    return known;
  };
  const places = new Map<string, LeasePlace>();
  for (const name of named) {
    const place = await findPlace(machine, base, name, mappingOf);
    places.set(place.key, place);
  }
  return [...places.values()];
}

/** Keys of files that git names from the root of a work tree. */
export async function keysOfFiles(
  machine: Machine,
  folder: string,
  paths: readonly string[],
): Promise<string[]> {
  const mapping = await findMapping(machine, folder);
  const root = mapping?.main ?? folder;
  return paths.map((path) =>
    fold(`${literal(root)}/${literal(path)}`, mapping?.foldsCase ?? false),
  );
}

/** How paths of a work tree are told, whichever worktree of its repository it is. */
interface Mapping {
  readonly top: string;
  /** Root of the main work tree; of a bare repository the repository itself. */
  readonly main: string;
  readonly isLinked: boolean;
  readonly foldsCase: boolean;
}

async function findMapping(machine: Machine, folder: string): Promise<Mapping | null> {
  const facts = await gitFacts(machine, folder);
  if (typeof facts === "string") return null;
  const top = facts.topLevel ?? facts.gitFolder;
  return {
    top,
    main: facts.isLinked ? mainOf(facts) : top,
    isLinked: facts.isLinked,
    foldsCase: await foldsCase(machine, top),
  };
}

function mainOf({ commonFolder }: GitFacts): string {
  return basename(commonFolder) === ".git" ? dirname(commonFolder) : commonFolder;
}

async function findPlace(
  machine: Machine,
  base: LeaseBase,
  named: string,
  mappingOf: (folder: string) => Promise<Mapping | null>,
): Promise<LeasePlace> {
  if (named.trim() === "" || /[\0\n]/.test(named)) {
    throw new AgentpoolError("invalid_input", `${JSON.stringify(named)} is no path`, {
      hint: "Name files, folders or patterns: src/app.ts, src, src/**/*.ts",
    });
  }
  const from = isAbsolute(named) ? "/" : base.folder;
  const { fixed, rest } = await split(machine, from, named);
  const { path, folder } = await follow(machine, from, fixed);
  const own = await mappingOf(base.folder);
  const nearest = await mappingOf(folder);
  const mapping =
    nearest && !nearest.isLinked && own?.isLinked && isInside(path, own.top) ? own : nearest;
  const root = mapping?.top ?? base.repoPath;
  const main = mapping?.main ?? base.repoPath;
  const inside = isInside(path, root) ? relative(root, path) : null;
  const isFolder = rest === "" && (named.endsWith("/") || folder === path);
  const below = isFolder ? "**" : rest;
  const key = tidy(`${literal(inside === null ? path : join(main, inside))}/${below}`);
  compile(key);
  return {
    repoPath: main,
    filePath: [inside ?? path, below].filter((part) => part !== "").join("/"),
    key: fold(key, mapping?.foldsCase ?? (await foldsCase(machine, base.repoPath))),
  };
}

/** The part without wildcards as a plain path, and the pattern after it. */
async function split(
  machine: Machine,
  from: string,
  named: string,
): Promise<{ readonly fixed: string; readonly rest: string }> {
  if (!isPattern(named)) return { fixed: named.replace(/\\([\\*?{}])/g, "$1"), rest: "" };
  if ((await machine.stat(isAbsolute(named) ? named : join(from, named))) !== undefined) {
    return { fixed: named, rest: "" };
  }
  const { fixed, rest } = splitPattern(named);
  return { fixed: fixed.replace(/\\([\\*?{}])/g, "$1"), rest: tidy(rest) };
}

/** The path with all links followed, and the deepest folder of it that exists. */
async function follow(
  machine: Machine,
  from: string,
  path: string,
): Promise<{ readonly path: string; readonly folder: string }> {
  let at = (await machine.realPath(from)) ?? from;
  let folder = at;
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    const next = name === ".." ? dirname(at) : join(at, name);
    at = (await machine.realPath(next)) ?? next;
    if ((await machine.stat(at))?.kind === "folder") folder = at;
  }
  return { path: at, folder };
}

/** Whether a name in other letters is the same folder here. */
async function foldsCase(machine: Machine, folder: string): Promise<boolean> {
  const name = basename(folder);
  const swapped = name.toLowerCase() === name ? name.toUpperCase() : name.toLowerCase();
  if (swapped === name) return false;
  const [one, other] = await Promise.all([
    machine.stat(folder),
    machine.stat(join(dirname(folder), swapped)),
  ]);
  return one !== undefined && one.identity === other?.identity;
}

/** Some file systems store letters with accents in another form than they were given. */
function fold(key: string, foldsCase: boolean): string {
  const normal = key.normalize("NFC");
  return foldsCase ? normal.toLowerCase() : normal;
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
