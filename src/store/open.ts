import type { Store } from "./store.ts";
import { Database } from "./sqlite/database.ts";
import { translate } from "./sqlite/failures.ts";
import { createFile, requireFile } from "./sqlite/file.ts";
import { storedEpoch } from "./sqlite/meta.ts";
import { defaultLockWaitMs } from "./sqlite/patience.ts";
import { checkForReading, checkForWriting } from "./sqlite/schema.ts";
import { sqliteStore } from "./sqlite/sqlite-store.ts";

export interface OpenOptions {
  /** Absolute path of the database. */
  readonly file: string;
  /**
   * `write` creates the file (0600, its folder 0700) and brings its schema up to date. `read`
   * neither creates nor changes anything, and never keeps the writer from writing.
   */
  readonly mode: "read" | "write";
  /** The present moment, epoch milliseconds. */
  readonly now: number;
  /** How long a lock of another process is waited for, default 2,000 ms. */
  readonly lockWaitMs?: number;
}

/**
 * Opens the store of a home. A store opened for writing acts in the epoch it finds: several may
 * write beside each other until one of them raises the epoch, from then on only that one.
 * @throws store_not_found (mode `read`) when there is none yet; store_newer, store_locked,
 *   store_read_only, store_failed, disk_full, driver_missing.
 */
export async function openStore(options: OpenOptions): Promise<Store> {
  const { file, mode, now, lockWaitMs = defaultLockWaitMs } = options;
  if (mode === "write") createFile(file);
  else requireFile(file);
  const database = openDatabase(file, mode === "read", lockWaitMs);
  try {
    if (mode === "read") await checkForReading(database);
    else {
      // whoever only reads need not know how the schema came to be
      const { prepareForWriting } = await import("./sqlite/prepare-for-writing.ts");
      await prepareForWriting(database, now);
    }
    const epoch = await database.read(() => storedEpoch(database));
    return sqliteStore(database, epoch);
  } catch (thrown) {
    database.abandon();
    throw thrown;
  }
}

/**
 * Looks whether this agentpool could write the store, without writing.
 * @throws store_not_found when there is none yet; else as `openStore`
 */
export async function checkStore(options: Pick<OpenOptions, "file" | "lockWaitMs">): Promise<void> {
  const { file, lockWaitMs = defaultLockWaitMs } = options;
  requireFile(file);
  const database = openDatabase(file, true, lockWaitMs);
  try {
    await checkForWriting(database);
  } finally {
    database.abandon();
  }
}

function openDatabase(file: string, readOnly: boolean, lockWaitMs: number): Database {
  try {
    return new Database(file, { readOnly, lockWaitMs });
  } catch (thrown) {
    throw translate(thrown, file);
  }
}
