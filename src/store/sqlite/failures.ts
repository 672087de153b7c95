import { AgentpoolError } from "../../domain/errors.ts";

/** Primary result codes of SQLite that mean something of their own to us, by number. */
const primaryCodes: Readonly<Record<number, string>> = {
  3: "PERM",
  5: "BUSY",
  6: "LOCKED",
  8: "READONLY",
  10: "IOERR",
  11: "CORRUPT",
  13: "FULL",
  14: "CANTOPEN",
  19: "CONSTRAINT",
  26: "NOTADB",
};

/** SQLITE_IOERR_SHMSIZE: the shared index of the write-ahead log could not grow. */
const shmSize = 4874;

/** True when another connection holds the lock that was needed; trying again may help. */
export function isBusy(thrown: unknown): boolean {
  const code = primaryCode(thrown);
  return code === "BUSY" || code === "LOCKED";
}

/** True when what was tried needs the right to write, which this file or folder does not give. */
export function isReadOnly(thrown: unknown): boolean {
  const code = primaryCode(thrown);
  return code === "READONLY" || code === "PERM";
}

/** Turns what a driver throws into a coded error; leaves everything else as it is. */
export function translate(thrown: unknown, file: string): AgentpoolError {
  const code = primaryCode(thrown);
  if (code === undefined) return AgentpoolError.from(thrown);
  const message = (thrown as Error).message;
  const details = { file, sqlite: code };
  switch (code) {
    case "BUSY":
    case "LOCKED":
      return locked(file, thrown);
    case "READONLY":
    case "PERM":
      return new AgentpoolError("store_read_only", `The store ${file} cannot be written`, {
        why: message,
        hint: `Make the file and its folder writable: ls -la ${file}*`,
        details,
        cause: thrown,
      });
    case "FULL":
      return diskFull(file, thrown);
    case "CORRUPT":
    case "NOTADB":
      return new AgentpoolError("store_failed", `${file} is not a readable database`, {
        why: message,
        // with the log that belongs to it, so that it can be repaired there
        hint: `Move it aside and start anew: mv ${file} ${file}.broken; mv ${file}-wal ${file}.broken-wal`,
        details,
        cause: thrown,
      });
    case "CONSTRAINT":
      return conflict(message, thrown);
    default:
      return new AgentpoolError("store_failed", `The store ${file} failed`, {
        why: message,
        hint: `Look at the file and its folder: ls -la ${file}*`,
        details,
        cause: thrown,
      });
  }
}

export function locked(file: string, cause: unknown): AgentpoolError {
  return new AgentpoolError("store_locked", `The store ${file} is held by another process`, {
    why: "another program keeps a lock on it and did not let go in time",
    hint: `Find it and let it end: fuser ${file}`,
    details: { file },
    cause,
  });
}

export function diskFull(file: string, cause: unknown): AgentpoolError {
  return new AgentpoolError("disk_full", `No space is left to write ${file}`, {
    why: cause instanceof Error ? cause.message : String(cause),
    hint: `Free some space, nothing was half written: df -h ${file}`,
    details: { file },
    cause,
  });
}

/** Only unique columns can be violated: an id, a number in its session, an idempotency key. */
function conflict(message: string, cause: unknown): AgentpoolError {
  const column = /constraint failed: (\S+)/.exec(message)?.[1] ?? "";
  if (column.endsWith(".idempotency_key")) {
    return new AgentpoolError("idempotency_conflict", "The idempotency key is already taken", {
      why: `${column} must be unique; nothing was written`,
      details: { column },
      cause,
    });
  }
  return new AgentpoolError("conflict", "A record of this identity already exists", {
    why: `${message}; nothing was written`,
    details: { column },
    cause,
  });
}

/** better-sqlite3 gives extended codes as words, Node's own driver as a number. */
function primaryCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, errcode } = thrown as { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number") {
    return errcode === shmSize ? "FULL" : (primaryCodes[errcode & 0xff] ?? "ERROR");
  }
  if (typeof code !== "string" || !code.startsWith("SQLITE_")) return undefined;
  return code === "SQLITE_IOERR_SHMSIZE" ? "FULL" : code.split("_")[1];
}
