import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chooseDriver, type DriverHost } from "../../src/store/sqlite/connection.ts";
import { startProgram } from "../support/start-program.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

const builtinSqlite = { DatabaseSync: Object };

/** A machine with a better-sqlite3 of this version and code, or without one. */
function machine(
  host: Partial<DriverHost>,
  installed?: { readonly version: string; readonly code: string },
): DriverHost & { readonly folder: string } {
  const folder = tempFolder();
  if (installed) {
    const packageFolder = join(folder, "node_modules", "better-sqlite3");
    mkdirSync(packageFolder, { recursive: true });
    const manifest = { name: "better-sqlite3", version: installed.version, main: "index.cjs" };
    writeFileSync(join(packageFolder, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(packageFolder, "index.cjs"), installed.code);
  }
  return {
    folder,
    require: createRequire(join(folder, "agentpool.js")),
    nodeVersion: "20.20.2",
    napi: 9,
    builtin: () => undefined,
    ...host,
  };
}

const works = "module.exports = class { close() {} };";
const crashes = "globalThis.loadedBetterSqlite13 = true; throw new Error('would have crashed');";

test("better-sqlite3 is taken where it loads", () => {
  const host = machine({ builtin: () => builtinSqlite }, { version: "12.11.1", code: works });

  expect(chooseDriver("", host).name).toBe("better-sqlite3");
});

test("better-sqlite3 13 is never even loaded where Node-API is older than 10", () => {
  const installed = { version: "13.2.0", code: crashes };

  const host = machine({ builtin: () => builtinSqlite }, installed);
  expect(chooseDriver("", host).name).toBe("node:sqlite");

  const alone = machine({}, installed);
  expect(() => chooseDriver("", alone)).toThrow(
    expect.objectContaining({
      code: "driver_missing",
      exitCode: 4,
      why: "better-sqlite3 13.2.0 needs Node-API 10 and Node.js 20.20.2 has 9; Node.js 20.20.2 has no SQLite built in",
      hint: `npm install --no-save --prefix ${alone.folder} better-sqlite3@12; or: use Node.js 22.13 or newer`,
    }),
  );
  expect(globalThis).not.toHaveProperty("loadedBetterSqlite13");
});

test("better-sqlite3 13 is taken where Node-API is new enough", () => {
  const host = machine({ napi: 10, nodeVersion: "24.0.0" }, { version: "13.2.0", code: works });

  expect(chooseDriver("", host).name).toBe("better-sqlite3");
});

test("a better-sqlite3 that does not load gives way to what Node has built in", () => {
  const code = "throw new Error('Could not locate the bindings file');";
  const host = machine({ builtin: () => builtinSqlite }, { version: "12.11.1", code });

  expect(chooseDriver("", host).name).toBe("node:sqlite");
  expect(() => chooseDriver("better-sqlite3", host)).toThrow(
    expect.objectContaining({
      code: "driver_missing",
      why: "better-sqlite3 12.11.1 does not load: Could not locate the bindings file",
      hint: `npm rebuild --prefix ${host.folder} better-sqlite3`,
    }),
  );
});

test("without any driver the error says what to do", () => {
  expect(() => chooseDriver("", machine({}))).toThrow(
    expect.objectContaining({
      code: "driver_missing",
      why: expect.stringContaining("the package better-sqlite3 is not installed"),
      hint: expect.stringContaining("use Node.js 22.13 or newer"),
    }),
  );
});

test("a driver can be named, and a wrong name is refused", () => {
  const host = machine({ builtin: () => builtinSqlite }, { version: "12.11.1", code: works });

  expect(chooseDriver("node:sqlite", host).name).toBe("node:sqlite");
  expect(() => chooseDriver("sqlite3", host)).toThrow(
    expect.objectContaining({
      code: "invalid_config",
      hint: "Unset it, or set it to one of: better-sqlite3, node:sqlite",
    }),
  );
});

test("the driver of this Node writes nothing to standard error", async () => {
  const file = join(tempFolder(), "agentpool.db");
  const writer = await startProgram("store-writer", [file]);

  // as many commits as start the thread that folds the log in
  await waitFor(() => writer.lines.length > 700, { what: "commits" });
  writer.child.kill("SIGTERM");
  await writer.exited;

  expect(writer.stderr()).toBe("");
});
