import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import cursor from "../../../providers/cursor-cli/provider.ts";
import type { LaunchPlan, LaunchRequest } from "../../../src/provider/definition.ts";
import { hookCommand } from "../../../src/provider/hooks.ts";
import { matches } from "../../../src/provider/pattern.ts";
import { validateDefinition } from "../../../src/provider/validate.ts";
import { tempFolder } from "../../support/temp-folder.ts";

function plan(fields: Partial<LaunchRequest> = {}): LaunchPlan {
  return cursor.launch({
    binary: "/usr/bin/cursor-agent",
    version: "2026.08.11",
    sessionId: "ap_000000000001",
    conversationId: "11111111-2222-4333-8444-555555555555",
    resume: null,
    workPath: "/home/dev/my.project",
    mode: "shared",
    model: null,
    effort: null,
    serviceTier: null,
    promptArgument: null,
    env: { HOME: "/home/dev" },
    folder: "/run/session/agent",
    trustFolder: true,
    port: 4711,
    secret: "not used",
    hook: (event, options) => hookCommand("/run/session/spool", event, options),
    extra: {},
    ...fields,
  });
}

interface HooksFile {
  readonly version: number;
  readonly hooks: Readonly<Record<string, readonly { readonly command: string }[]>>;
}

function hooksOf({ files }: LaunchPlan): HooksFile {
  const file = files.find(({ path }) => path.endsWith("/plugin/hooks/hooks.json"));
  return JSON.parse(file?.content ?? "{}") as HooksFile;
}

test("the definition is one, and says that nobody ran the program", () => {
  expect(validateDefinition(cursor)).toEqual([]);
  expect(cursor).toMatchObject({ verified: "from_documentation", binary: { tried: [] } });
  const notes = readFileSync(
    join(import.meta.dirname, "../../../providers/cursor-cli/notes.md"),
    "utf8",
  );
  expect(notes).toContain("Nothing in here was run");
});

test("unrelated programs of the same name are told by what only this one prints", () => {
  const version = (text: string): string | undefined =>
    new RegExp(cursor.binary.versionPattern).exec(text)?.[1];
  expect(version("2026.08.11-e8db854\n")).toBe("2026.08.11");
  expect(version("cursor-agent 2026.08.11-e8db854\n")).toBe("2026.08.11");
  for (const other of ["1.2.3\n", "agent 2026.08.11\n", "2026.08.11\n", "usage: agent", ""]) {
    expect(version(other)).toBeUndefined();
  }
});

describe("a launch", () => {
  test("brings a plugin of its own, and nothing that asks less or keeps a consent", () => {
    const { argv, files, facts } = plan();
    expect(argv).toEqual(["/usr/bin/cursor-agent", "--plugin-dir", "/run/session/agent/plugin"]);
    expect(files.every(({ path }) => path.startsWith("/run/session/agent/plugin/"))).toBe(true);
    expect(facts["transcripts"]).toBe(
      "/home/dev/.cursor/projects/home-dev-my-project/agent-transcripts",
    );
    const moved = plan({ env: { HOME: "/home/dev", CURSOR_DATA_DIR: "/data/" } });
    expect(moved.facts["transcripts"]).toMatch(/^\/data\/projects\//);
  });

  test("has model, mode and prompt where they were chosen", () => {
    expect(plan({ model: "composer-2.5", promptArgument: "--do it" }).argv.slice(3)).toEqual([
      "--model",
      "composer-2.5",
      "--",
      "--do it",
    ]);
    expect(plan({ extra: { mode: "plan" } }).argv.slice(3)).toEqual(["--mode", "plan"]);
    expect(plan({ mode: "read_only" }).argv.slice(3)).toEqual(["--mode", "ask"]);
  });

  test.each<[Partial<LaunchRequest>, RegExp]>([
    [{ extra: { mode: "agent" } }, /no mode of Cursor/],
    [{ extra: { force: "true" } }, /no option "force"/],
    [{ extra: { mode: "plan" }, mode: "read_only" }, /does not go with read_only/],
  ])("refuses %j", (fields, words) => {
    expect(() => plan(fields)).toThrow(words);
  });

  test("has hooks of documented names alone: another one would void them all", () => {
    const { version, hooks } = hooksOf(plan());
    expect(version).toBe(1);
    expect(Object.keys(hooks).toSorted()).toEqual([
      "afterAgentResponse",
      "beforeSubmitPrompt",
      "postToolUse",
      "postToolUseFailure",
      "preToolUse",
      "sessionStart",
      "stop",
    ]);
  });

  test("has hooks that hand over what they are told and print an empty answer", () => {
    const folder = join(tempFolder(), "it's one");
    const spool = tempFolder();
    const launched = plan({ folder, hook: (event) => hookCommand(spool, event) });
    for (const { path, content } of launched.files) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { mode: 0o600 });
    }
    const command = hooksOf(launched).hooks["stop"]?.[0]?.command ?? "";
    const input = '{"status":"completed"}';
    expect(execFileSync("/bin/sh", ["-c", command], { input, encoding: "utf8" })).toBe("{}");
    const [file = ""] = readdirSync(spool);
    expect(file).toMatch(/^stop\.\d+\.\w+\.json$/);
    expect(readFileSync(join(spool, file), "utf8")).toBe(input);
  });
});

describe("a text that begins like a command", () => {
  const isRefused = (text: string): boolean =>
    (cursor.input.refused ?? []).some(({ pattern }) => matches(pattern, text));

  test.each(["/help", " /model x", "!ls"])("is refused: %j", (text) => {
    expect(isRefused(text)).toBe(true);
  });

  test.each(["/etc/passwd is a file", "explain !ls", "# head"])("is a text: %j", (text) => {
    expect(isRefused(text)).toBe(false);
  });
});
