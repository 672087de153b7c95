import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import claude from "../../../providers/claude-code/provider.ts";
import type { LaunchPlan, LaunchRequest } from "../../../src/provider/definition.ts";
import { hookCommand } from "../../../src/provider/hooks.ts";
import { matches } from "../../../src/provider/pattern.ts";
import { validateDefinition } from "../../../src/provider/validate.ts";
import { tempFolder } from "../../support/temp-folder.ts";

function plan(fields: Partial<LaunchRequest> = {}): LaunchPlan {
  return claude.launch({
    binary: "/usr/bin/claude",
    version: "2.1.329",
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

function flag(argv: readonly string[], name: string): string | undefined {
  const at = argv.indexOf(name);
  return at === -1 ? undefined : argv[at + 1];
}

interface Settings {
  readonly hooks: Readonly<
    Record<string, readonly { hooks: readonly { command: string; timeout: number }[] }[]>
  >;
}

function settings({ files }: LaunchPlan): Settings {
  const file = files.find(({ path }) => path.endsWith("/settings.json"));
  return JSON.parse(file?.content ?? "{}") as Settings;
}

test("the definition is one", () => {
  expect(validateDefinition(claude)).toEqual([]);
});

describe("a launch", () => {
  test("chooses the conversation, so that its files are known before it begins", () => {
    const { argv, agentSessionId, facts } = plan();
    expect(argv[0]).toBe("/usr/bin/claude");
    expect(flag(argv, "--session-id")).toBe(agentSessionId);
    expect(facts).toEqual({
      config: "/home/dev/.claude",
      log: `/home/dev/.claude/projects/-home-dev-my-project/${agentSessionId}.jsonl`,
    });
  });

  test("looks for its files where the person keeps them", () => {
    const { facts } = plan({ env: { HOME: "/home/dev", CLAUDE_CONFIG_DIR: "/data/claude/" } });
    expect(facts["config"]).toBe("/data/claude");
  });

  test("brings its hooks in a file of its own, and one of them waits for answers", () => {
    const launched = plan();
    expect(flag(launched.argv, "--settings")).toBe("/run/session/agent/settings.json");
    const { hooks } = settings(launched);
    expect(Object.keys(settings(launched))).toEqual(["hooks", "statusLine"]);
    expect(hooks["PermissionRequest"]?.[0]?.hooks[0]?.timeout).toBeGreaterThan(80_000);
    expect(hooks["PermissionRequest"]?.[0]?.hooks[0]?.command).toContain("mkfifo");
    for (const [event, [entry]] of Object.entries(hooks)) {
      if (event === "PermissionRequest") continue;
      expect(entry?.hooks[0]?.command).not.toContain("mkfifo");
    }
  });

  test("asks before it acts, unless another mode was chosen", () => {
    expect(flag(plan().argv, "--permission-mode")).toBe("manual");
    const chosen = plan({ extra: { permission_mode: "acceptEdits" } });
    expect(flag(chosen.argv, "--permission-mode")).toBe("acceptEdits");
  });

  test.each([
    [{ permission_mode: "bypassPermissions" }, /no permission mode/],
    [{ permision_mode: "plan" }, /no option "permision_mode"/],
  ])("refuses %j", (extra, words) => {
    expect(() => plan({ extra })).toThrow(words);
  });

  test("that reads only has no tool that writes or runs anything, and no foreign ones", () => {
    const { argv } = plan({ mode: "read_only" });
    const tools = flag(argv, "--tools")?.split(",") ?? [];
    expect(tools).toContain("Read");
    expect(
      tools.filter((tool) => /Bash|Write|Edit|Skill|Workflow|Monitor|Cron/.test(tool)),
    ).toEqual([]);
    expect(argv).toContain("--strict-mcp-config");
    expect(() => plan({ mode: "read_only", extra: { permission_mode: "acceptEdits" } })).toThrow(
      /does not go with read_only/,
    );
  });

  test("skips the trust dialog only when it may", () => {
    expect(plan().env["CLAUDE_CODE_SANDBOXED"]).toBe("1");
    expect(plan({ trustFolder: false }).env).not.toHaveProperty("CLAUDE_CODE_SANDBOXED");
  });

  test("never updates the program, and keeps a key from moving the session elsewhere", () => {
    expect(plan().env).toMatchObject({
      DISABLE_AUTOUPDATER: "1",
      CLAUDE_CODE_DISABLE_AGENT_VIEW: "1",
    });
  });

  test("names model and effort", () => {
    const { argv } = plan({ model: "opus", effort: "high" });
    expect([flag(argv, "--model"), flag(argv, "--effort")]).toEqual(["opus", "high"]);
  });
});

test("a first prompt of 100 kB is handed over byte for byte, and its file is gone", () => {
  const prompt = `--not a flag\n${"tab\there 'single' \"double\" $HOME `tick` \\ ünï 🎉\n".repeat(2_000)}\n\n`;
  expect(Buffer.byteLength(prompt)).toBeGreaterThan(100_000);
  const folder = tempFolder();
  const record = join(folder, "arguments.json");
  const recorder = `require("node:fs").writeFileSync(process.argv[1], JSON.stringify(process.argv.slice(2)))`;
  const { argv, files } = plan({ folder, binary: process.execPath, promptArgument: prompt });
  for (const { path, content } of files) writeFileSync(path, content, { mode: 0o600 });
  const at = argv.indexOf(process.execPath);
  const [program = "", ...args] = [
    ...argv.slice(0, at + 1),
    "-e",
    recorder,
    "--",
    record,
    ...argv.slice(at + 1),
  ];
  execFileSync(program, args);
  const passed = JSON.parse(readFileSync(record, "utf8")) as string[];
  expect(passed.at(-2)).toBe("--");
  expect(passed.at(-1)).toBe(prompt);
  const left = files.filter(({ path }) => existsSync(path)).map(({ path }) => basename(path));
  expect(left).toEqual(["settings.json", "status-line.sh"]);
  expect(claude.options.promptArgumentBytes).toBeGreaterThan(Buffer.byteLength(prompt));
});

describe("a text that the agent would not read as it is", () => {
  const refusedWhen = (text: string, via: "pasted" | "argument"): boolean =>
    (claude.input.refused ?? []).some(
      ({ pattern, when }) => (when === "always" || via === "pasted") && matches(pattern, text),
    );

  test.each([
    "/status",
    "/exit",
    "  /compact now",
    "\n/clear",
    "/my-command with words",
    "/",
    "/ x",
  ])("%j is a command however it is handed over", (text) => {
    expect(refusedWhen(text, "pasted")).toBe(true);
    expect(refusedWhen(text, "argument")).toBe(true);
  });

  test.each(["!ls", "ends with \\", "ends with \\\n"])("%j is one when it is pasted", (text) => {
    expect(refusedWhen(text, "pasted")).toBe(true);
    expect(refusedWhen(text, "argument")).toBe(false);
  });

  test.each([
    "/etc/passwd is a file",
    "//x comment",
    "/a.b c",
    "/ü x",
    "explain /status",
    " !not run",
    "# heading",
    "@README.md",
    "a \\ b",
    "multi\n/status\n!ls",
  ])("%j is a text", (text) => {
    expect(refusedWhen(text, "pasted")).toBe(false);
  });
});
