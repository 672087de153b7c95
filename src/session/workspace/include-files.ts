import { dirname, join } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Machine } from "../../runtime/machine.ts";
import { git, runGit } from "./git.ts";

/** Names, as `.gitignore` does, ignored files that a new worktree needs too. */
export const includeFile = ".worktreeinclude";

const mostFiles = 2_000;
const mostBytes = 1024 * 1024 * 1024;
const atOnce = 8;

/**
 * Copies files into a new worktree that git ignores and `.worktreeinclude` in the root of the
 * repository names, such as `.env`. Nothing that is there already is touched, and nothing is written
 * outside of the worktree.
 * @returns their paths
 * @throws invalid_config when there are too many; exec_failed, git_failed
 */
export async function copyIncluded(
  machine: Machine,
  from: string,
  to: string,
): Promise<readonly string[]> {
  const list = join(from, includeFile);
  if ((await machine.stat(list))?.kind !== "file") return [];
  const paths = await ignoredAndNamed(machine, from, list);
  const root = (await machine.realPath(to)) ?? to;
  const copied: string[] = [];
  for (let at = 0; at < paths.length; at += atOnce) {
    const batch = paths.slice(at, at + atOnce);
    const done = await Promise.all(batch.map((path) => copyOne(machine, from, root, path)));
    copied.push(...batch.filter((_, index) => done[index]));
  }
  return copied;
}

async function ignoredAndNamed(machine: Machine, from: string, list: string): Promise<string[]> {
  const args = ["ls-files", "--others", "--ignored", `--exclude-from=${list}`, "-z"];
  const named = (await git(machine, from, args)).split("\0").filter((path) => path !== "");
  if (named.length === 0) return [];
  if (named.length > mostFiles) throw tooMuch(list, `it names over ${mostFiles} files`);
  const input = named.map((path) => `${path}\0`).join("");
  const ignored = await runGit(machine, from, ["check-ignore", "--stdin", "-z"], { input });
  const paths = ignored.stdout.split("\0").filter((path) => path !== "");
  let bytes = 0;
  for (const path of paths) bytes += (await machine.stat(join(from, path)))?.sizeBytes ?? 0;
  if (bytes > mostBytes) throw tooMuch(list, `what it names has ${bytes} bytes`);
  return paths;
}

/** Aside and renamed: a copy that was cut off is never taken for the file. */
const copyScript = 'cp -pP -- "$1" "$3" && mv -f -- "$3" "$2"';

async function copyOne(
  machine: Machine,
  from: string,
  root: string,
  path: string,
): Promise<boolean> {
  const target = join(root, path);
  if ((await machine.stat(target)) !== undefined) return false;
  const folder = dirname(target);
  await machine.makeFolder(folder, 0o755);
  // a link in the worktree's own commit may lead anywhere
  const real = await machine.realPath(folder);
  if (real !== folder) return false;
  const words = [join(from, path), target, `${target}.agentpool-part`];
  const copied = await machine.exec(["sh", "-c", copyScript, "sh", ...words], {
    timeoutMs: 120_000,
  });
  if (copied.exitCode === 0) return true;
  throw new AgentpoolError("exec_failed", `${path} could not be copied into the worktree`, {
    why: copied.stderr.trim().split("\n").at(-1) ?? `cp ended with ${copied.exitCode}`,
    hint: `Leave it out of ${includeFile}, or make it readable.`,
  });
}

function tooMuch(list: string, why: string): AgentpoolError {
  return new AgentpoolError("invalid_config", `${list} names too much`, {
    why: `${why}; each worktree would get a copy of its own.`,
    hint: "Name single files, and make the rest by a script: worktree.setup in config.yaml",
    details: { file: list },
  });
}
