// Everything a machine can say about the sources without running them: npm run check.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);

/** @type {readonly (readonly [name: string, argv: readonly string[]])[]} */
const checks = [
  ["types", [bin("tsc"), "--noEmit"]],
  ["lint", [bin("oxlint"), "--type-aware", "--deny-warnings"]],
  ["format", [bin("oxfmt"), "--check", "."]],
  ["unused", [bin("knip"), "--no-progress"]],
  ["build", [process.execPath, "scripts/build.mjs"]],
  ["reference", [process.execPath, "scripts/reference.mjs", "--check"]],
  ["package", [bin("publint"), "--strict"]],
];

let failed = 0;
for (const [name, argv] of checks) {
  const startedAt = Date.now();
  const { status, output } = await run(argv);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log([status === 0 ? "ok  " : "fail", name, seconds, "s"].join("  "));
  if (status === 0) continue;
  failed += 1;
  console.log(output.trimEnd());
}
process.exit(failed === 0 ? 0 : 1);

function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => (output += chunk));
    }
    child.on("error", (error) => resolve({ status: 1, output: String(error) }));
    child.on("close", (status) => resolve({ status, output }));
  });
}
