// needs: git
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { repository } from "./built.ts";

/** A git repository with one commit that holds the present sources, whatever is committed of them. */
export function sourceRepository(folder: string): string {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
    cwd: repository,
    encoding: "utf8",
  });
  for (const file of listed.split("\0").filter((name) => name !== "")) {
    // a file that is deleted and not committed yet is still listed
    if (existsSync(join(repository, file))) cpSync(join(repository, file), join(folder, file));
  }
  const author = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
  const git = (...args: string[]): unknown => execFileSync("git", args, { cwd: folder });
  git("init", "-q");
  git("add", "-A");
  git(...author, "commit", "-q", "-m", "all");
  return folder;
}

export interface PathOptions {
  readonly without?: readonly string[];
  /** Shell scripts in place of programs, by name. */
  readonly instead?: Readonly<Record<string, string>>;
}

/** A PATH of one folder that holds this machine's programs, but for some. */
export function pathWith(folder: string, { without = [], instead = {} }: PathOptions): string {
  mkdirSync(folder, { recursive: true });
  const hidden = new Set([...without, ...Object.keys(instead)]);
  const seen = new Set<string>();
  const folders = [dirname(process.execPath), ...(process.env["PATH"] ?? "").split(delimiter)];
  for (const from of folders) {
    for (const name of namesIn(from)) {
      if (seen.has(name) || hidden.has(name)) continue;
      seen.add(name);
      symlinkSync(join(from, name), join(folder, name));
    }
  }
  for (const [name, script] of Object.entries(instead)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // an entry of PATH that is not there
  }
}

/**
 * npm, but `npm ci` makes what it would make without a registry.
 * @param suite a program in place of vitest
 */
export function npmWithoutRegistry(suite?: string): string {
  const modules = join(repository, "node_modules");
  return [
    'if [ "$1" = ci ]; then',
    `  mkdir -p node_modules && ln -sf "${modules}"/* "${modules}/.bin" node_modules/`,
    ...(suite === undefined
      ? []
      : [
          "  rm node_modules/vitest && mkdir node_modules/vitest",
          `  cp "${suite}" node_modules/vitest/vitest.mjs`,
        ]),
    "  exit",
    "fi",
    `exec "${programOnPath("npm")}" "$@"`,
  ].join("\n");
}

function programOnPath(name: string): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is not on PATH`);
  return found;
}
