import { AgentpoolError } from "../../domain/errors.ts";
import type { Database } from "./database.ts";
import { notThere } from "./file.ts";
import { decodeText, encodeText } from "./table.ts";

/** `application_id` in the file's header: tells our store from anybody else's database. */
export const applicationId = 0x61_70_6f_6c;

/** The schema this code knows: the version of the last migration. */
export const newest = 16;

/** Keys of the meta table that belong to the store itself. */
export const reservedKeys: ReadonlySet<string> = new Set([
  "epoch",
  "min_reader",
  "min_writer",
  "created_at",
]);

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

/** Returns the version of the store, 0 for an empty file. @throws store_newer, store_failed */
export function checkVersion(database: Database, demand: "min_reader" | "min_writer"): number {
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
