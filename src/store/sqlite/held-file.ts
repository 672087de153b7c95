import { closeSync, fstatSync, openSync, statSync } from "node:fs";

/**
 * What became of a file that is held open. `moved`: its path leads nowhere or to another file, and
 * it still has a name somewhere (or, on a network, the server hides that it has none). `removed`:
 * it has no name left, so nobody can ever open it again. `unknown`: the file system cannot tell at
 * this moment, as one on a network that is out of reach.
 */
export type FilePlace = "in_place" | "moved" | "removed" | "unknown";

export interface HeldFile {
  /** Looked up anew each time; never throws. */
  place(): FilePlace;
  close(): void;
}

/**
 * Keeps a file open to tell later what became of it. Being open also keeps the system from giving
 * its number to a new file at the same path.
 *
 * Closing drops every POSIX lock this process has on the file: where SQLite locks it, hold it after
 * the lock was taken and close it after the lock was let go.
 */
export function holdFile(path: string): HeldFile {
  const descriptor = openSync(path, "r");
  // what is open stays the same file whatever happens to its names
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return {
    place: () => placeOf(path, { descriptor, dev, ino }),
    close: () => closeSync(descriptor),
  };
}

function placeOf(
  path: string,
  held: { readonly descriptor: number; readonly dev: bigint; readonly ino: bigint },
): FilePlace {
  try {
    const found = statAt(path);
    if (found !== undefined && found.dev === held.dev && found.ino === held.ino) return "in_place";
    return fstatSync(held.descriptor, { bigint: true }).nlink === 0n ? "removed" : "moved";
  } catch {
    return "unknown";
  }
}

/** Undefined only where the system says that nothing is there; any other failure is thrown. */
function statAt(path: string): { readonly dev: bigint; readonly ino: bigint } | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
}
