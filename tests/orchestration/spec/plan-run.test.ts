import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import { schemaFaults } from "../../../src/domain/json/json-schema.ts";
import type { RunKindName } from "../../../src/domain/run.ts";
import type { PipelineSpec } from "../../../src/orchestration/kinds/pipeline-spec.ts";
import type { PoolSpec } from "../../../src/orchestration/kinds/pool.ts";
import type { SwarmSpec } from "../../../src/orchestration/kinds/swarm.ts";
import type { ListedTeam, PlannedTeam } from "../../../src/orchestration/kinds/team-spec.ts";
import { loadProfiles } from "../../../src/orchestration/profiles/load-profiles.ts";
import { planRun, type PlannedRun } from "../../../src/orchestration/spec/plan-run.ts";
import {
  asDocument,
  foreachDocument,
  formatOf,
  parseRun,
  readItems,
  readRunFile,
} from "../../../src/orchestration/spec/run-document.ts";
import type { RunContext } from "../../../src/orchestration/spec/run-reader.ts";
import { runSchema } from "../../../src/orchestration/spec/run-schema.ts";

const folder = mkdtempSync(join(tmpdir(), "agentpool-runs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const providers: Record<string, string> = {
  fake: "fake",
  codex: "codex-cli",
  "codex-cli": "codex-cli",
};
const { profiles } = await loadProfiles({ user: join(folder, "none"), project: null });

function context(over: Partial<RunContext> = {}): RunContext {
  return {
    kind: null,
    flags: {},
    base: { mode: "worktree", repoPath: "/cwd", attempts: 1 },
    limits: {},
    profiles,
    provider: (name) => {
      const id = providers[name];
      return id === undefined ? { why: `there is no provider "${name}"` } : { id };
    },
    ...over,
  };
}

async function plan(text: string, over: Partial<RunContext> = {}, start = {}): Promise<PlannedRun> {
  const document = await parseRun(text, { file: "/runs/run.yaml", format: "yaml" });
  return planRun(document, context(over), start);
}

/** What is wrong, a line for each. */
async function faults(act: () => unknown): Promise<string[]> {
  try {
    await act();
  } catch (thrown) {
    const { code, why = "" } = AgentpoolError.from(thrown);
    return code === "invalid_run" ? why.split("\n") : [`${code}: ${why}`];
  }
  return [];
}

describe("a pool", () => {
  test("is read from YAML, each task with its own settings over those of all", async () => {
    const planned = await plan(`
kind: pool
name: nightly
provider: codex
model: big
isolation: read_only
timeout: 30m
repo: ../code
concurrency: 7
fail_fast: true
run_timeout: 2h
budget: {tokens: 1000, usd: 2.5}
on_event: ./tell.sh
env: [TOKEN]
tasks:
  - Review the parser
  - prompt: |
      Write tests
      for it
    title: Tests
    provider: fake
    isolation: worktree
    timeout: 90
    tags: [t]
    priority: 3
    attempts: 2
    system_prompt: Be brief.
`);
    expect(planned).toMatchObject({
      kind: "pool",
      name: "nightly",
      failFast: true,
      repoPath: "/code",
      onEvent: "./tell.sh",
      envNames: ["TOKEN"],
      limits: { concurrency: 7, timeoutMs: 7_200_000, tokens: 1000, usd: 2.5, minutes: null },
    });
    const [first, second] = (planned.spec as PoolSpec).tasks;
    expect(first).toEqual({
      title: "Review the parser",
      body: "Review the parser",
      priority: 0,
      tags: [],
      maxAttempts: 1,
      worker: {
        providerId: "codex-cli",
        model: "big",
        effort: null,
        profile: null,
        systemPrompt: null,
        mode: "read_only",
        repoPath: "/code",
        timeoutMs: 1_800_000,
      },
    });
    // the model beside the other provider is none of this one
    expect(second).toMatchObject({
      title: "Tests",
      maxAttempts: 2,
      priority: 3,
      worker: {
        providerId: "fake",
        model: null,
        mode: "worktree",
        timeoutMs: 90_000,
        systemPrompt: "Be brief.",
      },
    });
  });

  test("keeps an entry that cannot be done in its place, with the reason", async () => {
    const planned = await plan(`
- one
- {prompt: two, provider: fake}
- {prompt: three, provider: nope}
- {prompt: four, provider: fake, profile: tseter}
- {prompt: "<your task>", provider: fake}
`);
    const reasons = (planned.spec as PoolSpec).tasks.map(({ worker }) =>
      "refused" in worker ? worker.refused : "ok",
    );
    expect(reasons).toEqual([
      "no provider is named (--provider ID, or `provider` in a file); agentpool never picks one",
      "ok",
      'there is no provider "nope"',
      'there is no profile "tseter"; did you mean tester?',
      'its prompt cannot be given to an agent: "<your task>" is a placeholder, not a task',
    ]);
  });

  test("lets flags go before what is said of all, and after what is said of one", async () => {
    const flags = { providerId: "fake", model: "flag", mode: "shared", timeoutMs: 5 } as const;
    const planned = await plan(
      "provider: codex\nmodel: file\ntasks: [a, {prompt: b, model: own, isolation: read_only}]",
      { flags, limits: { concurrency: 9 } },
    );
    expect(planned.limits.concurrency).toBe(9);
    expect((planned.spec as PoolSpec).tasks.map(({ worker }) => worker)).toMatchObject([
      { providerId: "fake", model: "flag", mode: "shared", timeoutMs: 5 },
      { providerId: "fake", model: "own", mode: "read_only", timeoutMs: 5 },
    ]);
  });

  test("is one task for each entry of a list", async () => {
    const planned = await plan(`
provider: fake
foreach: [{file: a.ts, why: old}, {file: b.ts}, "c"]
prompt: "{index}. Fix {item.file}, {other}"
title: "{item.file}"
`);
    const { tasks } = planned.spec as PoolSpec;
    expect(tasks[1]).toMatchObject({ title: "b.ts", body: "2. Fix b.ts, {other}" });
    expect(tasks[2]?.worker).toEqual({
      refused: "the template names {item.file}, which entry 3 lacks",
    });
    const document = foreachDocument(["{item}", "b"], { prompt: "say {item} {item}" });
    const both = planRun(document, context({ flags: { providerId: "fake" } }));
    expect((both.spec as PoolSpec).tasks.map(({ body }) => body)).toEqual([
      "say {item} {item}",
      "say b b",
    ]);
  });

  test("is read from JSON lines and from prompts on lines", async () => {
    const jsonl = '"one"\n\n{"prompt": "two", "model": "m"}\n';
    const lines = "one\r\n\r\n  # two\n";
    writeFileSync(join(folder, "tasks.jsonl"), jsonl);
    writeFileSync(join(folder, "tasks.txt"), lines);
    const bodies = await Promise.all(
      ["tasks.jsonl", "tasks.txt"].map(async (name) => {
        const document = await readRunFile(join(folder, name));
        const planned = planRun(document, context({ flags: { providerId: "fake" } }));
        return (planned.spec as PoolSpec).tasks.map(({ body }) => body);
      }),
    );
    expect(bodies).toEqual([
      ["one", "two"],
      ["one", "  # two"],
    ]);
    expect(await readItems(join(folder, "tasks.txt"))).toEqual(["one", "  # two"]);
    expect(["a.yml", "a.JSON", "a.ndjson", "a.md", "a"].map(formatOf)).toEqual([
      "yaml",
      "yaml",
      "jsonl",
      "lines",
      "lines",
    ]);
  });
});

describe("what is wrong is told before anything starts", () => {
  test("all of it at once, with file, line, field and what was meant", async () => {
    const told = await faults(() =>
      plan(`kind: pool
modle: big
concurrency: lots
tasks:
  - prompt: ok
    priorty: 3
  - title: no prompt
  - 7
timeout: soon
`),
    );
    expect(told).toEqual([
      "/runs/run.yaml:2: modle does not belong there; did you mean model?",
      "/runs/run.yaml:3: concurrency is a string, not integer",
      "/runs/run.yaml:6: tasks[0].priorty does not belong there; did you mean priority?",
      '/runs/run.yaml:7: tasks[1] lacks "prompt"',
      "/runs/run.yaml:8: tasks[2] is a number, not string or object",
    ]);
    expect(await faults(() => plan("tasks: [a]\nprovider: fake\ntimeout: soon\n"))).toEqual([
      '/runs/run.yaml:3: timeout is no duration: "soon"; write seconds, or as 90s, 30m, 1h30m',
    ]);
  });

  test.each<[string, string, string]>([
    ["no YAML", "a: [1", "/runs/run.yaml:"],
    [
      "a key twice",
      "kind: pool\nkind: pool",
      '/runs/run.yaml:2: Map keys must be unique: "kind" is there',
    ],
    ["nothing", "\n \n", "/runs/run.yaml: is empty"],
    ["a word", "hello", "/runs/run.yaml:1: run.yaml holds no run"],
    ["an unknown kind", "kind: pol", '/runs/run.yaml:1: kind is none of "pool"'],
    ["no kind", "provider: fake", "/runs/run.yaml:1: kind is missing"],
    ["no tasks", "kind: pool", "/runs/run.yaml:1: tasks is missing"],
    ["fields of another kind", "tasks: [a]\ngoal: x", "goal belongs to a swarm or a team"],
    ["foreach without a template", "foreach: [a]", "foreach needs a template beside it: prompt"],
    [
      "a pool of which nothing can be done",
      "tasks: [a, b]",
      "cannot be done: no provider is named",
    ],
    ["a swarm without a goal", "kind: swarm\nprovider: fake", "goal is missing"],
    ["a swarm without a provider", "kind: swarm\ngoal: x", "cannot be done: no provider is named"],
    [
      "an empty goal",
      "kind: swarm\nprovider: fake\ngoal: '  '",
      "goal cannot be given to an agent",
    ],
    [
      "reviewers of one name",
      "kind: team\nprovider: fake\ngoal: x\nreviewers: [a, a]",
      'reviewers[1] is "a"',
    ],
    [
      "a rule's bound for a person",
      "kind: team\nprovider: fake\ngoal: x\napproval: {max_tasks: 3}",
      "approval.max_tasks",
    ],
    [
      "a plan and tasks",
      "kind: team\nprovider: fake\ntasks: [a]\nlead_prompt: x\nplanner: {}",
      "planner is for a team with a plan",
    ],
  ])("with %s", async (_, text, wanted) => {
    const told = await faults(() => plan(text));
    expect(told.join("\n")).toContain(wanted);
  });

  test("once, where it is wrong for everybody", async () => {
    expect(await faults(() => plan("kind: team\ngoal: x"))).toEqual([
      "/runs/run.yaml:1: cannot be done: no provider is named (--provider ID, or `provider` in a file); agentpool never picks one",
    ]);
  });

  test("in JSON lines by their lines", async () => {
    writeFileSync(join(folder, "bad.jsonl"), '"ok"\n{"prompt": 1}\n');
    const file = join(folder, "bad.jsonl");
    const told = await faults(async () => planRun(await readRunFile(file), context()));
    expect(told).toEqual([`${file}:2: tasks[1].prompt is a number, not string`]);
    writeFileSync(file, '"ok"\n{oops\nnope\n');
    expect(
      (await faults(() => readRunFile(file))).map((line) => line.slice(0, file.length + 14)),
    ).toEqual([
      `${file}:2: is no JSON:`.slice(0, file.length + 14),
      `${file}:3: is no JSON:`.slice(0, file.length + 14),
    ]);
  });

  test("of a file that is not there, empty, or no file", async () => {
    expect((await faults(() => readRunFile(join(folder, "none.yaml"))))[0]).toContain(
      "is not there",
    );
    expect((await faults(() => readRunFile(folder)))[0]).toContain("it is no file");
    writeFileSync(join(folder, "empty.txt"), "\n\n");
    expect((await faults(() => readRunFile(join(folder, "empty.txt"))))[0]).toContain("is empty");
  });

  test("of a kind that is not the one asked for", async () => {
    const told = await faults(() => plan("kind: swarm\ngoal: x\nprovider: fake", { kind: "pool" }));
    expect(told[0]).toBe(
      "/runs/run.yaml:1: kind is swarm, and pool was asked for: agentpool run swarm",
    );
  });
});

describe("a pipeline", () => {
  test("is read with its transforms and stages of several tasks", async () => {
    const planned = await plan(`
provider: fake
input: the parser
stages:
  - name: research
    prompt: Look at {input}
  - name: fix
    prompt: "{item}"
    each: true
    most: 5
    model: small
    transform: {json: {schema: {type: array, items: {type: string}}}}
  - name: check
    allow_partial: true
    profile: tester
    transform: [{path: "$.x"}, {shell: "head -3", timeout: 5}, {first: 10}, {program: p}]
    tasks: ["a {stages.research.response}", {prompt: b, isolation: shared}]
`);
    expect(planned.kind).toBe("pipeline");
    const { input, stages } = planned.spec as PipelineSpec;
    expect(input).toBe("the parser");
    expect(stages[1]).toMatchObject({
      transforms: [{ kind: "json", schema: { type: "array" } }],
      work: { kind: "each", most: 5, title: null, worker: { model: "small" } },
    });
    expect(stages[2]?.transforms).toEqual([
      { kind: "json_path", path: "$.x" },
      { kind: "shell", command: "head -3", timeoutMs: 5000, maxBytes: 1_048_576 },
      { kind: "first", characters: 10 },
      { kind: "program", name: "p" },
    ]);
    expect(stages[2]?.work).toMatchObject({
      allowPartial: true,
      tasks: [
        { worker: { profile: "tester", mode: "worktree", toolset: "worker" } },
        { worker: { profile: "tester", mode: "shared" } },
      ],
    });
  });

  test.each<[string, string, string]>([
    [
      "two names alike",
      "[{name: a, prompt: x}, {name: a, prompt: y}]",
      'stages[1].name is "a", as another',
    ],
    ["an odd name", "[{name: a.b, prompt: x}]", 'stages[0].name is "a.b": letters'],
    ["nothing to do", "[{name: a}]", "stages[0] says nothing to do"],
    [
      "a prompt and tasks",
      "[{name: a, prompt: x, tasks: [y]}]",
      "stages[0] has a prompt and tasks",
    ],
    [
      "an unknown stage",
      "[{name: plan, prompt: x}, {name: b, prompt: '{stages.pln.response}'}]",
      "did you mean plan?",
    ],
    [
      "a later stage",
      "[{name: a, prompt: '{stages.b.response}'}, {name: b, prompt: x}]",
      "which comes later",
    ],
    [
      "no input",
      "[{name: a, prompt: '{input}'}]",
      "stages[0].prompt names {input}, and no input is given",
    ],
    [
      "a first that shapes",
      "[{name: a, prompt: x, transform: {first: 1}}]",
      "has nothing to shape",
    ],
    ["a first for each", "[{name: a, prompt: x, each: true}]", "stages[0].each needs a list"],
    [
      "two transforms in one",
      "[{name: a, prompt: x}, {name: b, prompt: y, transform: {first: 1, last: 2}}]",
      "here is first and last",
    ],
    [
      "a path that is none",
      "[{name: a, prompt: x}, {name: b, prompt: y, transform: {path: 'a b'}}]",
      "stages[1].transform.path is no JSON path",
    ],
    [
      "a schema that is none",
      "[{name: a, prompt: x}, {name: b, prompt: y, transform: {json: {schema: {items: {pattern: x}}}}}]",
      "stages[1].transform.json.schema.items.pattern is not supported",
    ],
    [
      "a task nobody can do",
      "[{name: a, tasks: [{prompt: x, provider: nope}]}]",
      'stages[0].tasks[0] cannot be done: there is no provider "nope"',
    ],
  ])("with %s is refused", async (_, stages, wanted) => {
    const told = await faults(() => plan(`provider: fake\nstages: ${stages}`));
    expect(told.join("\n")).toContain(wanted);
  });

  test("warns of the previous response in the first stage, where there is none", async () => {
    const planned = await plan(
      "provider: fake\nstages:\n  - name: a\n    prompt: x {previous_response}\n",
    );
    expect(planned.warnings).toEqual([
      "/runs/run.yaml:4: stages[0].prompt names {previous_response} in the first stage, where it stays as it is",
    ]);
  });

  test("begins from a later stage with what an earlier run came to", async () => {
    const text = "provider: fake\nstages: [{name: a, prompt: x}, {name: b, prompt: y}]";
    const planned = await plan(text, {}, { from: "b", earlier: { a: "A" } });
    expect(planned.spec as PipelineSpec).toMatchObject({ from: "b", earlier: { a: "A" } });
    expect(await faults(() => plan(text, {}, { from: "zzz" }))).toEqual([
      '/runs/run.yaml:1: has no stage "zzz" to begin from; known: a, b',
    ]);
    expect((await faults(() => plan(text, {}, { from: "b" })))[0]).toContain(
      "no earlier response of a",
    );
  });
});

describe("a swarm and a team", () => {
  test("take what arguments say as well as a file", () => {
    const arguments_ = asDocument({ goal: "build it", agents: 5 });
    const flags = { providerId: "fake", mode: "shared" } as const;
    const planned = planRun(arguments_, context({ kind: "swarm", flags }));
    expect(planned.spec as SwarmSpec).toMatchObject({
      count: 5,
      decomposer: { profile: "planner", mode: "read_only" },
      worker: { profile: null, mode: "shared" },
    });
  });

  test("have profiles for their roles, which the file can set otherwise", async () => {
    const planned = await plan(`
kind: team
provider: fake
goal: build it
planner: {model: big}
reviewers: [architect, {name: safety, focus: secrets, model: small}]
roles: {tester: {model: small}, docs: {provider: codex}}
approval: {by: policy, rounds: 1, timeout: 10m, max_tasks: 4}
`);
    const team = planned.spec as PlannedTeam;
    expect(team).toMatchObject({
      form: "plan",
      lead: { profile: "lead", mode: "read_only", toolset: "lead" },
      planner: { profile: "planner", mode: "read_only", model: "big" },
      worker: { profile: "worker", mode: "worktree", toolset: "worker" },
      approval: { by: "policy", rounds: 1, timeoutMs: 600_000, policyMaxTasks: 4 },
      endsWith: "completion",
    });
    expect(team.reviewers).toMatchObject([
      { name: "architect", focus: null, worker: { profile: "architect" } },
      { name: "safety", focus: "secrets", worker: { profile: "reviewer", model: "small" } },
    ]);
    expect(team.roles).toMatchObject({
      tester: { profile: "tester", model: "small" },
      docs: { profile: "worker", providerId: "codex-cli" },
    });
    expect(team.planner.systemPrompt).toContain("You plan work for a team");
  });

  test("can be a lead beside workers on listed tasks", async () => {
    const planned = await plan(`
kind: team
provider: fake
lead_prompt: Coordinate these.
workers: 3
worker: {model: small}
tasks: [one, {prompt: two, model: big}]
`);
    expect(planned.limits.concurrency).toBe(4);
    expect(planned.spec as ListedTeam).toMatchObject({
      form: "tasks",
      leadPrompt: "Coordinate these.",
      tasks: [
        { worker: { profile: "worker", model: "small", toolset: "worker" } },
        { worker: { profile: "worker", model: "big" } },
      ],
    });
  });
});

test("the schema of run files is one that we check by ourselves, and has every kind", () => {
  expect(schemaFaults(runSchema)).toEqual([]);
  const kinds: readonly RunKindName[] = ["pool", "pipeline", "swarm", "team"];
  expect(runSchema.properties?.["kind"]?.enum).toEqual(kinds);
});

test("a program's name that makes no tag is told before anything waits for it", async () => {
  const of = (program: string) => `
kind: pipeline
provider: fake
stages:
- {name: ${"a".repeat(64)}, prompt: p}
- {name: b, prompt: q, transform: {program: "${program}"}}
`;
  expect(await faults(() => plan(of("p".repeat(54))))).toEqual([]);
  for (const program of ["p".repeat(55), "two words"]) {
    expect(await faults(() => plan(of(program)))).toEqual([
      `/runs/run.yaml:6: stages[1].transform.program is "${program}": letters, digits and ._:/@+- are allowed, up to 54`,
    ]);
  }
});

describe("workers that could not be started", () => {
  const unfit = (name: string) => ({
    id: name,
    whyUnfit: ({ toolset, mode }: { toolset: string | null; mode: string }) =>
      name === "plain" && toolset !== null && mode === "read_only"
        ? "plain has no tools there"
        : null,
  });
  const folders = new Map([["/cwd", { any: null, worktree: "/cwd is no git repository" }]]);
  const nowhere = { provider: unfit, folders };

  test("keep a run from beginning, told with line, field and who said so", async () => {
    const flags = { providerId: "fake", mode: "worktree" } as const;
    expect(await faults(() => plan("kind: swarm\ngoal: g\n", { ...nowhere, flags }))).toEqual([
      "/runs/run.yaml:1: cannot be done: its isolation is worktree by --isolation, and /cwd is no git repository",
    ]);
    const team = "kind: team\ngoal: g\nworker:\n  provider: fake\n";
    expect(await faults(() => plan(team, { ...nowhere, flags: { providerId: "fake" } }))).toEqual([
      "/runs/run.yaml:3: worker cannot be done: its isolation is worktree by the profile worker, and /cwd is no git repository",
    ]);
    const stages = "kind: pipeline\nprovider: fake\nstages:\n- {name: a, prompt: p}\n";
    expect(await faults(() => plan(stages, nowhere))).toEqual([
      "/runs/run.yaml:4: stages[0] cannot be done: its isolation is worktree, and /cwd is no git repository",
    ]);
  });

  test("keep a pool from beginning only when none of its tasks could be done", async () => {
    const planned = await plan(
      "provider: fake\ntasks: [a, {prompt: b, isolation: shared}]",
      nowhere,
    );
    expect((planned.spec as PoolSpec).tasks).toMatchObject([
      { worker: { refused: expect.stringContaining("/cwd is no git repository") as string } },
      { worker: { mode: "shared" } },
    ]);
    expect(planned.folders).toEqual(["/cwd"]);
    expect(await faults(() => plan("provider: fake\ntasks: [a, b]", nowhere))).toEqual([
      "/runs/run.yaml:2: tasks cannot be done: its isolation is worktree, and /cwd is no git repository",
    ]);
  });

  test("are a lead and workers whose CLI has no tools in their mode", async () => {
    const team = "kind: team\ngoal: g\nprovider: plain\n";
    expect(await faults(() => plan(team, { provider: unfit }))).toEqual([
      "/runs/run.yaml:1: cannot be done: its isolation is read_only by the profile lead, and plain has no tools there",
    ]);
    expect(await faults(() => plan(`${team}lead: {provider: fake}`, { provider: unfit }))).toEqual(
      [],
    );
    const listed =
      "kind: team\nlead_prompt: l\nprovider: fake\ntasks:\n- {prompt: a, provider: plain, isolation: read_only}\n";
    const { spec } = await plan(listed, { provider: unfit });
    expect((spec as ListedTeam).tasks).toMatchObject([
      { worker: { refused: "its isolation is read_only, and plain has no tools there" } },
    ]);
  });

  test("are of a role that nobody asked for, which is left out", async () => {
    const text = "kind: team\ngoal: g\nprovider: fake\nworker: {isolation: shared}\n";
    const { spec, warnings } = await plan(text, nowhere);
    expect((spec as PlannedTeam).roles).toEqual({});
    expect(warnings).toEqual([
      expect.stringContaining("roles has no tester: its isolation is worktree"),
    ]);
  });
});

test("a pool's tasks may be done by idle sessions where that is said, each but those that refuse", async () => {
  const text = `kind: pool
provider: fake
isolation: read_only
tasks:
  - one
  - prompt: two
    reuse: false
  - prompt: three
    isolation: worktree
`;
  const reuses = ({ spec }: PlannedRun): unknown[] =>
    (spec as PoolSpec).tasks.map(({ worker }) => "reuse" in worker);

  expect(reuses(await plan(text))).toEqual([false, false, false]);
  const planned = await plan(text, { reuseSessions: true });
  expect(reuses(planned)).toEqual([true, false, false]);
  expect(planned.warnings).toEqual([
    expect.stringMatching(
      /reuse_sessions leaves 1 of 3 tasks in a session of its own: so is its worktree/,
    ),
  ]);
  expect(reuses(await plan(`${text}reuse_sessions: true\n`))).toEqual([true, false, false]);
  const refused = `${text}reuse_sessions: true\n`;
  expect(reuses(await plan(refused, { reuseSessions: false }))).toEqual([false, false, false]);
});
