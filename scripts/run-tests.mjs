// Runs the test suite on what this machine has, and says what it lacks: a table of engines, the
// tests skipped for want of one, and the counts as the last line.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { withFurtherTries } from "./lib/further-tries.mjs";
import { printFailures, printUnsteady, runVitest } from "./lib/vitest-run.mjs";

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

const given = process.argv.slice(2);
const absent = engines.filter(({ state }) => state !== "ok").map(({ name }) => name);
const all = testFiles();
const left = all.flatMap((file) => {
  const lacks = needs(file).filter((name) => absent.includes(name));
  return lacks.length > 0 ? [{ file, lacks }] : [];
});
const vitest = (...args) => runVitest(args, { minutes: 35 });
const { files, tests, problems } = await withFurtherTries(
  await vitest(...left.map(({ file }) => `--exclude=${file}`), ...given),
  vitest,
);

const failures = [
  ...unusable.map(({ name, state }) => `the engine ${name} is ${state}`),
  ...problems.map(({ text }) => text),
];
const skipped = tests
  .filter(({ state }) => state === "skipped")
  .map(({ file, title, why }) => ({ test: `${file}: ${title}`, why }));
// of a run that told nothing this is told already
if (given.length === 0 && files.length > 0) {
  for (const { file, lacks } of left) {
    const why = `${lacks.join(" and ")} absent`;
    for (let i = 0; i < countTests(file); i++) skipped.push({ test: file, why });
  }
  const missed = all.filter(
    (file) => !files.includes(file) && !left.some((one) => one.file === file),
  );
  for (const file of missed) failures.push(`${file} was not run`);
}
for (const { test } of skipped.filter(({ why }) => why === undefined)) {
  failures.push(`${test} is skipped and does not say why`);
}
const count = (wanted) => tests.filter(({ state }) => state === wanted).length;
if (count("passed") + count("failed") === 0) failures.push("no test was run");

printEngines();
printSkipped();
printUnsteady(tests);
printFailures(tests, failures);
const failed = count("failed") + failures.length;
console.log(`\n${count("passed")} passed, ${failed} failed, ${skipped.length} skipped`);
process.exit(failed > 0 ? 1 : 0);

function printEngines() {
  console.log("\nengines");
  for (const { name, state, detail } of engines) {
    console.log(`  ${name.padEnd(16)} ${state.padEnd(7)} ${detail}`);
  }
}

/** Every reason with its count and its tests. */
function printSkipped() {
  const reasons = new Map();
  for (const { test, why = "no reason given" } of skipped) {
    reasons.set(why, [...(reasons.get(why) ?? []), test]);
  }
  if (reasons.size > 0) console.log("\nskipped");
  for (const [why, named] of reasons) {
    console.log(`  ${named.length} because: ${why}`);
    for (const test of new Set(named)) console.log(`    ${test}`);
  }
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
  // one build serves one major version of Node: the folder was installed with another
  if (/NODE_MODULE_VERSION/.test(stderr)) {
    return { state: "absent", detail: `built for another Node than ${process.version}` };
  }
  return { state: "broken", detail: stderr.trim().split("\n").at(-1) ?? "" };
}

function testFiles(folder = "tests") {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /tests\/(real|record|long)$/.test(path) ? [] : testFiles(path);
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
