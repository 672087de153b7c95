import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Workspace } from "../../../src/domain/session.ts";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { takeDiff, type Diff, type DiffOptions } from "../../../src/session/workspace/diff.ts";
import { inspectRepo } from "../../../src/session/workspace/repo.ts";
import { takeSnapshot } from "../../../src/session/workspace/snapshot.ts";
import { makeRepo, putFiles, runGit } from "../../support/git-repo.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const machine = createLocalMachine();

/** A folder, its snapshot, and the diff since. */
async function begin(root: string, mode: Workspace["mode"] = "shared") {
  const objects = join(tempFolder(), "objects");
  const found = await inspectRepo(machine, root);
  const snapshot = await takeSnapshot(machine, root, { objects, found });
  const workspace: Workspace = {
    mode,
    repoPath: root,
    workPath: root,
    branch: null,
    baseCommit: snapshot.commit,
    baseTree: snapshot.tree,
  };
  const diff = (options: Partial<DiffOptions> = {}): Promise<Diff> =>
    takeDiff(machine, workspace, { objects, now: Date.now(), ...options });
  return { snapshot, objects, diff };
}

function patchOf(diff: Diff): string {
  return readFileSync(diff.patchFile ?? "", "latin1");
}

function paths(diff: Diff): string[] {
  return diff.changed.map((file) => file.path);
}

/** Every file of a folder as kind, mode and content; `.git` left out. */
function contentOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (at: string): void => {
    for (const name of readdirSync(join(folder, at))) {
      const path = at === "" ? name : `${at}/${name}`;
      if (path === ".git") continue;
      const facts = lstatSync(join(folder, path));
      if (facts.isDirectory()) walk(path);
      else if (facts.isSymbolicLink()) found[path] = `link ${readlinkSync(join(folder, path))}`;
      else {
        const mode = facts.mode & 0o100 ? "executable" : "file";
        found[path] = `${mode} ${readFileSync(join(folder, path), "latin1")}`;
      }
    }
  };
  walk("");
  return found;
}

/** A copy of a folder without its `.git`. */
function copyOf(root: string): string {
  const copy = join(tempFolder(), "copy");
  execFileSync("cp", ["-a", root, copy]);
  rmSync(join(copy, ".git"), { recursive: true, force: true });
  return copy;
}

function applyPatch(folder: string, patchFile: string): void {
  if (statSync(patchFile).size === 0) return;
  execFileSync("git", ["apply", "--whitespace=nowarn", patchFile], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      GIT_CEILING_DIRECTORIES: dirname(folder),
      HOME: "/nonexistent",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

describe("the diff holds", () => {
  test("committed, staged, unstaged and new work, and says which is committed", async () => {
    const root = makeRepo(join(tempFolder(), "r"), {
      "a.txt": "1\n",
      "b.txt": "1\n",
      "gone.txt": "x\n",
    });
    const { diff } = await begin(root, "worktree");
    putFiles(root, { "committed.txt": "1\n" });
    runGit(root, "add", "-A");
    runGit(root, "commit", "-qm", "work");
    putFiles(root, { "staged.txt": "1\n", "a.txt": "2\n" });
    runGit(root, "add", "-A");
    putFiles(root, { "b.txt": "1\n2\n", "new.txt": "1\n" });
    rmSync(join(root, "gone.txt"));

    const found = await diff();

    expect(found.changed.map(({ path, status, committed }) => [path, status, committed])).toEqual([
      ["a.txt", "modified", false],
      ["b.txt", "modified", false],
      ["committed.txt", "added", true],
      ["gone.txt", "deleted", false],
      ["new.txt", "added", false],
      ["staged.txt", "added", false],
    ]);
    expect(found).toMatchObject({
      commits: 1,
      linesAdded: 5,
      linesDeleted: 2,
      dirty: true,
      notes: [],
    });
    expect(readFileSync(found.statusFile ?? "", "utf8")).toContain("A  staged.txt");
    await found.discard();
    expect(existsSync(found.patchFile ?? "")).toBe(false);
  });

  test("nothing of what was there before, dirty or new", async () => {
    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1\n", "b.txt": "1\n" });
    putFiles(root, { "a.txt": "mine\n", "mine.txt": "mine\n", "later.log": "1" });
    const { diff } = await begin(root);

    expect(await diff()).toMatchObject({ changedTotal: 0, missingBecause: null });

    putFiles(root, { "mine.txt": "mine\nof the agent\n", ".gitignore": "mine.txt\n*.log\n" });
    const found = await diff();
    expect(paths(found)).toEqual([".gitignore", "mine.txt"]);
    expect(found.changed[1]).toMatchObject({ status: "modified", added: 1, deleted: 0 });
    expect(found.notes[0]).toContain("shares this folder");
  });

  test("renames, modes, links, binary files and files with odd names", async () => {
    const long = Array.from({ length: 40 }, (_, n) => `line ${n}\n`).join("");
    const root = makeRepo(join(tempFolder(), "r"), {
      "old name.txt": long,
      "run.sh": "#!/bin/sh\n",
    });
    const { diff } = await begin(root);
    const odd = ["-dash", 'quo"te', "new\nline", "täb\t", "ünïcode 🙂", " blank ", "back\\slash"];
    renameSync(join(root, "old name.txt"), join(root, "new name.txt"));
    chmodSync(join(root, "run.sh"), 0o755);
    symlinkSync("nowhere", join(root, "link"));
    writeFileSync(join(root, "bin"), Buffer.from([0, 1, 2, 255]));
    for (const name of odd) putFiles(root, { [name]: "x\n" });

    const found = await diff();

    expect(new Set(paths(found))).toEqual(
      new Set([...odd, "new name.txt", "run.sh", "link", "bin"]),
    );
    const by = new Map(found.changed.map((file) => [file.path, file]));
    expect(by.get("new name.txt")).toMatchObject({ status: "renamed", oldPath: "old name.txt" });
    expect(by.get("run.sh")).toMatchObject({ oldMode: "100644", newMode: "100755", added: 0 });
    expect(by.get("bin")).toMatchObject({ binary: true, added: null });
    expect(patchOf(found)).toContain("GIT binary patch");
  });

  test("no file that we put there ourselves", async () => {
    const root = makeRepo(join(tempFolder(), "r"), { "sub/a.txt": "1\n" });
    const { diff } = await begin(join(root, "sub"));
    putFiles(root, {
      "sub/.claude/settings.local.json": "{}",
      "sub/.claude/other.json": "{}",
      "b.txt": "1",
    });

    const found = await diff({ litter: [".claude/settings.local.json"] });

    expect(paths(found)).toEqual(["b.txt", "sub/.claude/other.json"]);
    expect(readFileSync(found.statusFile ?? "", "utf8")).not.toContain("settings.local");
    expect(patchOf(found)).not.toContain("settings.local");
  });

  test("a moved submodule, and says what it cannot hold", async () => {
    const folder = tempFolder();
    const inner = makeRepo(join(folder, "inner"), { "i.txt": "1" });
    const root = makeRepo(join(folder, "r"), { "a.txt": "1" });
    runGit(root, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", inner, "dep");
    runGit(root, "commit", "-qm", "submodule");
    const { diff } = await begin(root);
    runGit(join(root, "dep"), "commit", "-q", "--allow-empty", "-m", "moved");
    putFiles(root, { "dep/i.txt": "2" });
    makeRepo(join(root, "nested"), { "n.txt": "1" });
    mkdirSync(join(root, "unborn"));
    runGit(join(root, "unborn"), "init", "--quiet");
    putFiles(root, { "unborn/u.txt": "1", "z.txt": "1" });

    const found = await diff();

    expect(paths(found)).toEqual(["dep", "nested", "z.txt"]);
    expect(found.changed[0]).toMatchObject({ status: "modified", newMode: "160000", added: null });
    expect(found.notes).toEqual([
      "some files could not be read: 'unborn/' does not have a commit checked out",
      expect.stringContaining("shares this folder"),
      "the submodule dep moved to another commit; the diff holds its name, not what changed",
      "nested is a repository of its own; the diff holds its commit, not its files",
      "the submodule dep holds uncommitted work, which is not in the diff",
    ]);
  });

  test("what a content filter makes of a file, not its line ends", async () => {
    const root = makeRepo(join(tempFolder(), "r"), {
      ".gitattributes": "*.txt text\n",
      "a.txt": "1\n",
    });
    runGit(root, "config", "core.autocrlf", "true");
    runGit(root, "config", "core.safecrlf", "true");
    const { diff } = await begin(root);
    putFiles(root, { "a.txt": "1\r\n2\r\n", "raw.bin": "1\r\n2\n" });

    const found = await diff();

    expect(found.changed).toMatchObject([
      { path: "a.txt", added: 1, deleted: 0 },
      { path: "raw.bin", added: 2 },
    ]);
  });

  test("no output of a program or shape that the repository's settings ask for", async () => {
    const folder = tempFolder();
    const root = makeRepo(join(folder, "r"), { ".gitattributes": "* diff=evil\n", "a.txt": "1\n" });
    const trap = join(folder, "trap.sh");
    writeFileSync(trap, `#!/bin/sh\ntouch ${join(folder, "sprung")}\n`, { mode: 0o755 });
    for (const [name, value] of [
      ["diff.external", trap],
      ["diff.evil.command", trap],
      ["diff.evil.textconv", trap],
      ["core.fsmonitor", trap],
      ["diff.noprefix", "true"],
      ["diff.orderFile", "/nonexistent"],
      ["diff.relative", "true"],
      ["diff.context", "0"],
      ["status.short", "false"],
      ["core.splitIndex", "true"],
    ] as const) {
      runGit(root, "config", name, value);
    }
    const { diff } = await begin(root);
    putFiles(root, { "a.txt": "2\n" });

    const found = await diff();

    expect(patchOf(found)).toContain("diff --git a/a.txt b/a.txt");
    expect(existsSync(join(folder, "sprung"))).toBe(false);
  });
});

describe("taking it", () => {
  test("changes neither index nor objects nor refs of the repository", async () => {
    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1\n", "b.txt": "1\n" });
    putFiles(root, { "a.txt": "staged\n" });
    runGit(root, "add", "a.txt");
    putFiles(root, { "a.txt": "unstaged\n", "new.txt": "x\n" });
    const gitState = () =>
      execFileSync("find", [".git", "-type", "f", "-exec", "cksum", "{}", "+"], {
        cwd: root,
        encoding: "utf8",
      });
    const index = () => `${statSync(join(root, ".git/index"), { bigint: true }).mtimeNs}`;
    const before = [gitState(), index()];

    const { diff } = await begin(root);
    putFiles(root, { "other.txt": "x\n" });
    await diff();

    expect([gitState(), index()]).toEqual(before);
    expect(runGit(root, "diff", "--cached", "--name-only").trim()).toBe("a.txt");
  });

  test("works before the first commit, in a linked worktree and with a split index", async () => {
    const folder = tempFolder();
    const unborn = join(folder, "unborn");
    mkdirSync(unborn);
    runGit(unborn, "init", "--quiet");
    putFiles(unborn, { "mine.txt": "1\n" });
    const root = makeRepo(join(folder, "r"), { "a.txt": "1\n" });
    runGit(root, "worktree", "add", "-q", "--detach", join(folder, "linked"));
    const split = makeRepo(join(folder, "split"), { "a.txt": "1\n" });
    runGit(split, "update-index", "--split-index");
    putFiles(split, { "c.txt": "1\n" });
    runGit(split, "add", "-A");

    for (const place of [unborn, join(folder, "linked"), split]) {
      const { diff } = await begin(place);
      putFiles(place, { "new.txt": "1\n" });
      expect(paths(await diff())).toEqual(["new.txt"]);
    }
  });

  test("is put off honestly where there is no git, and where the folder is gone", async () => {
    const plain = tempFolder();
    const { snapshot, diff } = await begin(plain);
    expect(snapshot).toMatchObject({ tree: null, commit: null });
    expect(await diff()).toMatchObject({
      missingBecause: "neither it nor a folder above it has a .git",
      isRepo: false,
      patchFile: null,
    });

    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1" });
    const begun = await begin(root);
    rmSync(root, { recursive: true });
    expect((await begun.diff()).missingBecause).toContain("is gone");
  });

  test("is given up, and said to be, where the beginning could not be recorded in time", async () => {
    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1\n" });
    const objects = join(tempFolder(), "objects");

    const snapshot = await takeSnapshot(machine, root, { objects, timeoutMs: 0 });

    expect(snapshot.tree).toBeNull();
    expect(snapshot.commit).not.toBeNull();
    const workspace: Workspace = {
      mode: "shared",
      repoPath: root,
      workPath: root,
      branch: null,
      baseCommit: snapshot.commit,
      baseTree: null,
    };
    expect(await takeDiff(machine, workspace, { objects, now: Date.now() })).toMatchObject({
      missingBecause: expect.stringContaining("could not be recorded at the start"),
      isRepo: true,
    });
  });

  test("after a restart compares with the first snapshot, not with the agent's work", async () => {
    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1\n" });
    const { snapshot, objects } = await begin(root);
    putFiles(root, { "work.txt": "1\n" });

    expect(await takeSnapshot(machine, root, { objects })).toEqual(snapshot);
  });

  test("begins with the same tree whether or not the folder was looked at before, clean or not", async () => {
    const inner = makeRepo(join(tempFolder(), "inner"), { "i.txt": "1\n" });
    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1\n", ".gitignore": "*.log\n" });
    const bothTrees = async (): Promise<string[]> => {
      const found = await inspectRepo(machine, root);
      const snapshots = [
        await takeSnapshot(machine, root, { objects: join(tempFolder(), "objects"), found }),
        await takeSnapshot(machine, root, { objects: join(tempFolder(), "objects") }),
      ];
      return snapshots.map(({ tree }) => tree ?? "");
    };
    const treeId = (name: string): string =>
      name.endsWith("^{tree}") ? runGit(root, "rev-parse", name).trim() : name;

    const [clean = "", recorded = ""] = await bothTrees();
    expect(clean).toMatch(/\^\{tree\}$/);
    expect(treeId(clean)).toBe(recorded);

    putFiles(root, { "new.txt": "1\n", "debug.log": "x" });
    const [dirty = "", alike = ""] = await bothTrees();
    expect(dirty).toBe(alike);

    runGit(root, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", inner, "sub");
    runGit(root, "add", "--all");
    runGit(root, "commit", "--quiet", "-m", "with a submodule");
    // its changes are kept out of the status, and are changes all the same
    runGit(root, "config", "diff.ignoreSubmodules", "all");
    putFiles(join(root, "sub"), { "i.txt": "2\n" });
    runGit(join(root, "sub"), "commit", "--quiet", "-am", "moved");
    const [moved = "", noticed = ""] = await bothTrees();
    expect(moved).toBe(noticed);
  });

  test("says that HEAD was moved to work that was there before", async () => {
    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1\n" });
    runGit(root, "checkout", "-q", "-b", "other");
    putFiles(root, { "other.txt": "1\n" });
    runGit(root, "add", "-A");
    runGit(root, "commit", "-qm", "other");
    runGit(root, "checkout", "-q", "main");
    runGit(root, "commit", "-q", "--allow-empty", "-m", "second");
    const { diff } = await begin(root, "worktree");
    runGit(root, "checkout", "-q", "other");

    const found = await diff();

    expect(paths(found)).toEqual(["other.txt"]);
    expect(found.notes[0]).toContain("HEAD moved from");
  });

  test("bounds a huge patch and names what is left out", async () => {
    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1\n" });
    const { diff } = await begin(root, "worktree");
    const random = Buffer.from(
      Array.from({ length: 1_500_000 }, (_, n) => (n * 7919 * (n >> 3)) & 255),
    );
    writeFileSync(join(root, "big.bin"), random);
    for (let n = 0; n < 30; n++) putFiles(root, { [`deps/m${n}.js`]: `${n}`.repeat(30_000) });
    putFiles(root, { "a.txt": "2\n" });

    const found = await diff({ maxPatchBytes: 100_000 });

    expect(found.omitted.map(({ path }) => path)).toEqual(["big.bin", "deps/"]);
    expect(paths(found)).toHaveLength(32);
    expect(found.notes.join()).toContain("big.bin (1500000 bytes)");
    expect(patchOf(found).match(/^diff --git.*$/gm)).toEqual(["diff --git a/a.txt b/a.txt"]);
  });

  test("leaves no file behind when git fails, and removes what earlier ones left", async () => {
    const root = makeRepo(join(tempFolder(), "r"), { "a.txt": "1\n" });
    const { objects, snapshot } = await begin(root);
    mkdirSync(join(objects, "now-000000000000"));
    const workspace: Workspace = {
      mode: "shared",
      repoPath: root,
      workPath: root,
      branch: null,
      baseCommit: snapshot.commit,
      baseTree: "0123456789012345678901234567890123456789",
    };

    await expect(
      takeDiff(machine, workspace, { objects, now: Date.now() + 3_600_000 }),
    ).rejects.toMatchObject({
      code: "git_failed",
    });

    expect(readdirSync(objects).filter((name) => name.startsWith("now-"))).toEqual([]);
  });
});

const names = [
  "a.txt",
  "dir/b.txt",
  "dir/deep/c.bin",
  'odd "name"',
  "-x",
  "ünï\n",
  "run.sh",
] as const;
const contents = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc
    .array(fc.constantFrom("one", "two", "three", "", "four\r"), { maxLength: 30 })
    .map((lines) => lines.join("\n")),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom("", "\n", "no end", Buffer.from([0, 255, 10, 13])),
);
const edit = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    name: fc.constantFrom(...names),
    content: contents,
  }),
  fc.record({ kind: fc.constant("remove" as const), name: fc.constantFrom(...names) }),
  fc.record({
    kind: fc.constant("move" as const),
    name: fc.constantFrom(...names),
    to: fc.constantFrom(...names, "moved"),
  }),
  fc.record({
    kind: fc.constant("mode" as const),
    name: fc.constantFrom(...names),
    executable: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("link" as const),
    name: fc.constantFrom(...names),
    to: fc.constantFrom("a.txt", "nowhere"),
  }),
  fc.record({ kind: fc.constantFrom("stage" as const, "commit" as const) }),
);
type Edit =
  | { readonly kind: "write"; readonly name: string; readonly content: string | Buffer }
  | { readonly kind: "move" | "link"; readonly name: string; readonly to: string }
  | { readonly kind: "mode"; readonly name: string; readonly executable: boolean }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "stage" }
  | { readonly kind: "commit" };

function perform(root: string, one: Edit): void {
  if (one.kind === "stage") return void runGit(root, "add", "-A");
  if (one.kind === "commit") {
    runGit(root, "add", "-A");
    return void runGit(root, "commit", "-q", "--allow-empty", "-m", "work");
  }
  const path = join(root, one.name);
  const isFile = lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  if (one.kind === "write" || one.kind === "link") {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    if (one.kind === "write") writeFileSync(path, one.content);
    else symlinkSync(one.to, path);
  } else if (one.kind === "remove") rmSync(path, { force: true });
  else if (one.kind === "mode" && isFile) chmodSync(path, one.executable ? 0o755 : 0o644);
  else if (one.kind === "move" && isFile) {
    rmSync(join(root, one.to), { force: true });
    mkdirSync(dirname(join(root, one.to)), { recursive: true });
    if (one.to !== one.name) renameSync(path, join(root, one.to));
  }
}

test("the patch applied to what was there before gives what is there now, whatever was edited", async () => {
  const edits = fc.array(edit, { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(edits, edits, async (before, work) => {
      const folder = realpathSync(tempFolder());
      const root = makeRepo(join(folder, "r"), {
        "a.txt": Array.from({ length: 12 }, (_, n) => `line ${n}\n`).join(""),
        "dir/b.txt": "b\r\nb\r\n",
        "dir/deep/c.bin": Buffer.from([0, 1, 2, 3]),
        "run.sh": "#!/bin/sh\n",
      });
      for (const one of before) perform(root, one);
      const copy = copyOf(root);
      const { diff } = await begin(root);
      for (const one of work) perform(root, one);

      const found = await diff();
      applyPatch(copy, found.patchFile ?? "");

      expect(contentOf(copy)).toEqual(contentOf(root));
      expect(found.changedTotal === 0).toBe(statSync(found.patchFile ?? "").size === 0);
    }),
    { numRuns: 8 },
  );
});
