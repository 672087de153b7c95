import { describe, expect, test } from "vitest";
import { completeData } from "../../src/provider/data-definition.ts";
import type { LaunchRequest, ProviderDefinition } from "../../src/provider/definition.ts";
import { readScreen } from "../../src/provider/read-screen.ts";
import { validateDefinition } from "../../src/provider/validate.ts";
import { request } from "./definition.ts";

const repl = { launch: ["{binary}", "-i"], prompt: [">>> ", "... "] };

function complete(data: Readonly<Record<string, unknown>>): ProviderDefinition {
  const { definition, problems } = completeData(data, "repl");
  expect([...problems, ...validateDefinition(definition)]).toEqual([]);
  return definition as unknown as ProviderDefinition;
}

function problemsOf(data: Readonly<Record<string, unknown>>): string[] {
  const { definition, problems } = completeData(data, "repl");
  const all = [...problems, ...validateDefinition(definition)];
  return [...new Set(all.map(({ path, reason }) => `${path}: ${reason}`))];
}

describe("a short file", () => {
  test("is a whole definition by what it leaves out", () => {
    const definition = complete(repl);
    expect(definition).toMatchObject({
      id: "repl",
      displayName: "repl",
      verified: "from_documentation",
      binary: { candidates: ["repl"], versionArgs: ["--version"] },
      options: { model: false, effort: [], promptArgument: false, readOnly: false, resume: false },
      input: { acceptance: "none", submitKey: "Enter", queuesWhileBusy: false },
      interrupt: { keys: [["C-c"]] },
      exit: { keys: [["C-d"]] },
    });
    expect(definition.launch(request).argv).toEqual(["/bin/sh", "-i"]);
  });

  test("may hold nothing but what the program asks with", () => {
    expect(complete({ prompt: "$ " }).launch(request).argv).toEqual(["/bin/sh"]);
  });

  test("keeps every value that it does give", () => {
    const definition = complete({
      ...repl,
      $schema: "./provider.schema.json",
      binary: { candidates: ["a", "b"], tried: ["1.0"] },
      input: { enterGapMs: 7, refused: [] },
      screen: { idleHoldMs: 5 },
      exit: ["C-c", "C-c"],
      interrupt: { keys: [["Escape"]] },
    });
    expect(definition.binary).toMatchObject({ candidates: ["a", "b"], tried: ["1.0"] });
    expect(definition.input).toMatchObject({ enterGapMs: 7, refused: [] });
    expect(definition.screen.idleHoldMs).toBe(5);
    expect(definition.exit.keys).toEqual([["C-c"], ["C-c"]]);
    expect(definition.interrupt).toMatchObject({ keys: [["Escape"]], gapMs: 0 });
  });

  test("lets be chosen what its launch has words for, and nothing else", () => {
    const { options } = complete({
      ...repl,
      options: { effort: ["low", "high"] },
      launch: [
        "{binary}",
        { if: "model", args: ["--model", "{model}"] },
        { if: "effort", args: ["--effort={effort}"] },
        { if: "read_only", args: ["--read-only"] },
        { if: "resume", args: ["--resume", "{resume}"] },
        { unless: "resume", args: ["--session", "{conversationId}"] },
        { if: "prompt", args: ["--", "{prompt}"] },
      ],
    });
    expect(options).toEqual({
      model: true,
      effort: ["low", "high"],
      serviceTier: false,
      promptArgument: true,
      initialPromptMode: "arg",
      readOnly: true,
      resume: true,
    });
  });

  test("says of its window's title when it is busy and when idle", () => {
    const { title } = complete({ ...repl, title: { busy: "^\\* ", idle: "^ready" } });
    expect(title?.("* working")).toMatchObject([{ kind: "busy" }]);
    expect(title?.("ready")).toMatchObject([{ kind: "idle" }]);
    expect(title?.("other")).toEqual([]);
  });
});

describe("what is wrong in a file is said by its field", () => {
  test.each<[object, string]>([
    [{ promt: ">>> " }, 'promt: no such field; did you mean "prompt"?'],
    [{ ...repl, hooks: {} }, "hooks: only a definition with code can have it: write a .mjs file"],
    [{}, "prompt: it is missing"],
    [{ prompt: [] }, "prompt: it is empty"],
    [{ prompt: 5 }, "prompt: 5 is no list"],
    [{ ...repl, binary: 5 }, "binary: 5 is no object"],
    [{ ...repl, options: { model: true } }, "options.model: launch does nothing with it"],
    [{ ...repl, options: { readOnly: true } }, "options.readOnly: launch does nothing with it"],
    [{ ...repl, options: { effort: ["low"] } }, "options.effort: launch does nothing with it"],
    [{ ...repl, launch: ["{binary}", "{effort}"] }, "options.effort: it is missing"],
    [{ ...repl, launch: [] }, "launch: it is empty"],
    [{ ...repl, launch: ["{bin}"] }, "launch[0]: {bin} is no placeholder"],
    [{ ...repl, launch: ["{prompts}"] }, "did you mean {prompt}?"],
    [
      { ...repl, launch: { argv: ["a"], evn: {} } },
      'launch.evn: no such field; did you mean "env"?',
    ],
    [
      { ...repl, launch: { argv: ["a"], files: [{ path: "../x", content: "" }] } },
      'launch.files[0].path: "../x" is no path inside the folder',
    ],
    [{ ...repl, title: { bussy: "x" } }, 'title.bussy: no such field; did you mean "busy"?'],
    [{ ...repl, exit: "Ctrl+D" }, 'exit.keys[0][0]: "Ctrl+D" is no key'],
    [{ ...repl, trial: { prompts: { aproval: "x" } } }, 'did you mean "approval"?'],
    [{ ...repl, screen: { rules: [{ id: "x" }] } }, "screen.rules[0].shows: it is missing"],
  ])("%j", (data, expected) => {
    expect(problemsOf(data as Record<string, unknown>).join("\n")).toContain(expected);
  });
});

describe("a launch", () => {
  const plan = (launch: unknown, changes: Partial<LaunchRequest> = {}): unknown =>
    complete({ ...repl, launch }).launch({ ...request, ...changes });

  test("goes on with a conversation by its own id", () => {
    const launch = [
      "{binary}",
      { if: "resume", args: ["--resume", "{resume}"] },
      { unless: "resume", args: ["--session", "{conversationId}"] },
    ];
    expect(plan(launch)).toMatchObject({
      argv: ["/bin/sh", "--session", request.conversationId],
      agentSessionId: request.conversationId,
    });
    expect(plan(launch, { resume: "old" })).toMatchObject({
      argv: ["/bin/sh", "--resume", "old"],
      agentSessionId: "old",
    });
  });

  test("writes files of the session's own, with values spelled as JSON wants them", () => {
    const launch = {
      argv: ["{binary}", "--settings", "{folder}/settings.json"],
      files: [
        { path: "settings.json", content: { model: "{model}", port: "{port}" } },
        { path: "notes/a.txt", content: "in {workPath}" },
      ],
    };
    const { files } = plan(launch, { model: 'm"1' }) as {
      files: { path: string; content: string }[];
    };
    expect(files.map((file) => file.path)).toEqual([
      `${request.folder}/settings.json`,
      `${request.folder}/notes/a.txt`,
    ]);
    expect(JSON.parse(files[0]?.content ?? "")).toEqual({ model: 'm"1', port: "4096" });
    expect(files[1]?.content).toBe("in /work");
  });
});

describe("the screen of a line-oriented program", () => {
  const { screen } = complete(repl);
  const read = (lines: string[], cursor: { x: number; y: number }, cols = 20) =>
    readScreen(screen, { lines, title: "", cursor, cols }, null);

  test("asks for input where the cursor stands behind its prompt", () => {
    expect(read([">>> 1+1", "2", ">>> "], { x: 4, y: 2 })).toMatchObject({
      busy: false,
      composer: { draft: "", line: ">>>" },
      rule: "composer",
    });
    expect(read(["...   x"], { x: 7, y: 0 })?.composer?.draft).toBe("x");
  });

  test("works while the cursor stands below what it was told last", () => {
    expect(read([">>> sleep(5)", ""], { x: 0, y: 1 })).toMatchObject({
      busy: true,
      composer: null,
      rule: "cursor",
      because: ">>> sleep(5)",
    });
    expect(read([">>> f()", "some output", ""], { x: 0, y: 2 })?.busy).toBe(true);
  });

  test("says nothing before it asked for the first time", () => {
    expect(read(["Welcome", ""], { x: 0, y: 1 })).toMatchObject({ busy: false, composer: null });
  });

  test("holds a text that runs over the edge, wherever the cursor is in it", () => {
    const lines = [">>> 0123456789abcdef", "ghijklmnopqrstuvwxyz", "end", ""];
    const draft = "0123456789abcdef\nghijklmnopqrstuvwxyz\nend";
    for (const cursor of [
      { x: 3, y: 2 },
      { x: 5, y: 0 },
      { x: 1, y: 1 },
    ]) {
      expect(read(lines, cursor)?.composer?.draft).toBe(draft);
    }
    expect(read([">>> 0123456789abcdef", ""], { x: 0, y: 1 })?.composer?.draft).toBe(
      "0123456789abcdef",
    );
  });

  test("is read from a saved screen by its last line", () => {
    const saved = (...lines: string[]) => readScreen(screen, { lines, title: "" }, null);
    expect(saved(">>> 1", "1", ">>> ", "", "")?.composer?.draft).toBe("");
    expect(saved(">>> f()", "output")?.busy).toBe(true);
  });
});
