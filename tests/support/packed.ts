import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll } from "vitest";
import { repository } from "./built.ts";
import { packageRegistry } from "./package-registry.ts";
import { cliEnvironment } from "./run-cli.ts";

export interface Packed {
  readonly tarball: string;
  readonly files: readonly string[];
  readonly size: number;
  readonly unpackedSize: number;
}

let known: Packed | undefined;

/** The package as npm would publish it; packed once for all tests of this file. */
export function pack(): Packed {
  if (known) return known;
  const folder = mkdtempSync(join(tmpdir(), "ap-package-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const packed = spawnSync(
    "npm",
    ["pack", "--ignore-scripts", "--json", "--pack-destination", folder],
    { cwd: repository, encoding: "utf8" },
  );
  const [{ filename, files, size, unpackedSize }] = JSON.parse(packed.stdout) as [
    { filename: string; files: readonly { path: string }[]; size: number; unpackedSize: number },
  ];
  known = {
    tarball: join(folder, filename),
    files: files.map(({ path }) => path),
    size,
    unpackedSize,
  };
  return known;
}

/**
 * Runs scripts/install.sh where the tarball lies, with a registry on the loopback that has it and what
 * it depends on, and npm's files in the folder. Rejects when it fails.
 */
export async function runInstaller(
  tarball: string,
  folder: string,
  args: readonly string[],
): Promise<{ readonly stderr: string }> {
  mkdirSync(folder, { recursive: true });
  const env = {
    HOME: folder,
    npm_config_registry: await packageRegistry(tarball),
    npm_config_cache: join(folder, "cache"),
    npm_config_userconfig: join(folder, "npmrc"),
  };
  return promisify(execFile)(join(repository, "scripts", "install.sh"), args, {
    cwd: dirname(tarball),
    env: cliEnvironment({ home: join(folder, "home"), env }),
    timeout: 110_000,
  });
}
