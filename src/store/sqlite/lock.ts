import { statSync } from "node:fs";
import { connect, type Connection } from "./connection.ts";
import { isBusy, isReadOnly, locked, translate } from "./failures.ts";
import { createFile } from "./file.ts";
import { holdFile, type FilePlace } from "./held-file.ts";

/** A lock this process holds until it releases it or dies, however it dies. */
export interface HeldLock {
  /** Anywhere but `in_place` the lock guards nothing any more: the next taker makes a new file. */
  place(): FilePlace;
  release(): void;
}

/**
 * Takes a lock that the kernel drops at the moment its holder dies, and at no other. It is SQLite's
 * lock on a database of its own, which works across pid namespaces, while the holder is stopped,
 * and wherever SQLite itself may be trusted. Returns undefined at once when somebody holds it.
 * @throws store_read_only, disk_full, store_failed or driver_missing when it cannot be had at all.
 */
export function holdLock(file: string): HeldLock | undefined {
  createFile(file);
  let connection: Connection | undefined;
  try {
    connection = connect(file, false);
    if (take(connection, file)) return keep(connection, file);
    connection.close();
    return undefined;
  } catch (thrown) {
    connection?.close();
    throw translate(thrown, file);
  }
}

/**
 * Whether somebody holds this lock. It only reads, so it never keeps anybody from taking it.
 * @throws store_failed when the file cannot be asked.
 */
export function isLocked(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return false;
  let connection: Connection | undefined;
  try {
    connection = connect(file, true);
    connection.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (thrown) {
    if (isBusy(thrown)) return true;
    // a journal that a killed holder left behind: only a writer may clear it, and none is there
    if (isReadOnly(thrown)) return false;
    throw translate(thrown, file);
  } finally {
    connection?.close();
  }
}

/**
 * Connections that hold a lock. Without this a holder that forgets its handle would lose the lock
 * some time later, when the connection is collected as garbage and closes.
 */
const kept = new Set<Connection>();

function keep(connection: Connection, path: string): HeldLock {
  const file = holdFile(path);
  kept.add(connection);
  return {
    place: () => file.place(),
    release: () => {
      if (!kept.delete(connection)) return;
      connection.close();
      file.close();
    },
  };
}

/**
 * How often a taker steps around readers that ask in the same moment; 1 ms apart. A busy machine may
 * stop a reader for long in the midst of its question.
 */
const maxTries = 2_000;

function take(connection: Connection, file: string): boolean {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const held = whileFree(() => {
      giveItAPage(connection);
      connection.exec("BEGIN EXCLUSIVE");
    });
    if (held) {
      // keeps the lock even if SQLite were to end the transaction by itself
      connection.exec("PRAGMA locking_mode = EXCLUSIVE");
      return true;
    }
    // either somebody holds it, or a reader is just asking; a reader leaves room for this
    if (!whileFree(() => connection.exec("BEGIN IMMEDIATE"))) return false;
    connection.rollback();
    standStill(1);
  }
  throw locked(file, undefined);
}

/** A database without a page would need a journal for as long as it is locked. */
function giveItAPage(connection: Connection): void {
  if (connection.prepare("PRAGMA user_version").get()?.["user_version"] === 0) {
    connection.exec("PRAGMA user_version = 1");
  }
}

/** Returns false where somebody else's lock is in the way. */
function whileFree(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (thrown) {
    if (isBusy(thrown)) return false;
    throw thrown;
  }
}

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
