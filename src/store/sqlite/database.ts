import { AgentpoolError } from "../../domain/errors.ts";
import { elapsedMs } from "../../platform/clock.ts";
import { Checkpointer } from "./checkpointer.ts";
import { connect, type Connection, type Statement } from "./connection.ts";
import { isBusy, translate } from "./failures.ts";
import { whileBusy } from "./patience.ts";

export interface DatabaseOptions {
  readonly readOnly: boolean;
  readonly lockWaitMs: number;
}

/**
 * One open database file. Work is given as synchronous functions, each run within one tick: in a
 * read every statement sees the same snapshot, in a write all of it happens or nothing. Where
 * nobody holds a lock, the function has run before `read` or `write` returns.
 */
export class Database {
  readonly file: string;
  readonly readOnly: boolean;
  readonly #connection: Connection;
  readonly #lockWaitMs: number;
  readonly #checkpointer: Checkpointer;
  readonly #statements = new Map<string, Statement>();
  /** Settles when the last write that waits for a lock has ended; later ones queue behind it. */
  #queue: Promise<unknown> | undefined;
  #closed: Promise<void> | undefined;
  /** Pages the present write transaction adds to the log. */
  #pages = 0;

  constructor(file: string, options: DatabaseOptions) {
    this.file = file;
    this.readOnly = options.readOnly;
    this.#lockWaitMs = options.lockWaitMs;
    this.#connection = connect(file, options.readOnly);
    this.#checkpointer = new Checkpointer(file, () => {
      if (this.#closed === undefined) this.#connection.exec("PRAGMA wal_autocheckpoint = 400");
    });
  }

  /** A prepared statement, kept for the next time. */
  statement(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const prepared = this.#counting(this.#connection.prepare(withPlainPlan(sql)));
    // the store's own texts are about a hundred; only partial updates can make more
    if (this.#statements.size >= maxStatements) this.#statements.clear();
    this.#statements.set(sql, prepared);
    return prepared;
  }

  /** Estimates the pages that changes add to the log: two a row, and what long texts take. */
  #counting(statement: Statement): Statement {
    return {
      get: statement.get,
      all: statement.all,
      run: (...values) => {
        const rows = statement.run(...values);
        let length = 0;
        for (const value of values) if (typeof value === "string") length += value.length;
        this.#pages += rows * 2 + length / pageBytes;
        return rows;
      },
    };
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  /** For what cannot be done inside a transaction, and for a read of one statement, which needs none. */
  alone<T>(action: () => T): Promise<T> {
    return this.#begin(action);
  }

  read<T>(action: () => T): Promise<T> {
    return this.#begin(() => this.#transaction("BEGIN", action));
  }

  /**
   * Writes run one after the other in the order they were asked for.
   * @param committed called once the result is safe, in the same tick; must not throw
   */
  write<T>(action: () => T, committed?: (result: T) => void): Promise<T> {
    if (this.readOnly) return Promise.reject(this.#openedForReading());
    const attempt = (): T => {
      const { result, pages } = this.#transaction("BEGIN IMMEDIATE", () => {
        // the file's first page and the inner pages of a tree
        this.#pages = 2;
        return { result: action(), pages: this.#pages };
      });
      this.#checkpointer.wrote(pages);
      committed?.(result);
      return result;
    };
    const ahead = this.#queue ?? this.#checkpointer.room();
    return ahead === undefined
      ? this.#begin(attempt, () => this.#inLine(Promise.resolve(), attempt))
      : this.#inLine(ahead, attempt);
  }

  /** Closes the file and leaves it as it is. */
  abandon(): void {
    this.#closed ??= Promise.resolve();
    this.#statements.clear();
    this.#connection.close();
  }

  /**
   * Closes the file; work that has not begun yet is refused. A writer folds its log into the
   * database first and leaves an empty log behind: without one, nobody could read the store in a
   * folder that is read-only to them.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.readOnly) {
      this.abandon();
      return;
    }
    await this.#checkpointer.stop();
    let witness: Connection | undefined;
    try {
      this.#connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
      // the last connection to close removes the log, unless it may only read
      witness = connect(this.file, true);
      witness.prepare("SELECT 1 FROM sqlite_schema").get();
    } catch {
      // somebody reads, or the disk is full: what is not folded in stays in the log, where every
      // opener finds it
    } finally {
      this.abandon();
      witness?.close();
    }
  }

  /** Tries in this tick, and `later` where another process holds the lock. */
  #begin<T>(
    attempt: () => T,
    later = () => this.#patiently(attempt, this.#deadline()),
  ): Promise<T> {
    try {
      return Promise.resolve(this.#open(attempt));
    } catch (thrown) {
      return isBusy(thrown) ? later() : Promise.reject(translate(thrown, this.file));
    }
  }

  #inLine<T>(ahead: Promise<unknown>, attempt: () => T): Promise<T> {
    const deadline = this.#deadline();
    const turn = ahead
      .then(() => this.#patiently(attempt, deadline))
      .finally(() => {
        if (this.#queue === settled) this.#queue = undefined;
      });
    const settled = Promise.allSettled([turn]);
    this.#queue = settled;
    return turn;
  }

  async #patiently<T>(attempt: () => T, deadline: number): Promise<T> {
    try {
      return await whileBusy(() => this.#open(attempt), deadline, this.file);
    } catch (thrown) {
      throw translate(thrown, this.file);
    }
  }

  #deadline(): number {
    return elapsedMs() + this.#lockWaitMs;
  }

  #open<T>(attempt: () => T): T {
    if (this.#closed !== undefined) {
      throw new AgentpoolError("store_failed", `The store ${this.file} is closed`, {
        why: "the process that opened it is ending",
      });
    }
    return attempt();
  }

  #transaction<T>(begin: "BEGIN" | "BEGIN IMMEDIATE", action: () => T): T {
    this.statement(begin).run();
    try {
      const result = action();
      this.statement("COMMIT").run();
      return result;
    } catch (thrown) {
      this.#connection.rollback();
      throw thrown;
    }
  }

  #openedForReading(): AgentpoolError {
    return new AgentpoolError("store_read_only", `The store ${this.file} is open for reading`, {
      why: "only the supervisor writes the store",
      hint: "Ask the supervisor to do it: every write is an operation",
    });
  }
}

/**
 * SQLite looks at what a bare `LIMIT ?` is given to choose a plan, and so prepares the statement again
 * each time it runs, at several times the cost of running it. Of a sum it does not know the value.
 */
function withPlainPlan(sql: string): string {
  return sql.replaceAll("LIMIT ?", "LIMIT ? + 0");
}

const maxStatements = 500;

const pageBytes = 4_096;
