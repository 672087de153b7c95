import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { longestTaskBytes } from "../../../src/domain/task.ts";
import { pipeline, stageResponses } from "../../../src/orchestration/kinds/pipeline.ts";
import type { PipelineSpec, Stage } from "../../../src/orchestration/kinds/pipeline-spec.ts";
import { SimulatedRun } from "../../support/orchestration/simulated-run.ts";
import { poolTask, worker } from "../../support/orchestration/workers.ts";

function stage(name: string, prompt: string, over: Partial<Stage> = {}): Stage {
  const work = { kind: "prompt", prompt, worker: worker() } as const;
  return { name, transforms: [], maxAttempts: 3, work, ...over };
}

function start(stages: readonly Stage[], spec: Partial<PipelineSpec> = {}, fast = false) {
  const run = new SimulatedRun(
    pipeline,
    { input: null, stages, from: null, earlier: {}, ...spec },
    { failFast: fast },
  );
  run.settle();
  return run;
}

describe("the prompt of a stage", () => {
  test("gets the previous response in every place that names it", () => {
    const run = start([
      stage("a", "go"),
      stage("b", "{previous_response} and {previous_response}"),
    ]);
    expect([...run.tasks.keys()]).toEqual(["stage.a"]);
    run.complete("stage.a", "one");
    run.settle();
    expect(run.task("stage.b").body).toBe("one and one");
  });

  test("gets it under a heading where nothing names it, except in the first stage", () => {
    const run = start([stage("a", "go"), stage("b", "next")]);
    expect(run.task("stage.a").body).toBe("go");
    run.complete("stage.a", "one");
    run.settle();
    expect(run.task("stage.b").body).toBe("next\n\n## Context from the previous stage\n\none");
  });

  test("keeps a placeholder that stood in a response, and one in the first stage, as text", () => {
    const run = start([
      stage("a", "say {previous_response}"),
      stage("b", "{previous_response}|{stages.a.response}|{other}"),
    ]);
    expect(run.task("stage.a").body).toBe("say {previous_response}");
    run.complete("stage.a", "{previous_response} {input} {stages.a.response} $& $1");
    run.settle();
    const said = "{previous_response} {input} {stages.a.response} $& $1";
    expect(run.task("stage.b").body).toBe(`${said}|${said}|{other}`);
  });

  test("can name the input and every stage before it", () => {
    const run = start(
      [stage("a", "{input}!"), stage("b", "x"), stage("c", "{stages.a.response}/{input}")],
      { input: "in" },
    );
    expect(run.task("stage.a").body).toBe("in!");
    run.complete("stage.a", "A");
    run.settle();
    run.complete("stage.b", "B");
    run.settle();
    expect(run.task("stage.c").body).toBe("A/in");
  });

  test("takes any response in once, whatever stands in it", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.constantFrom("{previous_response}", "{input}", "{stages.a.response}", "$&", "{item}"),
    );
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 4 }), texts, (parts, input) => {
        const response = parts.join("").replaceAll(/[^\x20-\x7e]/g, "");
        const run = start([stage("a", "go"), stage("b", "<{previous_response}>")], { input });
        run.complete("stage.a", response);
        run.settle();
        expect(run.task("stage.b").body).toBe(`<${response}>`);
      }),
      { numRuns: 60 },
    );
  });

  test("that grew too long fails its stage with the size", () => {
    const run = start([stage("a", "go"), stage("b", "x")]);
    run.complete("stage.a", "é".repeat(longestTaskBytes / 2));
    run.settle();
    expect(run.run).toMatchObject({ state: "partial" });
    expect(run.run.because).toContain(`not at most ${longestTaskBytes}`);
  });
});

describe("a failing stage", () => {
  test("ends the run with the results so far, and later stages are never asked for", () => {
    const run = start(["a", "b", "c", "d"].map((name) => stage(name, name)));
    run.complete("stage.a", "A");
    run.settle();
    run.fail("stage.b", "timed out after 5 min");
    run.settle();
    expect(run.run).toMatchObject({
      state: "partial",
      because: "stage b (2 of 4): timed out after 5 min",
      output: "A",
    });
    expect(pipeline.order(run.facts())).toEqual(["stage.a", "stage.b"]);
  });

  test("that is the first leaves nothing: the run failed", () => {
    const run = start([stage("a", "a"), stage("b", "b")]);
    run.fail("stage.a", "boom");
    run.settle();
    expect(run.run).toMatchObject({ state: "failed", output: null });
  });

  test("goes on from there when it is retried", () => {
    const run = start([stage("a", "a"), stage("b", "b")]);
    run.complete("stage.a", "A");
    run.settle();
    run.fail("stage.b", "boom");
    run.settle();
    run.run = { ...run.run, state: "running", endedAt: null };
    run.set("stage.b", { state: "pending", error: null });
    expect(run.settle().end).toBeNull();
    run.complete("stage.b", "B");
    run.settle();
    expect(run.run).toMatchObject({ state: "completed", because: null, output: "B" });
  });
});

describe("from a later stage", () => {
  test("the responses of an earlier run stand for the stages before it", () => {
    const stages = ["a", "b", "c"].map((name) => stage(name, `${name} {previous_response}`));
    const first = start(stages);
    first.complete("stage.a", "A");
    first.settle();
    first.complete("stage.b", "B");
    first.settle();
    const earlier = stageResponses(first.facts());
    expect(earlier).toEqual({ a: "A", b: "B" });

    const second = start(stages, { from: "c", earlier });
    expect([...second.tasks.keys()]).toEqual(["stage.c"]);
    expect(second.task("stage.c").body).toBe("c B");
    second.complete("stage.c", "C");
    second.settle();
    expect(second.run).toMatchObject({ state: "completed", output: "C" });
    expect(stageResponses(second.facts())).toEqual({ a: "A", b: "B", c: "C" });
  });
});

describe("a transform", () => {
  test("shapes what the next stage gets; the response itself stays as it was", () => {
    const run = start([
      stage("a", "a"),
      stage("b", "{previous_response}|{stages.a.response}", {
        transforms: [
          { kind: "json_path", path: "$.list[-1].name" },
          { kind: "first", characters: 2 },
        ],
      }),
    ]);
    const said = 'Sure:\n```json\n{"list": [{"name": "x"}, {"name": "yes"}]}\n```';
    run.complete("stage.a", said);
    run.settle();
    expect(run.task("stage.b").body).toBe(`ye|${said}`);
  });

  test("that cannot do its work fails its stage, which is an entry with the reason", () => {
    const run = start([
      stage("a", "a"),
      stage("b", "b", { transforms: [{ kind: "json", schema: null }] }),
      stage("c", "c"),
    ]);
    run.complete("stage.a", "prose");
    run.settle();
    expect(run.task("stage.b").error).toBe("transform 1 (json): the response holds no JSON");
    expect(run.run).toMatchObject({ state: "partial", output: "prose" });
  });

  test("by a command is a task that the scheduler does, before the stage is asked for", () => {
    const run = start([
      stage("a", "a"),
      stage("b", "<{previous_response}>", {
        transforms: [
          { kind: "last", characters: 4 },
          { kind: "shell", command: "tr a-z A-Z", timeoutMs: 5000, maxBytes: 100 },
          { kind: "first", characters: 3 },
        ],
      }),
    ]);
    run.complete("stage.a", "some text");
    run.settle();
    const filter = run.task("stage.b.transform-2");
    expect(filter.body).toBe("text");
    expect(filter.execution?.filter).toEqual({
      command: "tr a-z A-Z",
      timeoutMs: 5000,
      maxBytes: 100,
    });
    expect(run.tasks.has("stage.b")).toBe(false);
    run.complete("stage.b.transform-2", "TEXT");
    run.settle();
    expect(run.task("stage.b").body).toBe("<TEX>");
    run.complete("stage.b", "done");
    run.settle();
    expect(run.run.state).toBe("completed");
    expect(pipeline.order(run.facts())).toEqual(["stage.a", "stage.b.transform-2", "stage.b"]);
  });

  test("by a command that fails ends the run, and goes on after a retry", () => {
    const run = start([
      stage("a", "a"),
      stage("b", "b", {
        transforms: [{ kind: "shell", command: "false", timeoutMs: 5000, maxBytes: 100 }],
      }),
    ]);
    run.complete("stage.a", "A");
    run.settle();
    run.fail("stage.b.transform-1", "exit code 1");
    run.settle();
    expect(run.run.because).toBe("stage b (2 of 2): transform 1 (shell): exit code 1");
    run.run = { ...run.run, state: "running", endedAt: null };
    run.complete("stage.b.transform-1", "shaped");
    run.settle();
    expect(run.task("stage.b").body).toContain("shaped");
  });

  test("by a program is a task that the program claims", () => {
    const run = start([
      stage("a", "a"),
      stage("b", "b {previous_response}", { transforms: [{ kind: "program", name: "trim" }] }),
    ]);
    run.complete("stage.a", " A ");
    run.settle();
    const task = run.task("stage.b.transform-1");
    expect(task).toMatchObject({ tags: ["transform:trim"], execution: null, body: " A " });
    run.complete("stage.b.transform-1", "A");
    run.settle();
    expect(run.task("stage.b").body).toBe("b A");
  });
});

describe("a stage of several tasks", () => {
  const tasks = [
    poolTask("x", { body: "x {previous_response}" }),
    poolTask("y", { body: "y {previous_response}" }),
  ];

  test("asks for all at once and answers with all of them, in order", () => {
    const run = start([
      stage("a", "a"),
      stage("b", "", { work: { kind: "pool", tasks, allowPartial: false } }),
      stage("c", "{previous_response}"),
    ]);
    run.complete("stage.a", "A");
    run.settle();
    expect(run.task("stage.b.task-0002").body).toBe("y A");
    run.complete("stage.b.task-0002", "Y");
    run.settle();
    expect(run.tasks.has("stage.c")).toBe(false);
    run.complete("stage.b.task-0001", "X");
    run.settle();
    expect(run.task("stage.c").body).toBe("## x\n\nX\n\n## y\n\nY");
  });

  test("fails with one of them, unless a part is enough; then the gap is told", () => {
    const partly = (allowPartial: boolean) => {
      const run = start([
        stage("b", "", { work: { kind: "pool", tasks, allowPartial } }),
        stage("c", "{previous_response}"),
      ]);
      run.complete("stage.b.task-0001", "X");
      run.fail("stage.b.task-0002", "boom");
      run.settle();
      return run;
    };
    expect(partly(false).run.state).toBe("failed");
    expect(partly(true).task("stage.c").body).toContain("## y\n\n(no result: boom)");
  });

  test("can be one for each entry of a list that the stage before answered with", () => {
    const each = {
      kind: "each",
      prompt: "fix {item.file} ({index})",
      title: "{item.file}",
      worker: worker(),
      allowPartial: false,
      most: 3,
    } as const;
    const run = start([stage("a", "a"), stage("b", "", { work: each })]);
    run.complete("stage.a", 'Here: [{"file": "one.ts"}, {"file": "two.ts"}]');
    run.settle();
    expect(run.task("stage.b.task-0002")).toMatchObject({
      title: "two.ts",
      body: "fix two.ts (2)",
    });

    for (const [said, why] of [
      ["none", "holds no JSON list"],
      ["[]", "is empty"],
      ["[1, 2, 3, 4]", "has 4 entries, not at most 3"],
    ] as const) {
      const bad = start([stage("a", "a"), stage("b", "", { work: each })]);
      bad.complete("stage.a", said);
      bad.settle();
      expect(bad.run.because).toContain(why);
    }
  });
});
