import { AgentpoolError } from "../../domain/errors.ts";
import type { Database } from "./database.ts";
import { notThere } from "./file.ts";
import { migrations } from "./migrations.ts";
import type { Migration } from "./migrations/migration.ts";
import { decodeText, encodeText } from "./table.ts";

/** `application_id` in the file's header: tells our store from anybody else's database. */
const applicationId = 0x61_70_6f_6c;

const newest = migrations.at(-1)?.version ?? 0;

/** Keys of the meta table that belong to the store itself. */
export const reservedKeys: ReadonlySet<string> = new Set([
  "epoch",
  "min_reader",
  "min_writer",
  "created_at",
]);

/**
 * Brings a store up to what this code knows, in one transaction. Does nothing to a store that is
 * newer and still lets us write.
 * @throws store_newer, or store_failed for a file that is somebody else's.
 */
export async function prepareForWriting(database: Database, now: number): Promise<void> {
  // nothing of somebody else's file may change, and the journal mode is written into the file
  await database.read(() => checkVersion(database, "min_writer"));
  await database.alone(() => {
    const mode = database.statement("PRAGMA journal_mode = WAL").get()?.["journal_mode"];
    if (mode !== "wal") {
      throw new AgentpoolError("store_failed", `The store ${database.file} has no shared memory`, {
        why: `its file system lets SQLite use journal mode ${mode}, not wal`,
        hint: "Keep agentpool's home on a local disk: AGENTPOOL_HOME",
      });
    }
    // a commit survives the death of this process, and at power loss the last ones may be missing
    database.exec("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000");
    // the log is folded in elsewhere; this is only the net below, at 64 MB
    database.exec("PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864");
  });
  await database.write(() => {
    const found = checkVersion(database, "min_writer");
    const missing = migrations.filter((migration) => migration.version > found);
    for (const migration of missing) apply(database, migration);
    if (found === 0) setMeta(database, "created_at", String(now));
  });
}

/** @throws store_newer; store_not_found where nobody has finished creating it. */
export async function checkForReading(database: Database): Promise<void> {
  await database.read(() => {
    if (checkVersion(database, "min_reader") === 0) throw notThere(database.file);
  });
}

/** As a writer would find it, changing nothing. @throws store_newer, store_failed, store_not_found */
export async function checkForWriting(database: Database): Promise<void> {
  await database.read(() => {
    if (checkVersion(database, "min_writer") === 0) throw notThere(database.file);
  });
}

/**
 * A store that only older versions have written may lack tables that were added since. One that is
 * there stays, and is looked for once.
 */
export function hasTable(database: Database, name: string): boolean {
  const seen = tablesSeen.get(database);
  if (seen?.has(name)) return true;
  const found = database
    .statement("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
    .get(encodeText(name));
  if (found === undefined) return false;
  if (seen) seen.add(name);
  else tablesSeen.set(database, new Set([name]));
  return true;
}

const tablesSeen = new WeakMap<Database, Set<string>>();

export function getMeta(database: Database, key: string): string | undefined {
  const row = database.statement("SELECT value FROM meta WHERE key = ?").get(encodeText(key));
  return row === undefined ? undefined : decodeText(String(row["value"]));
}

export function setMeta(database: Database, key: string, value: string): void {
  database
    .statement(
      "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .run(encodeText(key), encodeText(value));
}

export function removeMeta(database: Database, key: string): void {
  database.statement("DELETE FROM meta WHERE key = ?").run(encodeText(key));
}

/** Returns the version of the store, 0 for an empty file. */
function checkVersion(database: Database, demand: "min_reader" | "min_writer"): number {
  const version = Number(database.statement("PRAGMA user_version").get()?.["user_version"]);
  const owner = Number(database.statement("PRAGMA application_id").get()?.["application_id"]);
  if (owner === 0 && version === 0 && isEmpty(database)) return 0;
  if (owner !== applicationId) {
    throw new AgentpoolError("store_failed", `${database.file} is not a store of agentpool`, {
      why: "it is a database of another program",
      hint: `Move it aside: mv ${database.file} ${database.file}.moved`,
      details: { file: database.file },
    });
  }
  const needed = Number(getMeta(database, demand));
  if (needed > newest) {
    const verb = demand === "min_reader" ? "read" : "write";
    throw new AgentpoolError("store_newer", `A newer agentpool wrote ${database.file}`, {
      why: `to ${verb} it takes store version ${needed}, this agentpool knows ${newest}`,
      hint: "Update this agentpool: npm install --global agentpool@latest",
      details: { file: database.file, [demand]: needed, known: newest },
    });
  }
  return version;
}

function isEmpty(database: Database): boolean {
  return database.statement("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}

function apply(database: Database, migration: Migration): void {
  if (migration.version === 1) {
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID");
    setMeta(database, "epoch", "0");
  }
  database.exec(migration.sql);
  database.exec(`PRAGMA user_version = ${migration.version}`);
  setMeta(database, "min_reader", String(migration.minReader));
  setMeta(database, "min_writer", String(migration.minWriter));
}
