import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkHooks, type HookSettings } from "../../../providers/droid-cli/hook-settings.ts";
import droid from "../../../providers/droid-cli/provider.ts";
import type { LaunchPlan, LaunchRequest } from "../../../src/provider/definition.ts";
import { hookCommand } from "../../../src/provider/hooks.ts";
import { matches } from "../../../src/provider/pattern.ts";
import { validateDefinition } from "../../../src/provider/validate.ts";
import { tempFolder } from "../../support/temp-folder.ts";

function plan(fields: Partial<LaunchRequest> = {}): LaunchPlan {
  return droid.launch({
    binary: "/usr/bin/droid",
    version: "0.215.0",
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
  readonly model?: string;
  readonly reasoningEffort?: string;
  readonly hooks: HookSettings;
}

function settings({ files }: LaunchPlan): Settings {
  const file = files.find(({ path }) => path.endsWith("/settings.json"));
  return JSON.parse(file?.content ?? "{}") as Settings;
}

/** Whether a tool is refused by a hook that needs nobody to answer. */
function isRefused({ hooks }: Settings, tool: string): boolean {
  const groups = hooks["PreToolUse"] ?? [];
  return groups.some(
    ({ matcher, hooks: [hook] }) =>
      matcher !== undefined && new RegExp(matcher).test(tool) && /"deny"/.test(hook?.command ?? ""),
  );
}

test("the definition is one", () => {
  expect(validateDefinition(droid)).toEqual([]);
});

describe("an unrelated program of the same name", () => {
  const version = (text: string): string | undefined =>
    new RegExp(droid.binary.versionPattern).exec(text)?.[1];

  test("is told from it by what only this one prints", () => {
    expect(version('  "data": {\n    "cliVersion": "0.215.0",\n')).toBe("0.215.0");
    expect(version("6.7.0\n")).toBeUndefined();
    expect(version("droid: unknown command doctor\n")).toBeUndefined();
  });
});

describe("a launch", () => {
  test("brings its settings in a file of its own, and touches nothing of the person's", () => {
    const launched = plan();
    expect(launched.argv[0]).toBe("/usr/bin/droid");
    expect(flag(launched.argv, "--settings")).toBe("/run/session/agent/settings.json");
    expect(flag(launched.argv, "--cwd")).toBe("/home/dev/my.project");
    expect(Object.keys(settings(launched))).toEqual(["hooks"]);
    expect(launched.files.every(({ path }) => path.startsWith("/run/session/agent/"))).toBe(true);
  });

  test("has a hook for each thing it wants to hear, none of which waits", () => {
    const { hooks } = settings(plan());
    expect(Object.keys(hooks).toSorted()).toEqual([
      "Notification",
      "PostToolUse",
      "PreToolUse",
      "SessionEnd",
      "SessionStart",
      "Stop",
      "UserPromptSubmit",
    ]);
    for (const [group] of Object.values(hooks)) {
      expect(group?.hooks[0]).toMatchObject({ type: "command", timeout: 30 });
    }
  });

  test("runs each hook from a script of the session, and nothing once that is gone", () => {
    const folder = join(tempFolder(), "it's one");
    const spool = tempFolder();
    const launched = plan({ folder, hook: (event) => hookCommand(spool, event) });
    const command = settings(launched).hooks["Stop"]?.[0]?.hooks[0]?.command ?? "";
    const payload = join(tempFolder(), "payload.json");
    writeFileSync(payload, '{"a":1}');
    const run = (): string =>
      execFileSync("/bin/sh", ["-c", `( ${command} ) <"$0"`, payload], { encoding: "utf8" });
    expect(run()).toBe("");
    expect(readdirSync(spool)).toEqual([]);
    mkdirSync(folder);
    for (const { path, content } of launched.files) writeFileSync(path, content, { mode: 0o600 });
    expect(run()).toBe("");
    const [file = ""] = readdirSync(spool);
    expect(file).toMatch(/^Stop\.\d+\.\w+\.json$/);
    expect(readFileSync(join(spool, file), "utf8")).toBe('{"a":1}');
  });

  test("names model and effort in its settings, for which there are no flags", () => {
    expect(settings(plan({ model: "glm-5.3", effort: "high" }))).toMatchObject({
      model: "glm-5.3",
      reasoningEffort: "high",
    });
  });

  test("knows the folder in which the conversation will be", () => {
    expect(plan().facts["sessions"]).toBe("/home/dev/.factory/sessions/-home-dev-my.project");
    const moved = plan({ env: { HOME: "/home/dev", FACTORY_HOME_OVERRIDE: "/data/" } });
    expect(moved.facts["sessions"]).toBe("/data/.factory/sessions/-home-dev-my.project");
  });

  test("never updates the program", () => {
    expect(plan().env["FACTORY_DROID_AUTO_UPDATE_ENABLED"]).toBe("false");
  });

  test("asks for everything unless another level was chosen", () => {
    expect(plan().argv).not.toContain("--auto");
    expect(flag(plan({ extra: { autonomy: "low" } }).argv, "--auto")).toBe("low");
    expect(plan({ extra: { spec: "true" } }).argv).toContain("--use-spec");
  });

  test.each([
    [{ autonomy: "unsafe" }, /no level of autonomy/],
    [{ spec: "yes" }, /spec cannot be "yes"/],
    [{ autonomi: "low" }, /no option "autonomi"/],
  ])("refuses %j", (extra, words) => {
    expect(() => plan({ extra })).toThrow(words);
  });

  test("that reads only refuses every tool that does not, those of others included", () => {
    const launched = settings(plan({ mode: "read_only" }));
    for (const tool of ["Execute", "Create", "Edit", "ApplyPatch", "Task", "Skill", "mcp__x__y"]) {
      expect([tool, isRefused(launched, tool)]).toEqual([tool, true]);
    }
    for (const tool of ["Read", "LS", "Grep", "Glob", "AskUser"]) {
      expect([tool, isRefused(launched, tool)]).toEqual([tool, false]);
    }
    expect(isRefused(settings(plan()), "Execute")).toBe(false);
    const command = launched.hooks["PreToolUse"]?.[0]?.hooks[0]?.command ?? "";
    const printed = execFileSync("/bin/sh", ["-c", command], { encoding: "utf8" });
    expect(JSON.parse(printed)).toMatchObject({
      hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "deny" },
    });
    expect(() => plan({ mode: "read_only", extra: { autonomy: "low" } })).toThrow(
      /does not go with read_only/,
    );
  });
});

describe("hook settings the CLI would drop in silence", () => {
  const hook = { type: "command", command: "true", timeout: 30 };

  test.each([
    ["an event it does not have", { PermissionRequest: [{ hooks: [hook] }] }],
    ["a group that is no list", { Stop: { hooks: [hook] } }],
    ["a group without hooks", { Stop: [{ hooks: [] }] }],
    ["a timeout that is a text", { Stop: [{ hooks: [{ ...hook, timeout: "30" }] }] }],
    ["a timeout of nothing", { Stop: [{ hooks: [{ ...hook, timeout: 0 }] }] }],
    ["an empty command", { Stop: [{ hooks: [{ ...hook, command: "" }] }] }],
    ["another kind of hook", { Stop: [{ hooks: [{ ...hook, type: "http" }] }] }],
    ["a matcher that is no pattern", { PreToolUse: [{ matcher: "(", hooks: [hook] }] }],
  ])("are refused before the start: %s", (_, settingsOf) => {
    expect(() => checkHooks(settingsOf as unknown as HookSettings)).toThrow(/would not be heard/);
  });

  test("of the right kind pass", () => {
    const right = { Stop: [{ hooks: [hook] }] } as unknown as HookSettings;
    expect(checkHooks(right)).toBe(right);
  });
});

describe("a first prompt", () => {
  /** What the program is given, as a shell on this machine hands it over. */
  function handedOver(prompt: string): { readonly args: string[]; readonly left: boolean } {
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
    const left = files.some(({ path }) => path.endsWith("/prompt.txt") && existsSync(path));
    return { args: JSON.parse(readFileSync(record, "utf8")) as string[], left };
  }

  test("of 100 kB is handed over byte for byte, and its file is gone", () => {
    const prompt = `--not a flag\n${"tab\there 'single' \"double\" $HOME `tick` \\ ünï 🎉\n".repeat(2_000)}\n\n`;
    expect(Buffer.byteLength(prompt)).toBeGreaterThan(100_000);
    const { args, left } = handedOver(prompt);
    expect(args.slice(-2)).toEqual(["--", prompt]);
    expect(left).toBe(false);
    expect(droid.options.promptArgumentBytes).toBeGreaterThan(Buffer.byteLength(prompt));
  });

  test.each(["exec", "help", "find\n"])("that is the word %j alone is no command", (prompt) => {
    expect(handedOver(prompt).args.at(-1)).toBe(` ${prompt}`);
  });
});

describe("a text that begins with a slash and a word", () => {
  const isRefusedText = (text: string): boolean =>
    (droid.input.refused ?? []).some(({ pattern }) => matches(pattern, text));

  test.each(["/status", "/status me", "  /help", "\n/clear", "/my-command with words"])(
    "is refused: %j",
    (text) => {
      expect(isRefusedText(text)).toBe(true);
    },
  );

  test.each(["/etc/passwd is a file", "//x", "explain /status", "!ls", "# heading", "a\n/status"])(
    "is a text where it does not: %j",
    (text) => {
      expect(isRefusedText(text)).toBe(false);
    },
  );
});
