// Runs the test suite on what this machine has, and says what it lacks: a table of engines, the
// tests skipped for want of one, and the counts as the last line.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "agentpool-tests-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

const engines = [
  { name: "tmux", ...probeTmux() },
  { name: "git", ...probeGit() },
  { name: "better-sqlite3", ...probeModule("better-sqlite3") },
  { name: "node:sqlite", ...probeModule("node:sqlite") },
];
const required = (process.env["AGENTPOOL_REQUIRE"] ?? "").split(",").filter(Boolean);
const unusable = engines.filter(
  ({ name, state }) => state === "broken" || (state === "absent" && required.includes(name)),
);

const arguments_ = process.argv.slice(2);
const absent = engines.filter(({ state }) => state !== "ok").map(({ name }) => name);
const left = testFiles().flatMap((file) => {
  const lacks = needs(file).filter((name) => absent.includes(name));
  return lacks.length > 0 ? [{ file, lacks }] : [];
});
const report = join(scratch, "report.json");
const status = await vitest([
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...left.map(({ file }) => `--exclude=${file}`),
  ...arguments_,
]);

const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
const { testResults } = JSON.parse(readFileSync(report, "utf8"));
for (const { name, status: fileStatus, assertionResults } of testResults) {
  for (const one of assertionResults) {
    if (one.status === "passed") counts.passed += 1;
    else if (one.status === "failed") counts.failed += 1;
    else
      skipped.push({
        test: `${relative(root, name)}: ${one.title}`,
        why: one.meta?.why ?? "skipped by the test itself",
      });
  }
  // a file that could not even be read has no tests to count
  if (fileStatus === "failed" && !assertionResults.some((one) => one.status === "failed")) {
    counts.failed += 1;
  }
}
for (const { file, lacks } of arguments_.length > 0 ? [] : left) {
  for (let i = 0; i < countTests(file); i++) {
    skipped.push({ test: file, why: `${lacks.join(" and ")} absent` });
  }
}
counts.skipped = skipped.length;
counts.failed += unusable.length;

console.log("\nengines");
for (const { name, state, detail } of engines) {
  console.log(`  ${name.padEnd(16)} ${state.padEnd(7)} ${detail}`);
}
for (const { name, state } of unusable) console.log(`FAILED: the engine ${name} is ${state}`);
if (skipped.length > 0) {
  console.log("\nskipped");
  const reasons = Map.groupBy
    ? Map.groupBy(skipped, ({ why }) => why)
    : skipped.reduce((map, one) => map.set(one.why, [...(map.get(one.why) ?? []), one]), new Map());
  for (const [why, tests] of reasons) {
    console.log(`  ${tests.length} because: ${why}`);
    for (const test of new Set(tests.map((one) => one.test))) console.log(`    ${test}`);
  }
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 || status !== 0 || counts.passed === 0 ? 1 : 0);

function vitest(args) {
  return new Promise((done) => {
    const child = spawn(join(root, "node_modules", ".bin", "vitest"), args, {
      cwd: root,
      stdio: "inherit",
    });
    child.on("close", (code) => done(code ?? 1));
  });
}

/** Starts a server of its own and reads a pane; there are tmuxes that cannot even do that. */
function probeTmux() {
  const version = spawnSync("tmux", ["-V"], { encoding: "utf8" });
  if (version.error) return { state: "absent", detail: "not on PATH" };
  const socket = join(scratch, "tmux");
  const tmux = (...args) =>
    spawnSync("tmux", ["-S", socket, "-f", "/dev/null", ...args], {
      encoding: "utf8",
      timeout: 10_000,
    });
  tmux("new-session", "-d", "printf probed; exec sleep 30");
  let seen = "";
  for (const until = Date.now() + 5_000; Date.now() < until && !seen.includes("probed");) {
    seen = tmux("capture-pane", "-p").stdout;
  }
  tmux("kill-server");
  const detail = version.stdout.trim();
  return seen.includes("probed") ? { state: "ok", detail } : { state: "broken", detail };
}

function probeGit() {
  const version = spawnSync("git", ["--version"], { encoding: "utf8" });
  if (version.error) return { state: "absent", detail: "not on PATH" };
  const { status: made } = spawnSync("git", ["init", "-q", join(scratch, "git")]);
  return { state: made === 0 ? "ok" : "broken", detail: version.stdout.trim() };
}

/** In a process of its own: a driver built for another Node can end the one that loads it. */
function probeModule(name) {
  const code =
    name === "node:sqlite"
      ? `const {DatabaseSync}=process.getBuiltinModule("node:sqlite")??process.exit(3);new DatabaseSync(":memory:")`
      : `let D;try{require.resolve("better-sqlite3");}catch{process.exit(3)};D=require("better-sqlite3");new D(":memory:")`;
  const { status: ended, stderr } = spawnSync(process.execPath, ["--no-warnings", "-e", code], {
    cwd: root,
    encoding: "utf8",
  });
  if (ended === 0) return { state: "ok", detail: process.version };
  if (ended === 3) return { state: "absent", detail: `not with Node ${process.version}` };
  return { state: "broken", detail: stderr.trim().split("\n").at(-1) ?? "" };
}

function testFiles(folder = "tests") {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /tests\/(real|long)$/.test(path) ? [] : testFiles(path);
    return entry.name.endsWith(".test.ts") ? [path] : [];
  });
}

/**
 * The engines a test file needs: it, or a file under tests/ that it imports, says so with a line
 * `// needs: tmux`, or starts the program by name or through src/runtime/tmux.
 */
function needs(file, seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(join(root, file), "utf8");
  const own = [...text.matchAll(/^\/\/ needs: (.+)$/gm)].flatMap((match) => match[1].split(/,\s*/));
  if (
    /(?:run|spawn|spawnSync|execFile|execFileSync|exec)\(\[?"tmux"|runtime\/tmux\/host\.ts"/.test(
      text,
    )
  )
    own.push("tmux");
  const imported = [...text.matchAll(/from "(\.[^"]+)"/g)]
    .map((match) => relative(root, resolve(root, dirname(file), match[1])))
    .filter((path) => path.startsWith("tests/") && existsSync(join(root, path)))
    .flatMap((path) => needs(path, seen));
  return [...new Set([...own, ...imported])];
}

/** Counted as they are written; a table of cases counts as one. */
function countTests(file) {
  const text = readFileSync(join(root, file), "utf8");
  return text.match(/^\s*test(?:\.\w+)*(?:<[^(]*>)?\(/gm)?.length ?? 1;
}
