import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import type BetterSqlite from "better-sqlite3";
import { AgentpoolError } from "../../domain/errors.ts";

export const driverNames = ["better-sqlite3", "node:sqlite"] as const;
export type DriverName = (typeof driverNames)[number];

/** What both drivers take and give without loss. */
export type Value = string | number | null;
export type Row = Record<string, Value>;

/** The subset of SQLite drivers that the store uses; all of it is synchronous. */
export interface Connection {
  readonly driver: DriverName;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** Ends an open transaction without its effects; does nothing where SQLite ended it already. */
  rollback(): void;
  close(): void;
}

export interface Statement {
  /** Returns how many rows it changed. For statements that change rows and return none. */
  readonly run: (...values: readonly Value[]) => number;
  readonly get: (...values: readonly Value[]) => Row | undefined;
  readonly all: (...values: readonly Value[]) => Row[];
}

export interface Driver {
  readonly name: DriverName;
  open(file: string, readOnly: boolean): Connection;
  /** How a thread of this process loads the same library. */
  readonly thread: { readonly module: string; readonly options: object };
}

/**
 * Opens a database file that exists. The connection never waits for a lock: it fails with
 * SQLITE_BUSY at once, because SQLite's own wait would block the event loop.
 *
 * Two drivers must never have the same file open in one process: POSIX drops all locks a process
 * has on a file as soon as it closes any descriptor of it, and only one SQLite library at a time
 * knows which descriptors it must keep.
 */
export function connect(file: string, readOnly: boolean): Connection {
  const connection = driver().open(file, readOnly);
  connection.exec("PRAGMA busy_timeout = 0");
  return connection;
}

const loaded = new Map<string, Driver>();

/**
 * The driver of this process: better-sqlite3, else what Node has built in.
 * `AGENTPOOL_SQLITE_DRIVER` names the only one to try.
 * @throws driver_missing with the repair; invalid_config for a name that is none.
 */
export function driver(): Driver {
  const wanted = process.env["AGENTPOOL_SQLITE_DRIVER"] ?? "";
  const known = loaded.get(wanted);
  if (known) return known;
  const chosen = chooseDriver(wanted, thisNode());
  loaded.set(wanted, chosen);
  return chosen;
}

/** What the choice depends on, so that tests can describe another machine. */
export interface DriverHost {
  readonly require: NodeJS.Require;
  readonly nodeVersion: string;
  /** Version of Node-API this Node offers. */
  readonly napi: number;
  /** A module built into Node, undefined where it has none of this name. */
  readonly builtin: (name: string) => unknown;
}

function thisNode(): DriverHost {
  return {
    require: createRequire(import.meta.url),
    nodeVersion: process.versions.node,
    napi: Number(process.versions["napi"]),
    builtin: (name) => process.getBuiltinModule(name),
  };
}

interface Refusal {
  readonly why: string;
  readonly repair: string;
}

export function chooseDriver(wanted: string, host: DriverHost): Driver {
  const names = driverNames.filter((name) => wanted === "" || name === wanted);
  if (names.length === 0) {
    throw new AgentpoolError("invalid_config", `No SQLite driver is called "${wanted}"`, {
      why: "AGENTPOOL_SQLITE_DRIVER names it",
      hint: `Unset it, or set it to one of: ${driverNames.join(", ")}`,
    });
  }
  const refusals: Refusal[] = [];
  for (const name of names) {
    const result = name === "better-sqlite3" ? loadBetterSqlite(host) : loadNodeSqlite(host);
    if ("open" in result) return result;
    refusals.push(result);
  }
  throw new AgentpoolError("driver_missing", "No SQLite driver could be loaded", {
    why: refusals.map((refusal) => refusal.why).join("; "),
    hint: refusals.map((refusal) => refusal.repair).join("; or: "),
  });
}

function loadBetterSqlite(host: DriverHost): Driver | Refusal {
  let manifest: string;
  try {
    manifest = host.require.resolve("better-sqlite3/package.json");
  } catch {
    return {
      why: "the package better-sqlite3 is not installed",
      repair: "install agentpool again, so that npm installs what it depends on",
    };
  }
  const folder = dirname(manifest);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const prefix = folder.split(`${sep}node_modules${sep}`)[0] ?? folder;
  // better-sqlite3 13 is built for Node-API 10; where Node has less, the first call into it ends
  // the process with SIGSEGV, so it must not even be loaded to be tried
  if (Number.parseInt(version, 10) >= 13 && !(host.napi >= 10)) {
    return {
      why: `better-sqlite3 ${version} needs Node-API 10 and Node.js ${host.nodeVersion} has ${host.napi}`,
      repair: `npm install --no-save --prefix ${prefix} better-sqlite3@12`,
    };
  }
  try {
    // naming the built file spares the search for it; trying it first, the rest where it is unfit
    const built = join(folder, "build", "Release", "better_sqlite3.node");
    const nativeBinding = existsSync(built) ? built : undefined;
    if (nativeBinding !== undefined) host.require(nativeBinding);
    const Database = host.require("better-sqlite3") as typeof BetterSqlite;
    if (nativeBinding === undefined) new Database(":memory:").close();
    const options = {
      fileMustExist: true,
      timeout: 0,
      ...(nativeBinding === undefined ? {} : { nativeBinding }),
    };
    return {
      name: "better-sqlite3",
      open: (file, readonly) => wrapBetterSqlite(new Database(file, { ...options, readonly })),
      // looked up for writers alone: a search through folders costs a start of the command line
      get thread() {
        return { module: host.require.resolve("better-sqlite3"), options };
      },
    };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return {
      why: `better-sqlite3 ${version} does not load: ${reason.replaceAll("\n", " ")}`,
      repair: `npm rebuild --prefix ${prefix} better-sqlite3`,
    };
  }
}

function wrapBetterSqlite(database: BetterSqlite.Database): Connection {
  return {
    driver: "better-sqlite3",
    exec: (sql) => void database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare<Value[], Row>(sql);
      return {
        run: (...values) => statement.run(...values).changes,
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
      };
    },
    rollback: () => {
      if (database.inTransaction) database.exec("ROLLBACK");
    },
    close: () => void database.close(),
  };
}

/** The part of Node's own module that is used here; the types of Node 20 do not have it. */
interface NodeSqlite {
  readonly DatabaseSync: new (file: string, options: { readOnly: boolean }) => NodeDatabase;
}

interface NodeDatabase {
  exec(sql: string): void;
  prepare(sql: string): {
    run(...values: readonly Value[]): { readonly changes: number | bigint };
    get(...values: readonly Value[]): Row | undefined;
    all(...values: readonly Value[]): Row[];
  };
  close(): void;
}

function loadNodeSqlite(host: DriverHost): Driver | Refusal {
  const sqlite = withoutItsWarning(() => host.builtin("node:sqlite")) as NodeSqlite | undefined;
  if (sqlite === undefined) {
    return {
      why: `Node.js ${host.nodeVersion} has no SQLite built in`,
      repair: "use Node.js 22.13 or newer",
    };
  }
  return {
    name: "node:sqlite",
    open: (file, readOnly) => wrapNodeSqlite(new sqlite.DatabaseSync(file, { readOnly })),
    thread: { module: "node:sqlite", options: {} },
  };
}

/** Node 22 warns on standard error that its SQLite is experimental; other warnings pass. */
function withoutItsWarning<T>(load: () => T): T {
  // oxlint-disable-next-line typescript/unbound-method -- put back below as it was
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === "ExperimentalWarning" && String(warning).includes("SQLite")) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function wrapNodeSqlite(database: NodeDatabase): Connection {
  return {
    driver: "node:sqlite",
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        run: (...values) => Number(statement.run(...values).changes),
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
      };
    },
    rollback: () => {
      try {
        database.exec("ROLLBACK");
      } catch (thrown) {
        // Node before 22.16 cannot tell whether a transaction is open
        if (!String(thrown).includes("no transaction is active")) throw thrown;
      }
    },
    close: () => database.close(),
  };
}
