import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import devin from "../../../providers/devin-cli/provider.ts";
import type { LaunchPlan, LaunchRequest } from "../../../src/provider/definition.ts";
import { hookCommand } from "../../../src/provider/hooks.ts";
import { matches } from "../../../src/provider/pattern.ts";
import { validateDefinition } from "../../../src/provider/validate.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const theirs = "/home/dev/.config/devin/config.json";

function plan(fields: Partial<LaunchRequest> = {}): LaunchPlan {
  return devin.launch({
    binary: "/usr/bin/devin",
    version: "3000.6.11",
    sessionId: "ap_000000000001",
    conversationId: "11111111-2222-4333-8444-555555555555",
    resume: null,
    workPath: "/home/dev/project",
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

interface Group {
  readonly hooks: readonly { readonly command: string; readonly timeout?: number }[];
}

interface Settings extends Record<string, unknown> {
  readonly hooks: Readonly<Record<string, readonly Group[]>>;
}

function settings({ files }: LaunchPlan): Settings {
  const file = files.find(({ path }) => path.endsWith("/config.json"));
  return JSON.parse(file?.content ?? "{}") as Settings;
}

const commandsOf = (groups: readonly Group[] | undefined): string[] =>
  (groups ?? []).map(({ hooks: [hook] }) => hook?.command ?? "");

test("the definition is one, and names the file of the person's it builds on", () => {
  expect(validateDefinition(devin)).toEqual([]);
  expect(devin.reads?.({ HOME: "/home/dev" })).toEqual([theirs]);
  expect(devin.reads?.({ HOME: "/home/dev", XDG_CONFIG_HOME: "/c/" })).toEqual([
    "/c/devin/config.json",
  ]);
});

test("an unrelated program of the same name is told by what only this one prints", () => {
  const version = (text: string): string | undefined =>
    new RegExp(devin.binary.versionPattern).exec(text)?.[1];
  expect(version("devin 3000.6.11 (38b3cbd2)\n")).toBe("3000.6.11");
  expect(version("devin 1.0.0\n")).toBeUndefined();
  expect(version("3000.6.11\n")).toBeUndefined();
});

describe("a launch", () => {
  test("asks for everything, trusts the folder for itself, and writes only into its own", () => {
    const { argv, files, facts } = plan();
    expect(argv).toEqual([
      "/usr/bin/devin",
      "--config",
      "/run/session/agent/config.json",
      "--permission-mode",
      "auto",
      "--respect-workspace-trust",
      "false",
    ]);
    expect(files.every(({ path }) => path.startsWith("/run/session/agent/"))).toBe(true);
    expect(facts).toEqual({ logs: "/home/dev/.local/share/devin/cli/logs" });
    expect(plan({ trustFolder: false }).argv).not.toContain("--respect-workspace-trust");
    expect(plan({ model: "opus" }).argv.slice(-2)).toEqual(["--model", "opus"]);
  });

  test("has a hook for each thing it wants to hear, none of which waits", () => {
    const { hooks } = settings(plan());
    expect(Object.keys(hooks).toSorted()).toEqual([
      "PermissionRequest",
      "PostToolUse",
      "PreToolUse",
      "SessionStart",
      "Stop",
      "UserPromptSubmit",
    ]);
    for (const [group] of Object.values(hooks)) {
      expect(group?.hooks[0]).toMatchObject({ type: "command", timeout: 30 });
    }
  });

  test("keeps the person's settings, which its own file takes the place of", () => {
    const text = `{
      // a remark with "quotes"
      "model": "claude // no remark", /* another */ "list": [1, 2,],
      "hooks": { "Stop": [{ "hooks": [{ "type": "command", "command": "theirs" }] }] },
      "shell": { "kind": "zsh" },
    }`;
    const merged = settings(plan({ read: { [theirs]: text } }));
    expect(merged).toMatchObject({
      model: "claude // no remark",
      list: [1, 2],
      shell: { kind: "zsh", setup_complete: true },
    });
    expect(commandsOf(merged.hooks["Stop"]).at(-1)).toBe("theirs");
    expect(merged.hooks["Stop"]).toHaveLength(2);
    expect(settings(plan())).toMatchObject({ version: 1, shell: { setup_complete: true } });
  });

  test("with settings that cannot be read stops before it would lose them", () => {
    expect(() => plan({ read: { [theirs]: '{ "model": ' } })).toThrow(
      expect.objectContaining({ code: "invalid_config" }),
    );
  });

  test("goes on with a conversation of that id", () => {
    const resumed = plan({ resume: "mammoth-softball" });
    expect(resumed.argv.slice(-2)).toEqual(["--resume", "mammoth-softball"]);
    expect(resumed.agentSessionId).toBe("mammoth-softball");
    expect(plan().agentSessionId).toBeNull();
  });

  test.each([
    [{ permission_mode: "dangerous" }, /no permission mode/],
    [{ permission_mode: "" }, /no permission mode/],
    [{ sandbox: "true" }, /no option "sandbox"/],
  ])("refuses %j", (extra, words) => {
    expect(() => plan({ extra })).toThrow(words);
  });

  test("that reads only does not go with a mode that asks less", () => {
    expect(plan({ extra: { permission_mode: "smart" } }).argv).toContain("smart");
    expect(() => plan({ mode: "read_only", extra: { permission_mode: "smart" } })).toThrow(
      /does not go with read_only/,
    );
  });
});

describe("a session that reads only", () => {
  /** What the hook before a tool prints. */
  function printed(payload: string): string {
    const folder = join(tempFolder());
    const launched = plan({ mode: "read_only", folder });
    for (const { path, content } of launched.files) writeFileSync(path, content, { mode: 0o600 });
    const [command = ""] = commandsOf(settings(launched).hooks["PreToolUse"]);
    return execFileSync("/bin/sh", ["-c", command], { input: payload, encoding: "utf8" });
  }

  const call = (tool: string, input: object = {}): string =>
    JSON.stringify({ hook_event_name: "PreToolUse", tool_name: tool, tool_input: input });

  test.each(["read", "grep", "glob", "ask_user_question", "todo_write"])("may %s", (tool) => {
    expect(printed(call(tool))).toBe("");
  });

  test.each([
    "exec",
    "write",
    "edit",
    "apply_patch",
    "run_subagent",
    "mcp_call_tool",
    "reader",
    "write_to_process",
    "webfetch",
    "skill",
    "",
  ])("may not %j", (tool) => {
    expect(JSON.parse(printed(call(tool)))).toMatchObject({
      hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "deny" },
    });
  });

  test("is not led astray by what the model writes, nor by a payload of another form", () => {
    const named = '{"hook_event_name":"PreToolUse","tool_name":"read",';
    for (const payload of [call("exec", { command: named }), ` ${call("read")}`, "", "{}"]) {
      expect(printed(payload)).toContain('"deny"');
    }
    expect(plan().files.some(({ path }) => path.endsWith(".sh"))).toBe(false);
  });
});

test("a first prompt of 100 kB is handed over byte for byte, and its file is gone", () => {
  const folder = tempFolder();
  const record = join(folder, "arguments.json");
  const recorder = join(folder, "recorder.cjs");
  writeFileSync(
    recorder,
    `require("node:fs").writeFileSync(${JSON.stringify(record)}, JSON.stringify(process.argv.slice(2)))`,
  );
  const prompt = `--not a flag\n${"tab\there 'single' \"double\" $HOME `tick` \\ ünï 🎉\n".repeat(2_000)}\n\n`;
  const { argv, files } = plan({ folder, binary: process.execPath, promptArgument: prompt });
  for (const { path, content } of files) writeFileSync(path, content, { mode: 0o600 });
  const at = argv.indexOf(process.execPath);
  const [program = "", ...args] = [...argv.slice(0, at + 1), recorder, ...argv.slice(at + 1)];
  execFileSync(program, args);
  const given = JSON.parse(readFileSync(record, "utf8")) as string[];
  expect(given.slice(-2)).toEqual(["--", prompt]);
  expect(existsSync(join(folder, "prompt.txt"))).toBe(false);
  expect(devin.options.promptArgumentBytes).toBeGreaterThan(Buffer.byteLength(prompt));
});

describe("a text that begins with a slash and a word", () => {
  const isRefused = (text: string): boolean =>
    (devin.input.refused ?? []).some(({ pattern }) => matches(pattern, text));

  test.each(["/help", " /help me", "\n/plan"])("is refused: %j", (text) => {
    expect(isRefused(text)).toBe(true);
  });

  test.each(["/etc/passwd is a file", "explain /help", "!ls", "# head", "@a", "a\n/help"])(
    "is a text where it does not: %j",
    (text) => {
      expect(isRefused(text)).toBe(false);
    },
  );
});
