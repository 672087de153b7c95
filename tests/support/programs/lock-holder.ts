import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { connect } from "../../../src/store/sqlite/connection.ts";
import { holdLock } from "../../../src/store/sqlite/lock.ts";

/**
 * Keeps a lock until it is killed: `role`, the lock of this file, `sqlite`, the right to write a
 * database, or `shared`, the reading of it for so many ms. Prints `held`, or `refused` and ends.
 */
const [kind = "", file = "", ms = "0"] = process.argv.slice(2);

if (kind === "sqlite") {
  const connection = connect(file, false);
  connection.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
  process.stdout.write("held\n");
  setInterval(() => connection.prepare("SELECT 1").get(), 60_000);
} else if (kind === "shared") {
  const connection = connect(file, true);
  connection.exec("BEGIN");
  connection.prepare("SELECT count(*) FROM sqlite_schema").get();
  process.stdout.write("held\n");
  setTimeout(() => connection.close(), Number(ms));
} else {
  // the handle is forgotten and collected, which must not end the lock
  const held = holdLock(file) !== undefined;
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  await new Promise((resolve) => setImmediate(resolve));
  process.stdout.write(held ? "held\n" : "refused\n");
  if (held) setInterval(() => undefined, 60_000);
}
