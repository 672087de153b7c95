import { AgentpoolError } from "../../domain/errors.ts";
import type { Database } from "./database.ts";
import { migrations } from "./migrations.ts";
import type { Migration } from "./migrations/migration.ts";
import { applicationId, checkVersion, setMeta } from "./schema.ts";

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
    const missing = migrations.filter(({ version }) => version > found);
    for (const migration of missing) apply(database, migration);
    if (found === 0) setMeta(database, "created_at", String(now));
  });
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
