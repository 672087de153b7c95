import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { configReader, type ConfigReader } from "../../../src/platform/config/reader.ts";
import { tempFolder } from "../../support/temp-folder.ts";

interface Desk {
  readonly file: string;
  readonly folder: string;
  readonly read: ConfigReader;
  readonly write: (text: string, file?: string) => void;
}

function desk(text?: string, env: Record<string, string> = {}): Desk {
  const folder = tempFolder();
  const root = join(folder, "home");
  const file = join(root, "config.yaml");
  const write = (content: string, to = file): void => {
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, content);
  };
  if (text !== undefined) write(text);
  return { file, folder, write, read: configReader({ home: { root, config: file }, env }) };
}

describe("the file", () => {
  test("is not needed, and one that comes later or changes holds at once", async () => {
    const { read, write, file } = desk();
    expect((await read()).get("policy.trust_folders")).toBe(true);
    write("policy:\n  trust_folders: false\n");
    expect((await read()).get("policy.trust_folders")).toBe(false);
    write("policy:\n  trust_folders: false\n  max_turns: 12\n");
    expect((await read()).get("policy.max_turns")).toBe(12);
    rmSync(file);
    expect((await read()).get("policy.max_turns")).toBeNull();
  });

  test("is read once while it stays as it is", async () => {
    const { read } = desk("policy: { max_turns: 3 }\n");
    expect(await read()).toBe(await read());
  });

  test.each(["", "# nothing\n", "policy:\n", "policy:\n  max_turns:\n", "version: 1\n"])(
    "%j leaves the defaults",
    async (text) => {
      const config = await desk(text).read();
      expect(config.get("policy.max_turns")).toBeNull();
      expect(config.warnings).toEqual([]);
    },
  );

  test.each([
    ["polizy: {}\n", ':1: "polizy" is no setting; did you mean policy?'],
    [
      "policy:\n  max_turn: 3\n",
      ':2: "policy.max_turn" is no setting; did you mean policy.max_turns',
    ],
    ["max_turns: 3\n", ':1: "max_turns" is no setting; did you mean policy.max_turns?'],
    ["policy.max_turns: 3\n", ':1: "policy.max_turns" is no setting; write each part on a line'],
    [
      "policy:\n  max_turns: lots\n",
      ':2: policy.max_turns: "lots" is not integer, 1 or more; or null',
    ],
    ["policy:\n  max_turns: 1.5\n", ":2: policy.max_turns: 1.5 is not integer"],
    ["policy:\n  max_turns: .nan\n", ":2: policy.max_turns: "],
    ["policy:\n  max_turns: 0\n", ":2: policy.max_turns: 0 is not integer, 1 or more"],
    [
      "policy:\n  min_remaining_percent: 120\n",
      ":2: policy.min_remaining_percent: 120 is not number",
    ],
    ["policy:\n  allow_raw_keys: yes please\n", ":2: policy.allow_raw_keys: "],
    ["policy:\n  default_isolation: worktre\n", "did you mean worktree?"],
    [
      "policy:\n  allow_auto_routing: true\n",
      ":2: policy.allow_auto_routing: agentpool never picks",
    ],
    [
      "policy:\n  require_explicit_provider: false\n",
      ":2: policy.require_explicit_provider: agentpool",
    ],
    ["policy: 5\n", ":1: policy holds no settings"],
    ["policy: []\n", ":1: policy holds no settings"],
    ["- a\n", ":1: the file holds no settings"],
    ["just words\n", ":1: the file holds no settings"],
    ["policy:\n\tmax_turns: 3\n", ":2: Tabs are not allowed as indentation"],
    [
      "policy:\n  max_turns: 3\n  max_turns: 4\n",
      ':3: Map keys must be unique: "max_turns" is there already',
    ],
    ["policy: {}\npolicy: {}\n", ':2: Map keys must be unique: "policy" is there already'],
    ["policy: {\n", ":"],
    ["a: 1\n---\nb: 2\n", ":"],
    ["providers:\n  some-cli:\n    binry: /x\n", "did you mean providers.some-cli.binary?"],
    [
      "providers:\n  some-cli:\n    enabled: 1\n",
      ":3: providers.some-cli.enabled: 1 is not true or false",
    ],
    ['providers:\n  "*":\n    enabled: false\n', ":2: "],
    ["workspace:\n  allowed_roots: [~/ok, 5]\n", ":2: workspace.allowed_roots: 5 is not path"],
    [
      "providers:\n  some-cli:\n    enabled: true\n    max_parallel: x\n",
      ':4: providers.some-cli.max_parallel: "x"',
    ],
    [
      "policy:\n  answers:\n    - name: a\n      verdikt: ask\n",
      ':4: policy.answers: "verdikt" is no field',
    ],
    [
      "policy:\n  answers:\n    - name: a\n      verdict: ask\n      match: '('\n",
      ":5: policy.answers: rule a",
    ],
  ])("%j is refused with line and reason", async (text, why) => {
    const { read, file } = desk(text);
    await expect(read()).rejects.toMatchObject({
      code: "invalid_config",
      why: expect.stringContaining(why) as string,
      details: { file },
    });
  });

  test("a folder, and a link that leads nowhere, are no missing file", async () => {
    for (const make of [
      (file: string): void => {
        mkdirSync(file);
      },
      (file: string): void => symlinkSync("gone.yaml", file),
    ]) {
      const { read, file } = desk("");
      rmSync(file);
      make(file);
      await expect(read()).rejects.toMatchObject({
        code: "invalid_config",
        why: expect.stringContaining(`${file}: the file cannot be read`) as string,
      });
    }
  });

  test("a policy.yaml of before is refused by name and never ignored", async () => {
    const { read, write, file } = desk();
    write("trust_folders: false\n", join(dirname(file), "policy.yaml"));
    await expect(read()).rejects.toMatchObject({
      code: "invalid_config",
      message: expect.stringContaining("policy.yaml is read no more") as string,
    });
  });

  test("keys of the ancestor that mean nothing here are told with what does", async () => {
    const { read } = desk(
      [
        "storage: { db_path: /x }",
        "runtime:",
        "  tmux: { idle_seconds: 30 }",
        "custom_providers: []",
        "providers:",
        "  some-cli: { command: [x], enabled: true }",
        "policy: { max_parallel_sessions: 2 }",
      ].join("\n"),
    );
    const config = await read();
    expect(config.get("policy.max_parallel_sessions")).toBe(2);
    expect(config.warnings.map(({ key, line }) => [key, line])).toEqual([
      ["storage", 1],
      ["runtime", 2],
      ["custom_providers", 4],
      ["providers.some-cli.command", 6],
    ]);
    expect(config.warnings[0]?.message).toMatch(/AGENTPOOL_HOME/);
  });

  test("paths begin at the home or at the file, and a provider's settings are found by any name", async () => {
    const { read, file } = desk(
      "workspace: { allowed_roots: [~/a, b] }\nproviders:\n  short: { default_model: m }\n",
    );
    const config = await read();
    const [first, second] = config.get("workspace.allowed_roots");
    expect(first).toMatch(/^\/.*\/a$/);
    expect(second).toBe(join(dirname(file), "b"));
    expect(config.ofProvider(["some-cli", "short"], "default_model")).toBe("m");
    expect(config.ofProvider(["other-cli"], "enabled")).toBe(true);
  });
});

describe("the project's file", () => {
  const inProject = async (user: string, project: string) => {
    const one = desk(user);
    const repo = join(one.folder, "repo");
    one.write("", join(repo, ".git"));
    one.write(project, join(repo, ".agentpool.yaml"));
    mkdirSync(join(repo, "deep", "er"), { recursive: true });
    return one.read(join(repo, "deep", "er"));
  };

  test("makes rules stricter", async () => {
    const config = await inProject(
      "policy: { max_turns: 9, denied_providers: [a] }",
      "policy: { max_turns: 5, require_worktree_for_edits: true, denied_providers: [b] }",
    );
    expect(config.get("policy.max_turns")).toBe(5);
    expect(config.get("policy.require_worktree_for_edits")).toBe(true);
    expect(config.get("policy.denied_providers")).toEqual(["a", "b"]);
    expect(config.entries.find(({ key }) => key === "policy.max_turns")?.origin).toMatchObject({
      source: "project",
      line: 1,
    });
  });

  test("widens nothing", async () => {
    const config = await inProject(
      "policy: { max_turns: 5, require_worktree_for_edits: true }",
      "policy: { max_turns: 50, require_worktree_for_edits: false, allow_shared_repo_edits: true }",
    );
    expect(config.get("policy.max_turns")).toBe(5);
    expect(config.get("policy.require_worktree_for_edits")).toBe(true);
    expect(config.get("policy.allow_shared_repo_edits")).toBe(false);
    expect(config.warnings).toHaveLength(3);
  });

  test.each([
    "providers: { some-cli: { binary: ./evil } }",
    "policy: { answers: [{ name: all, verdict: allow }] }",
    "workspace: { allowed_roots: [/] }",
  ])("%s is refused", async (text) => {
    await expect(inProject("", text)).rejects.toMatchObject({
      code: "invalid_config",
      why: expect.stringContaining("cannot be set by a project") as string,
    });
  });

  test("that is a pipe, or a folder, or has no end, holds nobody up", async () => {
    const one = desk();
    const repo = join(one.folder, "repo");
    const file = join(repo, ".agentpool.yaml");
    mkdirSync(repo);
    for (const make of [
      (): void => void execFileSync("mkfifo", [file]),
      (): void => symlinkSync("/dev/zero", file),
      (): void => symlinkSync("gone", file),
      (): void => one.write("#".repeat(2_000_000), file),
    ]) {
      make();
      await expect(one.read(repo)).rejects.toMatchObject({
        code: "invalid_config",
        details: { file },
      });
      rmSync(file);
    }
    one.write("x", join(repo, "plain"));
    expect((await one.read(join(repo, "plain"))).warnings).toEqual([]);
  });

  test("of a folder above the repository does not count", async () => {
    const one = desk();
    one.write("policy: { max_turns: 1 }", join(one.folder, ".agentpool.yaml"));
    one.write("", join(one.folder, "repo", ".git"));
    expect((await one.read(join(one.folder, "repo"))).get("policy.max_turns")).toBeNull();
  });
});
