import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  statSync,
  type Stats,
} from "node:fs";
import { dirname } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import { diskFull } from "./failures.ts";

/**
 * Makes sure that a database file lies at the path, readable for its owner alone, in a folder of
 * the same kind. Leaves folders alone that were there before.
 * @throws store_read_only, disk_full or store_failed when it cannot be there.
 */
export function createFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (createEmpty(file)) return;
    if (requireFile(file) & 0o077) chmodSync(file, 0o600);
    accessSync(file, constants.R_OK | constants.W_OK);
    accessSync(dirname(file), constants.W_OK);
  } catch (thrown) {
    throw unwritable(file, thrown);
  }
}

/**
 * Returns false when something lies there already. That must not be opened: closing a descriptor
 * of a database that is open elsewhere in this process would drop the locks on it.
 */
function createEmpty(file: string): boolean {
  try {
    closeSync(openSync(file, "wx", 0o600));
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === "EEXIST") return false;
    throw thrown;
  }
}

/**
 * Returns the mode of the file at this path.
 * @throws store_not_found when nothing is there, store_failed when it is no file.
 */
export function requireFile(file: string): number {
  const stat = look(file);
  if (stat === undefined) throw notThere(file);
  if (stat.isFile()) return stat.mode;
  throw new AgentpoolError("store_failed", `${file} is no file, and so no database`, {
    why: "agentpool keeps its store in one file of this name",
    hint: `Move it away: mv ${file} ${file}.moved`,
    details: { file },
  });
}

function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (thrown) {
    throw unusable(file, thrown);
  }
}

export function notThere(file: string): AgentpoolError {
  return new AgentpoolError("store_not_found", `No store exists at ${file} yet`, {
    why: "nothing was ever started in this home",
    hint: "Start a session: agentpool spawn --help",
    details: { file },
  });
}

function unwritable(file: string, thrown: unknown): AgentpoolError {
  if (thrown instanceof AgentpoolError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  switch (systemCode(thrown)) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new AgentpoolError("store_read_only", `The store ${file} cannot be written`, {
        why,
        hint: `Make the file and its folder writable, or name another home: AGENTPOOL_HOME`,
        details: { file },
        cause: thrown,
      });
    case "ENOSPC":
    case "EDQUOT":
      return diskFull(file, thrown);
    default:
      return unusable(file, thrown);
  }
}

function unusable(file: string, thrown: unknown): AgentpoolError {
  return new AgentpoolError("store_failed", `The store ${file} cannot be opened`, {
    why: thrown instanceof Error ? thrown.message : String(thrown),
    hint: `Look at what lies there: ls -la ${dirname(file)}`,
    details: { file },
    cause: thrown,
  });
}

function systemCode(thrown: unknown): string | undefined {
  return (thrown as NodeJS.ErrnoException).code;
}
