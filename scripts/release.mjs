// Publishes the version that package.json names: node scripts/release.mjs [--dry-run]
// Refuses versions that are not equal everywhere, a changelog that says nothing of this version, work
// that is not committed, and a tag that is there. A dry run looks at all of it, packs, and publishes
// nothing.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unequalVersions } from "./lib/versions.mjs";

const root = process.env["AGENTPOOL_RELEASE_ROOT"] ?? fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const odd = args.find((one) => one !== "--dry-run");
if (odd !== undefined) {
  console.error(`no option is called ${odd}; there is --dry-run`);
  process.exit(2);
}
const dryRun = args.includes("--dry-run");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const tag = `v${version}`;

const problems = [unequalVersions(root), changelog(), uncommitted(), tagged()].filter(
  (one) => one !== "",
);
if (problems.length > 0) {
  console.error(`${version} is not released:`);
  for (const problem of problems) console.error(problem.replaceAll(/^/gm, "  "));
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), "agentpool-release-"));
try {
  // the build of what is committed, and nothing that lies in dist/ from before
  if (!dryRun) rmSync(join(root, "dist"), { recursive: true, force: true });
  const packed = run(["npm", "pack", "--json", "--pack-destination", folder]);
  const [{ filename, size, files }] = JSON.parse(packed.slice(packed.indexOf("[")));
  console.log(`${filename}: ${files.length} files, ${Math.round(size / 1024)} KB`);
  const steps = [
    ["npm", "run", "check"],
    ["git", "tag", "--annotate", tag, "--message", `agentpool ${version}`],
    ["npm", "publish", join(folder, filename), "--access", "public"],
    ["git", "push", "origin", tag],
  ];
  for (const step of steps) {
    console.log(`${dryRun ? "would run" : "run"}: ${step.join(" ").replace(folder, ".")}`);
    if (!dryRun) run(step, "inherit");
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The section of this version has a date and says something. */
function changelog() {
  const text = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  const heading = new RegExp(
    `^## \\[?${version.replaceAll(".", "\\.")}\\]?( - \\d{4}-\\d{2}-\\d{2})?$`,
    "m",
  );
  const found = heading.exec(text);
  if (!found) return `CHANGELOG.md has no section "## ${version} - YYYY-MM-DD"`;
  const [section = ""] = text.slice(found.index + found[0].length).split(/^## /m);
  const entries = section.split("\n").filter((line) => /^[-*] \S/.test(line));
  if (entries.length === 0) return `CHANGELOG.md says nothing of ${version}`;
  return found[1] === undefined ? `the section of ${version} in CHANGELOG.md has no date` : "";
}

function uncommitted() {
  const { stdout, status } = git("status", "--porcelain");
  if (status !== 0) return "this is no git repository";
  return stdout.trim() === "" ? "" : `there is uncommitted work:\n${stdout.trimEnd()}`;
}

function tagged() {
  return git("tag", "--list", tag).stdout.trim() === "" ? "" : `the tag ${tag} is there already`;
}

function git(...words) {
  return spawnSync("git", words, { cwd: root, encoding: "utf8" });
}

/** @returns what it wrote; ends the release where it fails */
function run([command, ...words], stdio = "pipe") {
  const done = spawnSync(command, words, { cwd: root, encoding: "utf8", stdio, maxBuffer: 64e6 });
  if (done.status === 0) return done.stdout ?? "";
  console.error(`${command} ${words[0]} failed\n${done.stderr ?? ""}`);
  process.exit(1);
}
