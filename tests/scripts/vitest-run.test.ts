import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exec } from "../../src/platform/exec.ts";
import { repository } from "../support/built.ts";
import { tempFolder } from "../support/temp-folder.ts";

interface Outcome {
  readonly files: readonly string[];
  readonly tests: readonly {
    readonly title: string;
    readonly state: string;
    readonly why?: string;
    readonly error?: string;
  }[];
  readonly problems: readonly { readonly text: string; readonly file?: string }[];
}

interface SuiteOptions {
  readonly args?: readonly string[];
  readonly minutes?: number;
  /** How often a file may be tried again. */
  readonly further?: number;
}

const scripts = join(repository, "scripts/lib");

/** Runs these files as a suite of their own, as scripts/test runs the project's. */
async function runSuite(
  files: Readonly<Record<string, string>>,
  { args = [], minutes = 1, further = 0 }: SuiteOptions = {},
): Promise<Outcome> {
  const root = tempFolder();
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  mkdirSync(join(root, "tests"));
  for (const [name, text] of Object.entries(files)) {
    const head = name.endsWith(".test.ts")
      ? 'import { afterAll, expect, test } from "vitest";\n'
      : "";
    writeFileSync(join(root, name), head + text);
  }
  const script = `
    import { runVitest } from ${JSON.stringify(join(scripts, "vitest-run.mjs"))};
    import { withFurtherTries } from ${JSON.stringify(join(scripts, "further-tries.mjs"))};
    const vitest = (...args) =>
      runVitest(["--root", ${JSON.stringify(root)}, ...args], { minutes: ${minutes} });
    const outcome = await withFurtherTries(await vitest(...${JSON.stringify(args)}), vitest);
    console.log("outcome " + JSON.stringify(outcome));
  `;
  const { stdout } = await exec([process.execPath, "--input-type=module", "-e", script], {
    cwd: root,
    timeoutMs: 100_000,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: root,
      AGENTPOOL_TEST_RETRIES: String(further),
    },
  });
  const line = stdout.split("\n").find((one) => one.startsWith("outcome ")) ?? "outcome null";
  return JSON.parse(line.slice("outcome ".length)) as Outcome;
}

test("every test is told of with its end, and a skipped one with its reason", async () => {
  const { tests, problems, files } = await runSuite({
    "tests/some.test.ts": `
      test("good", () => { expect(1).toBe(1); });
      test("bad", () => { expect(1).toBe(2); });
      test("noted", ({ skip }) => { skip("no engine"); });
      test("marked", { skip: true, meta: { why: "no terminal" } }, () => {});
    `,
  });

  expect(tests.map(({ title, state, why, error }) => [title, state, why ?? error])).toEqual([
    ["good", "passed", undefined],
    ["bad", "failed", "expected 1 to be 2 // Object.is equality"],
    ["noted", "skipped", "no engine"],
    ["marked", "skipped", "no terminal"],
  ]);
  expect(problems).toEqual([]);
  expect(files).toHaveLength(1);
});

test("what -t leaves out says so, and a test skipped without a reason says none", async () => {
  const { tests, problems } = await runSuite(
    {
      "tests/some.test.ts": `
        import { describe } from "vitest";
        describe("agent", () => {
          test("wanted", () => {});
          test("wanted later", { skip: true }, () => {});
          test("other", () => {});
        });
      `,
    },
    { args: ["-t", "agent wanted"] },
  );

  expect(tests.map(({ title, state, why }) => [title, state, why])).toEqual([
    ["wanted", "passed", undefined],
    ["wanted later", "skipped", undefined],
    ["other", "skipped", "left out by -t agent wanted"],
  ]);
  expect(problems).toEqual([]);
});

const good = 'test("good", () => { expect(1).toBe(1); });';

test("what goes wrong beside the tests is a problem each, whatever the tests say", async () => {
  const { tests, problems } = await runSuite({
    "tests/uncaught.test.ts": `${good} void Promise.reject(new Error("boom"));`,
    "tests/hook.test.ts": `afterAll(() => { throw new Error("in a hook"); }); ${good}`,
    "tests/unread.test.ts": `import "./none.ts"; ${good}`,
    "tests/ended.test.ts": `process.exit(0); ${good}`,
  });

  expect(tests.map(({ state }) => state)).toEqual(["passed", "passed"]);
  const all = problems.map(({ text, file }) => `${file}: ${text}`).join("\n");
  expect(all).toContain("undefined: an error that nobody caught: boom");
  expect(all).toMatch(/tests\/hook\.test\.ts: \S+hook\.test\.ts: in a hook/);
  expect(all).toContain("Cannot find module './none.ts'");
  expect(all).toContain('process.exit unexpectedly called with "0"');
});

test("a test left alone by mistake is a failure", async () => {
  const { tests } = await runSuite({ "tests/a.test.ts": `test.only("one", () => {}); ${good}` });

  expect(tests.map(({ state }) => state)).toEqual(["failed", "skipped"]);
});

test.each<[string, Readonly<Record<string, string>>, string, (readonly string[])?]>([
  ["throws in its configuration", { "vitest.config.ts": "throw 1;" }, "no outcome was written"],
  ["finds no test", { "tests/a.test.ts": good }, "vitest ended with 1", ["none.test.ts"]],
])("a run that %s is a problem", async (_, files, problem, args = []) => {
  const { problems } = await runSuite(files, { args });

  expect(problems.map(({ text }) => text).join("\n")).toContain(problem);
});

test("a run that hangs is ended and is a problem", async () => {
  const hang = "await new Promise((end) => setTimeout(end, 60_000));";

  const { problems } = await runSuite({ "tests/a.test.ts": hang }, { minutes: 0.03 });

  expect(problems).toEqual([
    { text: "no outcome was written: vitest was ended after 0.03 minutes" },
  ]);
});

/** Fails as often as told, counted in a file: each try is a process of its own. */
const failsFirst = (times: number, where: string) => `
  import { appendFileSync, readFileSync } from "node:fs";
  const count = new URL("${where}", import.meta.url);
  appendFileSync(count, "x");
  const tries = readFileSync(count).length;
  ${where === "hook" ? `afterAll(() => { if (tries <= ${times}) throw new Error("hook " + tries); });` : ""}
  test("shaky", () => { expect(tries).toBeGreaterThan(${where === "hook" ? 0 : times}); });
  test("steady", () => {});
`;

test("a file that fails is tried again as a whole, and told with what went wrong at first", async () => {
  const { tests, problems } = await runSuite(
    {
      "tests/shaky.test.ts": failsFirst(2, "shaky"),
      "tests/hook.test.ts": failsFirst(1, "hook"),
      "tests/good.test.ts": failsFirst(0, "good"),
    },
    { further: 2 },
  );

  const told = tests.map(({ title, state, error }) => [title, state, error]);
  expect(told).toHaveLength(6);
  expect(told).toContainEqual(["shaky", "passed", "expected 1 to be greater than 2"]);
  expect(told.filter(([, state]) => state !== "passed")).toEqual([]);
  expect(problems).toEqual([]);
});

test("what fails in every try has failed, and without further tries there are none", async () => {
  const files = { "tests/shaky.test.ts": failsFirst(2, "shaky") };

  const once = await runSuite(files, { further: 1 });
  const never = await runSuite(files);

  for (const { tests } of [once, never]) {
    expect(tests.map(({ state }) => state)).toEqual(["failed", "passed"]);
  }
  expect(never.tests[0]?.error).toBe("expected 1 to be greater than 2");
});
