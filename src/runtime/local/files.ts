import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import type { FileFacts, NamedFile, WriteOptions } from "../machine.ts";

/** At most `maxBytes` from `offset`; undefined when there is no such regular file. */
export async function read(
  path: string,
  offset: number,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  // a named pipe without a writer would hold up a plain open for ever
  const file = await ifPresent(fs.open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (!file) return undefined;
  try {
    const facts = await file.stat();
    if (!facts.isFile()) return undefined;
    const size = Math.max(0, Math.min(maxBytes, facts.size - offset));
    const buffer = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(buffer, filled, size - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } finally {
    await file.close();
  }
}

export async function stat(path: string): Promise<FileFacts | undefined> {
  const facts = await ifPresent(fs.stat(path));
  return facts && factsOf(facts);
}

export function realPath(path: string): Promise<string | undefined> {
  return ifPresent(fs.realpath(path));
}

/** Oldest change first; files that vanish meanwhile are left out. */
export async function list(folder: string): Promise<readonly NamedFile[]> {
  const names = (await ifPresent(fs.readdir(folder))) ?? [];
  const found = await Promise.all(
    names.map(async (name): Promise<NamedFile | undefined> => {
      const facts = await stat(join(folder, name));
      return facts && { name, ...facts };
    }),
  );
  return found
    .filter((file) => file !== undefined)
    .sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1));
}

/**
 * Writes aside, syncs and renames. The name aside begins with a dot and ends in `.tmp`.
 * @throws disk_full
 */
export async function write(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, sync = true }: WriteOptions = {},
): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = await fs.open(aside, "wx", mode);
    try {
      await file.writeFile(content);
      if (sync) await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(aside, path);
  } catch (thrown) {
    await fs.rm(aside, { force: true });
    throw spaceError(thrown, path);
  }
}

export async function makeFolder(path: string, mode = 0o700): Promise<void> {
  try {
    await fs.mkdir(path, { recursive: true, mode });
  } catch (thrown) {
    throw spaceError(thrown, path);
  }
}

export async function remove(path: string): Promise<void> {
  await fs.rm(path, { recursive: true, force: true });
}

function factsOf(facts: Stats): FileFacts {
  return {
    kind: facts.isFile()
      ? "file"
      : facts.isDirectory()
        ? "folder"
        : facts.isFIFO()
          ? "pipe"
          : "other",
    sizeBytes: facts.size,
    mtimeMs: facts.mtimeMs,
    identity: `${facts.dev}:${facts.ino}`,
  };
}

/** Undefined when the path, or a folder on the way to it, does not exist. */
async function ifPresent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // ENXIO: a socket, which cannot be opened
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENXIO") return undefined;
    throw thrown;
  }
}

function spaceError(thrown: unknown, path: string): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code !== "ENOSPC" && code !== "EDQUOT") return thrown;
  return new AgentpoolError("disk_full", `${path} could not be written`, {
    why: "No space is left on its disk.",
    hint: "Free some space and try again",
    cause: thrown,
  });
}
