// needs: git
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../support/built.ts";
import { runGit } from "../support/git-repo.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A repository that is ready to be released, changed by the test before it is committed. */
function release(change: (root: string) => void = () => undefined, afterwards = change) {
  const root = join(tempFolder(), "repo");
  mkdirSync(root);
  cpSync(join(repository, "skills"), join(root, "skills"), { recursive: true });
  for (const file of ["package-lock.json"]) cpSync(join(repository, file), join(root, file));
  const { name, version, license } = JSON.parse(
    readFileSync(join(repository, "package.json"), "utf8"),
  ) as Record<string, string>;
  // packing itself is another test's business: nothing is built here
  writeFileSync(join(root, "package.json"), JSON.stringify({ name, version, license }));
  const entry = `# Changelog\n\n## Unreleased\n\n## ${version} - 2026-01-31\n\n### Added\n\n- All.\n`;
  writeFileSync(join(root, "CHANGELOG.md"), entry);
  change(root);
  runGit(root, "init", "--quiet", "--initial-branch=main");
  runGit(root, "add", "--all");
  runGit(root, "commit", "--quiet", "-m", "ready");
  if (afterwards !== change) afterwards(root);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(repository, "scripts", "release.mjs"), "--dry-run"],
    { encoding: "utf8", env: { ...process.env, AGENTPOOL_RELEASE_ROOT: root } },
  );
  return { status, stdout, stderr, version };
}

const edit = (file: string, from: string | RegExp, to: string) => (root: string) => {
  const path = join(root, file);
  writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
};

test("a dry run says what it would do, and publishes nothing", () => {
  const { status, stdout, version } = release();

  expect(status).toBe(0);
  expect(stdout).toContain(`agentpool-${version}.tgz`);
  expect(stdout).toContain(`would run: git tag --annotate v${version}`);
  expect(stdout).toMatch(/would run: npm publish \.\/agentpool-.*\.tgz/);
});

test.each<[string, (root: string) => void, string]>([
  [
    "unequal versions",
    edit("skills/agentpool/SKILL.md", /version: ".*"/, 'version: "9.9.9"'),
    "SKILL.md says 9.9.9, package.json",
  ],
  [
    "a manifest of the MCP registry with another version",
    (root) => writeFileSync(join(root, "server.json"), '{"version":"0.0.1","packages":[]}'),
    "server.json says 0.0.1",
  ],
  ["an empty changelog", edit("CHANGELOG.md", "- All.\n", ""), "CHANGELOG.md says nothing of"],
  [
    "a version the changelog does not know",
    edit("CHANGELOG.md", / - 2026[^]*/, "9\n"),
    "no section",
  ],
  ["a section without a date", edit("CHANGELOG.md", " - 2026-01-31", ""), "has no date"],
])("%s is refused", (_, change, told) => {
  const { status, stderr } = release(change);

  expect(status).toBe(1);
  expect(stderr).toContain(told);
});

test("uncommitted work and a tag that is there are refused", () => {
  const dirty = release(undefined, (root) => writeFileSync(join(root, "new.txt"), ""));
  const tagged = release(undefined, (root) => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      version: string;
    };
    runGit(root, "tag", `v${version}`);
  });

  expect(dirty.stderr).toContain("uncommitted work:\n  ?? new.txt");
  expect(tagged.stderr).toContain("is there already");
});
