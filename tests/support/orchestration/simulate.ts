import * as fc from "fast-check";
import { expect } from "vitest";
import type { Run } from "../../../src/domain/run.ts";
import { runKind } from "../../../src/orchestration/kinds/index.ts";
import { isOver, SimulatedRun } from "./simulated-run.ts";
import { plannedTeam, poolTask, swarmSpec, worker } from "./workers.ts";

const parts = JSON.stringify(["a", "b"].map((title) => ({ title, description: title })));
const plan = JSON.stringify({
  phases: [{ tasks: ["a", "b"] }, { tasks: [{ title: "t", role: "tester" }] }],
  answers: { architect: "taken in" },
});
/** What agents answer with, wanted or not. */
const answers = [
  "done",
  "",
  parts,
  plan,
  `Sure:\n\`\`\`json\n${plan}\n\`\`\``,
  '{"approve": true}',
  '{"approve": false, "feedback": "no"}',
  "[1, 2, 3]",
  "{previous_response}",
];

const stage = (name: string, over = {}) => ({
  name,
  transforms: [],
  maxAttempts: 2,
  work: { kind: "prompt", prompt: `${name} {previous_response}`, worker: worker() },
  ...over,
});

const scenarios = [
  { kind: "pool", spec: { tasks: ["a", "b", "c"].map((title) => poolTask(title)) } },
  {
    kind: "pool",
    spec: { tasks: [poolTask("a"), poolTask("bad", { worker: { refused: "no provider" } })] },
  },
  {
    kind: "pipeline",
    spec: {
      input: null,
      from: null,
      earlier: {},
      stages: [
        stage("one"),
        stage("two", {
          transforms: [
            { kind: "first", characters: 500 },
            { kind: "shell", command: "cat", timeoutMs: 1000, maxBytes: 1000 },
          ],
        }),
        stage("three", {
          work: {
            kind: "pool",
            tasks: [poolTask("x"), poolTask("y")],
            allowPartial: true,
          },
        }),
        stage("four", {
          work: {
            kind: "each",
            prompt: "{item}",
            title: null,
            worker: worker(),
            allowPartial: false,
            most: 3,
          },
        }),
      ],
    },
  },
  { kind: "swarm", spec: swarmSpec() },
  {
    kind: "team",
    spec: plannedTeam({
      reviewers: [{ name: "architect", focus: null, worker: worker() }],
      approval: { by: "lead", rounds: 2, timeoutMs: 1000, policyMaxTasks: null },
    }),
  },
  { kind: "team", spec: plannedTeam() },
  {
    kind: "team",
    spec: {
      form: "tasks",
      lead: worker(),
      worker: worker(),
      leadPrompt: "lead",
      tasks: [poolTask("a"), poolTask("b")],
      maxAttempts: 2,
      endsWith: "completion",
    },
  },
] as const satisfies readonly { readonly kind: Run["kind"]; readonly spec: unknown }[];

type Step =
  | { readonly do: "complete"; readonly which: number; readonly answer: number }
  | { readonly do: "fail" | "lose" | "cancel" | "retry"; readonly which: number }
  | { readonly do: "approve" | "reject" | "expire" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("complete" as const),
      which: fc.nat(5),
      answer: fc.nat(answers.length - 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("fail" as const, "lose" as const, "cancel" as const, "retry" as const),
      which: fc.nat(5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("approve" as const, "reject" as const, "expire" as const),
    }),
  },
);

function play(run: SimulatedRun, move: Step): void {
  const pending = [...run.approvals.values()].find(({ state }) => state === "pending")?.key;
  if (!("which" in move)) {
    if (pending === undefined || pending === null) return;
    if (move.do === "expire") run.expire(pending);
    else run.decide(pending, move.do === "approve", "because");
    return;
  }
  const pick = (keys: readonly string[]): string | undefined => keys[move.which % keys.length];
  const open = pick(run.claimable());
  if (move.do === "retry") {
    const failed = [...run.tasks].filter(
      ([, { state, execution }]) => state === "failed" && execution,
    );
    const key = pick(failed.map(([key]) => key));
    if (key !== undefined) run.set(key, { state: "pending", error: null, because: null });
  } else if (open === undefined) return;
  else if (move.do === "complete") run.complete(open, answers[move.answer] ?? "");
  else if (move.do === "fail") run.fail(open, "it failed");
  else if (move.do === "cancel") run.set(open, { state: "cancelled", because: "by a person" });
  // its worker was lost: it is pending again, with an attempt less
  else run.set(open, { attempt: run.task(open).attempt + 1 });
}

/** What the end says that is better than what happened; empty when it is honest. */
function lies(run: SimulatedRun): string[] {
  const { state, because } = run.run;
  const tasks = [...run.tasks.values()];
  const lost = tasks.filter((task) => task.state !== "completed");
  // what was judged anew, or is told to be missing, needs no result of its own
  const missing = lost.filter(({ key }) => !/^(review|gate|stage\.three)/.test(key ?? ""));
  const worked = tasks.some(({ key }) => key?.startsWith("phase-"));
  const approved = [...run.approvals.values()].some((one) => one.state === "approved");
  return [
    ...(tasks.every(isOver) ? [] : ["tasks are open"]),
    ...(state === "completed" && missing.length > 0
      ? [`completed without ${missing.map(({ key }) => key).join(", ")}`]
      : []),
    ...((state === "completed") === (because === null) ? [] : [`${state} because ${because}`]),
    ...(state === "partial" && lost.length === tasks.length ? ["partial without a result"] : []),
    ...(worked && !approved ? ["work without an approval"] : []),
  ];
}

/**
 * Plays random schedules over every run kind: answers that were wanted and others, failures, lost
 * workers, cancellations, retries, decisions. Fails when a run does not come to an end, wants a thing
 * twice, or ends better than it went.
 * @returns how often each kind ended how, as `pool partial`
 */
export function simulate(options: { readonly numRuns: number; readonly seed?: number }) {
  const ends: Record<string, number> = {};
  fc.assert(
    fc.property(
      fc.constantFrom(...scenarios),
      fc.boolean(),
      fc.array(step, { maxLength: 40 }),
      fc.infiniteStream(fc.nat(answers.length - 1)),
      ({ kind, spec }, failFast, moves, rest) => {
        const run = new SimulatedRun(runKind(kind), spec, { failFast });
        run.settle();
        for (const move of moves) {
          if (run.isEnded) break;
          play(run, move);
          run.settle();
        }
        // and then everybody does their work, each answer as it comes
        for (let left = 200; !run.isEnded; left--) {
          expect(left).toBeGreaterThan(0);
          const [key] = run.claimable();
          if (key === undefined) play(run, { do: "approve" });
          else run.complete(key, answers[rest.next().value] ?? "");
          run.settle();
        }
        expect(lies(run)).toEqual([]);
        const end = `${kind} ${run.run.state}`;
        ends[end] = (ends[end] ?? 0) + 1;
      },
    ),
    options,
  );
  return ends;
}

/** Every kind of run, and the ends its work can come to by itself. */
export const possibleEnds: readonly string[] = ["pool", "pipeline", "swarm", "team"].flatMap(
  (kind) => ["completed", "partial", "failed"].map((state) => `${kind} ${state}`),
);
