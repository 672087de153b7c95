"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

/**
 * Runs dist/cli.cjs or dist/supervisor.cjs with the machine code V8 made of it the last time, which
 * spares a third of the start; see docs/decisions/0001-one-bundle-for-the-command-line.md. A bundle
 * begins with its own hash, so that code of another build is never taken for its own.
 * `keepCode` is for when the bundle has run what every start runs.
 */
module.exports = function runBundle(file) {
  const dist = path.dirname(file);
  const source = fs.readFileSync(file, "latin1"); // the build keeps it in ASCII
  const hash = /^\/\*([0-9a-f]{16})\*\//.exec(source)?.[1];
  const bundle = path.basename(file, ".cjs");
  const cache = path.join(dist, `${bundle}-${hash}-${process.version}-${process.arch}.bin`);
  const cachedData = readCache(cache);
  const script = new vm.Script(source, { filename: file, cachedData });
  const loaded = { exports: {} };
  // code from a cache cannot import() by itself (ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING)
  const bringIn = (name) =>
    import(name.startsWith(".") ? require("node:url").pathToFileURL(path.join(dist, name)) : name);
  script.runInThisContext()(loaded.exports, require, loaded, file, dist, bringIn);
  // V8 refuses code that was made under other flags, or is damaged: then it is made anew
  const isRun = cachedData !== undefined && script.cachedDataRejected === false;
  const keepCode = () => {
    if (!isRun && hash !== undefined) writeCache(cache, script);
  };
  return { exports: loaded.exports, keepCode };
};

function readCache(cache) {
  try {
    return fs.readFileSync(cache);
  } catch {
    return undefined;
  }
}

function writeCache(cache, script) {
  const beside = `${cache}.${process.pid}`;
  try {
    fs.writeFileSync(beside, script.createCachedData());
    fs.renameSync(beside, cache);
  } catch {
    // the package lies in a folder of somebody else: every start compiles
  }
}
