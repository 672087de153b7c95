import type { Machine } from "../../runtime/machine.ts";
import type { ChangedFile } from "./changed-files.ts";
import { runGit, type GitOptions } from "./git.ts";

/** What is left out of a patch so that it stays bounded. */
export interface Omission {
  /** A file, or a folder that ends in `/`. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** A patch about this large can still be read and applied. */
const largeFileBytes = 1024 * 1024;
const maxOmittedFiles = 200;

/**
 * Chooses what to leave out of a patch: the largest files first, then whole folders of the root,
 * until the rest is below the bound. A changed file counts with its size before and after, which
 * is what its patch can have at most.
 */
export function chooseOmissions(
  sizes: readonly { readonly path: string; readonly sizeBytes: number }[],
  maxBytes: number,
): Omission[] {
  let total = sizes.reduce((sum, file) => sum + file.sizeBytes, 0);
  const omitted = new Map<string, Omission>();
  const bySize = [...sizes].sort((a, b) => b.sizeBytes - a.sizeBytes);
  for (const file of bySize) {
    if (total <= maxBytes || omitted.size >= maxOmittedFiles) break;
    if (file.sizeBytes < largeFileBytes) break;
    omitted.set(file.path, file);
    total -= file.sizeBytes;
  }
  if (total <= maxBytes) return [...omitted.values()];

  const folders = new Map<string, number>();
  for (const { path, sizeBytes } of sizes) {
    if (omitted.has(path)) continue;
    const slash = path.indexOf("/");
    const root = slash < 0 ? path : path.slice(0, slash + 1);
    folders.set(root, (folders.get(root) ?? 0) + sizeBytes);
  }
  for (const [path, sizeBytes] of [...folders].sort((a, b) => b[1] - a[1])) {
    if (total <= maxBytes) break;
    omitted.set(path, { path, sizeBytes });
    total -= sizeBytes;
  }
  return [...omitted.values()];
}

/** Ids asked for in one call of git. */
const batch = 5_000;

/** Sizes of the changed contents, before and after together. */
export async function patchSizes(
  machine: Machine,
  folder: string,
  files: readonly ChangedFile[],
  call: GitOptions,
): Promise<{ path: string; sizeBytes: number }[]> {
  const ids = [...new Set(files.flatMap((file) => [file.oldId, file.newId]).filter(isContent))];
  const sizes = new Map<string, number>();
  for (let at = 0; at < ids.length; at += batch) {
    const ask = ["cat-file", "--batch-check=%(objectname) %(objectsize)"];
    const input = `${ids.slice(at, at + batch).join("\n")}\n`;
    const told = await runGit(machine, folder, ask, { ...call, input });
    for (const line of told.stdout.split("\n")) {
      const [id = "", size = ""] = line.split(" ");
      // a submodule's commit is not here, and `missing` is no size
      if (/^\d+$/.test(size)) sizes.set(id, Number(size));
    }
  }
  return files.map((file) => ({
    path: file.path,
    sizeBytes: (sizes.get(file.oldId) ?? 0) + (sizes.get(file.newId) ?? 0),
  }));
}

function isContent(id: string): boolean {
  return !/^0*$/.test(id);
}
