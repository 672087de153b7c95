import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import copilot from "../../../providers/copilot-cli/provider.ts";
import type { LaunchPlan, LaunchRequest, LogPlace } from "../../../src/provider/definition.ts";
import { candidatePaths } from "../../../src/provider/find-binary.ts";
import { hookCommand } from "../../../src/provider/hooks.ts";
import { findMatch, matches } from "../../../src/provider/pattern.ts";
import { validateDefinition } from "../../../src/provider/validate.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const id = "11111111-2222-4333-8444-555555555555";

function plan(fields: Partial<LaunchRequest> = {}): LaunchPlan {
  return copilot.launch({
    binary: "/usr/bin/copilot",
    version: "1.0.102",
    sessionId: "ap_000000000001",
    conversationId: id,
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

test("the definition is one", () => {
  expect(validateDefinition(copilot)).toEqual([]);
});

describe("the program", () => {
  const version = (printed: string): string | undefined =>
    findMatch(copilot.binary.versionPattern, printed)?.[1];

  test("tells its version, and one of the same name that is another tool is told from it", () => {
    expect(version("GitHub Copilot CLI 1.0.102.\nRun 'copilot update' to check.")).toBe("1.0.102");
    expect(version("GitHub Copilot CLI 1.0.74-0.\n")).toBe("1.0.74-0");
    expect(version("copilot version: v1.34.0")).toBeUndefined();
    expect(version("version 1.2.0 (2025-10-30)")).toBeUndefined();
  });

  test("may be the one that gh has installed for itself", () => {
    const paths = candidatePaths(copilot.binary.candidates, { PATH: "/bin", HOME: "/home/dev" });
    expect(paths.at(-1)).toBe("/home/dev/.local/share/gh/copilot/copilot");
    expect(plan().env).toEqual({});
    const ofGh = plan({ binary: "/home/dev/.local/share/gh/copilot/copilot" });
    expect(ofGh.env).toEqual({ COPILOT_GH: "true" });
  });
});

describe("a launch", () => {
  test("chooses the conversation and brings a plugin of this process alone", () => {
    const { argv, files, agentSessionId, facts } = plan();

    expect(argv).toEqual([
      "/usr/bin/copilot",
      `--session-id=${id}`,
      "--plugin-dir=/run/session/agent",
      "--no-auto-update",
      "--mode=interactive",
    ]);
    expect(agentSessionId).toBe(id);
    expect(facts).toEqual({ home: "/home/dev/.copilot" });
    expect(files.map(({ path }) => path)).toEqual([
      "/run/session/agent/plugin.json",
      "/run/session/agent/hooks.json",
    ]);
  });

  test("registers no hook that could deny or answer anything", () => {
    const { content = "" } = plan().files.find(({ path }) => path.endsWith("/hooks.json")) ?? {};
    const { hooks } = JSON.parse(content) as { readonly hooks: Readonly<Record<string, unknown>> };

    expect(Object.keys(hooks)).toEqual(["sessionStart", "userPromptSubmitted", "agentStop"]);
    expect(content).not.toContain("mkfifo");
  });

  test("looks for its log where the person keeps the agent's files", async () => {
    const { facts } = plan({ env: { HOME: "/home/dev", COPILOT_HOME: "/data/copilot" } });
    const folders: string[] = [];
    const place: LogPlace = {
      workPath: "/home/dev/project",
      agentSessionId: id,
      pid: 1,
      startedAt: 0,
      facts,
      env: {},
      list: (folder) => {
        folders.push(folder);
        return Promise.resolve([{ name: "events.jsonl", mtimeMs: 0 }]);
      },
      read: () => Promise.resolve(undefined),
      openFiles: () => Promise.resolve([]),
    };

    expect(await copilot.log?.find(place)).toBe(`/data/copilot/session-state/${id}/events.jsonl`);
    expect(await copilot.log?.find({ ...place, agentSessionId: null })).toBeNull();
    const none = { ...place, list: () => Promise.resolve([]) };
    expect(await copilot.log?.find(none)).toBeNull();
    expect(folders).toEqual([`/data/copilot/session-state/${id}`]);
  });

  test("takes model and effort as they are named", () => {
    const { argv } = plan({ model: "gpt-6-sol", effort: "high" });
    expect(argv).toContain("--model=gpt-6-sol");
    expect(argv).toContain("--effort=high");
  });

  test("that is read-only offers no tool that writes, and denies what writes all the same", () => {
    const { argv } = plan({ mode: "read_only" });
    const tools = argv.find((word) => word.startsWith("--available-tools=")) ?? "";

    expect(tools).not.toMatch(/bash|create|edit|apply_patch|task|\*/);
    expect(argv).toEqual(expect.arrayContaining(["--deny-tool=write", "--deny-tool=shell"]));
    expect(() => plan({ mode: "read_only", extra: { mode: "plan" } })).toThrow(/plan/);
  });

  test("takes a mode, and neither autopilot nor an option it does not know", () => {
    expect(plan({ extra: { mode: "plan" } }).argv).toContain("--mode=plan");
    expect(() => plan({ extra: { mode: "autopilot" } })).toThrow(/cannot be "autopilot"/);
    expect(() => plan({ extra: { yolo: "1" } })).toThrow(/no option "yolo"/);
  });

  test("hands its first prompt over whole, from a file that is gone then", () => {
    const folder = tempFolder();
    const prompt = "--dash 'quoted' \"too\" $HOME\n\n";
    const { argv, files } = plan({ binary: "/bin/echo", folder, promptArgument: prompt });
    for (const { path, content } of files) writeFileSync(path, content);
    const printed = execFileSync(argv[0] ?? "", argv.slice(1), { encoding: "utf8" });

    expect(printed.endsWith(` --interactive=${prompt}\n`)).toBe(true);
    expect(existsSync(join(folder, "prompt.txt"))).toBe(false);
    expect(readFileSync(join(folder, "hooks.json"), "utf8")).toContain("agentStop");
  });
});

describe("a text", () => {
  const refused = (text: string, how: "pasted" | "argument"): boolean =>
    (copilot.input.refused ?? []).some(
      ({ pattern, when }) => (when === "always" || how === "pasted") && matches(pattern, text),
    );

  test.each(["!ls", "  !ls", "/quit", "/unknown command", "$", " $ "])(
    "like %j is refused either way, since it would be run",
    (text) => {
      expect(refused(text, "pasted")).toBe(true);
      expect(refused(text, "argument")).toBe(true);
    },
  );

  test.each(["look at @READ", "@a", "ends with \\", "x".repeat(20_481), "ü".repeat(9_000)])(
    "is refused as a paste only: %#",
    (text) => {
      expect(refused(text, "pasted")).toBe(true);
      expect(refused(text, "argument")).toBe(false);
    },
  );

  test.each([
    "fix it",
    "a\n/status",
    "see #1",
    "it costs $",
    "mail me@home.org now",
    "look at @README.md.",
    "x".repeat(12_000),
    " /blank before it",
  ])("is taken: %#", (text) => {
    expect(refused(text, "pasted")).toBe(text.startsWith("look at @"));
    expect(refused(text, "argument")).toBe(false);
  });
});
