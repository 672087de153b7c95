import { expect, test } from "vitest";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import { planRun } from "../../../src/orchestration/spec/plan-run.ts";
import { parseRun } from "../../../src/orchestration/spec/run-document.ts";

/** What is told of a run file, a line for each fault. */
async function faultsIn(text: string): Promise<readonly string[]> {
  const document = await parseRun(text, { file: "run.yaml", format: "yaml" });
  try {
    planRun(document, {
      kind: null,
      flags: {},
      base: { mode: "shared", repoPath: "/cwd", attempts: 1 },
      limits: {},
      profiles: new Map(),
      provider: (name) =>
        name === "fake" ? { id: name } : { why: `no provider is called ${name}` },
    });
  } catch (thrown) {
    const { code, why = "" } = AgentpoolError.from(thrown);
    return code === "invalid_run" ? why.split("\n") : [`${code}: ${why}`];
  }
  return [];
}

test("what is wrong with the form of a run file and with what it says is told at once, each with its line", async () => {
  const faults = await faultsIn(`
kind: pipeline
provider: fake
concurrency: many
run_timeout: soon
budget: {tokens: -1}
stages:
  - name: one
    promptt: x
    prompt: "{stages.two.response}"
  - name: two
    provider: nobody
    attempts: 0
    prompt: say two
`);

  expect(faults).toEqual([
    "run.yaml:4: concurrency is a string, not integer",
    "run.yaml:6: budget.tokens is -1, not at least 1",
    "run.yaml:9: stages[0].promptt does not belong there; did you mean prompt?",
    expect.stringMatching(/^run\.yaml:13: stages\[1\]\.attempts is 0, not at least 1/),
    'run.yaml:10: stages[0].prompt names {stages.two.response} of "two", which comes later',
    "run.yaml:11: stages[1] cannot be done: no provider is called nobody",
    expect.stringMatching(/^run\.yaml:5: run_timeout is no duration: "soon"/),
  ]);
});

test("beyond a part that is missing or of another type nothing is told that may follow from it alone", async () => {
  expect(await faultsIn("kind: pool\nprovider: 5\ntasks: [say one]\nfail_fast: maybe\n")).toEqual([
    "run.yaml:2: provider is a number, not string",
    "run.yaml:4: fail_fast is a string, not boolean",
  ]);
  expect(await faultsIn("kind: pool\ntasks: [{title: one}]\n")).toEqual([
    expect.stringContaining('tasks[0] lacks "prompt"'),
  ]);
});

test("a field that is called like something every object has is one that does not belong there", async () => {
  const text = "kind: pool\nprovider: fake\ntasks: [say one]\nconstructor: 1\ntoString: 2\n";
  expect(await faultsIn(text)).toEqual([
    expect.stringMatching(/^run\.yaml:4: constructor does not belong there/),
    expect.stringMatching(/^run\.yaml:5: toString does not belong there/),
  ]);
});

test("a prompt that no agent could be given, and a goal beside the lead's prompt, are told", async () => {
  const long = "é".repeat(524_289);
  expect(await faultsIn(`kind: pool\nprovider: fake\ntasks: ["${long}"]\n`)).toEqual([
    expect.stringContaining("it has 1048578 bytes, and at most 1048576 are delivered"),
  ]);
  const team = "kind: team\nprovider: fake\ngoal: x\nlead_prompt: y\ntasks: [one]\n";
  expect((await faultsIn(team)).slice(-1)).toEqual([
    "run.yaml:3: goal says what the lead does, and lead_prompt does so, too",
  ]);
  expect(
    await faultsIn(
      'kind: pipeline\nprovider: fake\nstages: [{name: a, prompt: "{stages.b.response}"}]\n',
    ),
  ).toEqual([expect.stringMatching(/which is no stage; there is none$/)]);
});
