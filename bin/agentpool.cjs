#!/usr/bin/env node
// Read by any Node since 10: nothing newer than ES2015 may stand here.
"use strict";

const fs = require("fs");
const path = require("path");

const dist = path.join(__dirname, "..", "dist");
const args = process.argv.slice(2);

/** Pages and the version are files of the build: shown without loading anything. */
function quickPage() {
  if (args.length === 0) return "agentpool";
  if (args.length === 1 && /^(--version|-V|version)$/.test(args[0])) return "version";
  let words;
  if (args[0] === "help") words = args.slice(1);
  else if (/^(--help|-h)$/.test(args[args.length - 1])) words = args.slice(0, -1);
  else return undefined;
  if (!words.every((word) => /^[a-z][a-z-]*$/.test(word))) return undefined;
  return words.join("-") || "agentpool";
}

function readPage(name) {
  try {
    return fs.readFileSync(path.join(dist, "help", `${name}.txt`));
  } catch (absent) {
    if (absent.code !== "ENOENT") throw absent;
    return undefined; // an alias or a mistake: for the command line to tell
  }
}

function isTooOld(version) {
  const parts = version.split(".").map(Number);
  return parts[0] < 20 || (parts[0] === 20 && parts[1] < 19);
}

function fail(text, status) {
  fs.writeSync(2, text);
  process.exit(status);
}

if (isTooOld(process.versions.node)) {
  fail(
    `error: agentpool needs Node.js 20.19 or newer; this is ${process.versions.node} (node_too_old)\n` +
      "  try: nvm install 22, or get it from https://nodejs.org\n",
    4,
  );
}

const name = quickPage();
const page = name && readPage(name);
if (page) {
  try {
    fs.writeSync(1, page);
  } catch (error) {
    if (error.code !== "EPIPE") {
      const full = error.code === "ENOSPC";
      fail(
        `error: Standard output cannot be written (${full ? "disk_full" : "invalid_input"})\n` +
          `  why: ${error.message}\n`,
        full ? 1 : 2,
      );
    }
  }
} else {
  const file = path.join(dist, "cli.cjs");
  if (!fs.existsSync(file)) {
    fail(
      "error: agentpool is not built here (invalid_config)\n  try: npm install && npm run build\n",
      2,
    );
  }
  const bundle = require("./run-bundle.cjs")(file);
  bundle.exports.main(args, dist).then((status) => {
    bundle.keepCode();
    process.exit(status);
  });
}
