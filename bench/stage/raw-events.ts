import Sqlite from "better-sqlite3";
import type { NewEvent } from "../../src/domain/event.ts";

/**
 * Events in a file of their own, by prepared statements and nothing else: the columns of the store's
 * table without its indexes, and the settings of the store's connection.
 */
export class RawEvents implements Disposable {
  readonly #database: Sqlite.Database;
  readonly #insert: Sqlite.Statement;
  readonly #insertAll: (events: readonly NewEvent[]) => void;

  constructor(file: string) {
    this.#database = new Sqlite(file);
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 16000;
      PRAGMA journal_size_limit = 67108864;
      CREATE TABLE events (seq INTEGER PRIMARY KEY, session_id TEXT, run_id TEXT, at INTEGER, body TEXT)`);
    this.#insert = this.#database.prepare(
      "INSERT INTO events (session_id, run_id, at, body) VALUES (?, ?, ?, ?)",
    );
    this.#insertAll = this.#database.transaction((events: readonly NewEvent[]) => {
      for (const event of events) this.one(event);
    });
  }

  one({ sessionId, runId = null, at, body }: NewEvent): void {
    this.#insert.run(sessionId, runId, at, JSON.stringify(body));
  }

  many(events: readonly NewEvent[]): void {
    this.#insertAll(events);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
