// Everything a machine can say about the sources without running the whole suite: npm run check.
// Says what failed and what to type. Names of checks as arguments run only these.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unequalVersions } from "./lib/versions.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);
const minutesAtMost = 5;

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {readonly string[] | (() => string)} test argv, or a function that gives what is wrong
 * @property {string} repair what to type to see it again or to mend it
 */

/** @type {readonly Check[]} */
const checks = [
  { name: "types", test: [bin("tsc"), "--noEmit"], repair: "npx tsc --noEmit" },
  {
    name: "lint",
    test: [bin("oxlint"), "--type-aware", "--deny-warnings"],
    repair: "npm run lint -- --fix mends some of it",
  },
  { name: "format", test: [bin("oxfmt"), "--check", "."], repair: "npm run format" },
  {
    name: "unused",
    test: [bin("knip"), "--no-progress"],
    repair: "npx knip; take the export or the dependency away, or use it",
  },
  {
    name: "architecture",
    test: [bin("vitest"), "run", "tests/architecture.test.ts", "--reporter=dot"],
    repair: "npx vitest run tests/architecture.test.ts; the plan is data at the top of that file",
  },
  { name: "lock file", test: lockFile, repair: "npm run lock" },
  {
    name: "versions",
    test: () => unequalVersions(root),
    repair: "write the version of package.json there",
  },
  { name: "build", test: [process.execPath, "scripts/build.mjs"], repair: "npm run build" },
  {
    name: "reference",
    test: [process.execPath, "scripts/reference.mjs", "--check"],
    repair: "npm run reference",
  },
  { name: "package", test: [bin("publint"), "--strict"], repair: "npx publint --strict" },
];

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !checks.some((one) => one.name === name));
if (unknown !== undefined) {
  console.error(
    `no check is called "${unknown}"; there are: ${checks.map((one) => one.name).join(", ")}`,
  );
  process.exit(2);
}
const chosen = checks.filter(({ name }) => asked.length === 0 || asked.includes(name));

const failed = [];
for (const check of chosen) {
  const startedAt = Date.now();
  const problem = typeof check.test === "function" ? check.test() : await run(check.test);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(`${problem === "" ? "ok  " : "FAIL"}  ${check.name.padEnd(13)} ${seconds} s`);
  if (problem === "") continue;
  failed.push(check);
  console.log(`\n${problem.trim()}\n`);
}
console.log(`\n${chosen.length - failed.length} ok, ${failed.length} failed`);
for (const { name, repair } of failed) console.log(`  ${name.padEnd(13)} type: ${repair}`);
process.exit(failed.length === 0 ? 0 : 1);

/** Addresses would bind everybody to the registry of whoever wrote the file. */
function lockFile() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const named = Object.entries(packages).filter(([, one]) => "resolved" in one);
  return named.length === 0
    ? ""
    : `package-lock.json holds download addresses of ${named.length} packages: ${named[0]?.[0]}, ...`;
}

/** @returns what it wrote when it failed, empty when it did not */
function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => (output += chunk));
    }
    const timer = setTimeout(() => {
      output += `\nit took longer than ${minutesAtMost} minutes`;
      child.kill("SIGKILL");
    }, minutesAtMost * 60_000);
    child.on("error", (error) => (output += String(error)));
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve(status === 0 ? "" : output || `it ended with ${status}`);
    });
  });
}
