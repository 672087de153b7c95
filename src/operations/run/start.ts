import { policyBlocked } from "../../domain/policy-blocked.ts";
import type { Principal } from "../../domain/principal.ts";
import { runKinds, type RunKindName } from "../../domain/run.ts";
import { hasCommands } from "../../domain/starting-rights.ts";
import { defineOperation, type OperationContext, type Z } from "../define.ts";
import { boundTasks, hostTasks } from "./bound-tasks.ts";
import { onlyOne, readForeach, readyRun, refuseFileName, refuseIdleTemplate } from "./ready-run.ts";
import { runCommand, startErrors, type RunInput } from "./run-command.ts";
import { runViewJson, runWorkerText, runWorkerValues, type RunView } from "./run-json.ts";
import { runOptions, startRun, type ReadyRun, type RunOptions } from "./run-options.ts";

interface PoolInput extends RunInput {
  prompts: string[];
  file?: string;
  foreach?: string;
  template?: string;
  reuse_sessions?: boolean;
}

export const pool = runCommand<PoolInput>()({
  kind: "pool",
  summary: "Give independent tasks to several agents",
  about:
    "Each task is done in a session of its own, as many at once as there is room for, or with " +
    "--reuse-sessions in an idle one that did a task just like it and remembers that. One that " +
    "fails harms no other. Results come in the order given.",
  fields: (z) => ({
    prompts: z
      .array(z.string().min(1).max(1_048_576))
      .max(10_000)
      .default([])
      .describe("A task each"),
    file: z.string().min(1).optional().describe("Tasks in YAML, JSONL, or one on each line"),
    foreach: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Entries for --template: a file (@FILE, or a name that is there), or words separated by commas",
      ),
    template: z.string().min(1).optional().describe("Task of each entry, with {item} in it"),
    reuse_sessions: z
      .boolean()
      .optional()
      .describe("An idle session of the run does the next task that is just like its last"),
  }),
  positionals: ["prompts..."],
  examples: [
    'agentpool run pool "Say one" "Say two" --provider fake-completed',
    'agentpool run pool --foreach a,b --template "Say {item}" -p fake-completed -d',
  ],
  ready: async (ctx, input) => {
    const prompts = input.prompts.length === 0 ? undefined : input.prompts;
    if (prompts?.length === 1) refuseFileName(ctx, "pool", prompts[0] ?? "");
    onlyOne(
      { prompts: prompts, "--file": input.file, "--foreach": input.foreach },
      'agentpool run pool "Say one" "Say two" --provider fake-completed',
    );
    refuseIdleTemplate(input);
    const values =
      input.foreach === undefined
        ? { kind: "pool", tasks: prompts }
        : {
            kind: "pool",
            foreach: await readForeach(ctx, input.foreach),
            prompt: input.template ?? "{item}",
          };
    const source = input.file === undefined ? { values } : { file: input.file };
    return readyRun(ctx, input, "pool", { ...source, reuseSessions: input.reuse_sessions });
  },
});

interface StagesInput extends RunInput {
  file: string;
  input?: string;
  from?: string;
  earlier_run?: string;
}

export const pipeline = runCommand<StagesInput>()({
  kind: "pipeline",
  summary: "Have stages done one after the other",
  about:
    "The file names the stages; each is told what the one before answered. " +
    "The first stage without a result ends it.",
  fields: (z) => ({
    file: z.string().min(1).describe("Stages in YAML"),
    input: z.string().min(1).optional().describe("What stands for {input}"),
    from: z
      .string()
      .min(1)
      .optional()
      .describe("Stage to begin with; those before it answered in an earlier run"),
    earlier_run: z
      .string()
      .min(1)
      .optional()
      .describe("With from: that run; the newest pipeline when absent"),
  }),
  positionals: ["file"],
  short: { provider_id: "p", detach: "d" },
  examples: [
    "agentpool run pipeline stages.yaml --provider fake-completed",
    "agentpool run pipeline stages.yaml --provider fake-completed --from check",
  ],
  ready: (ctx, input) => {
    const begin = { input: input.input, from: input.from, earlierRun: input.earlier_run };
    return readyRun(ctx, input, "pipeline", { file: input.file }, begin);
  },
});

interface GoalInput extends RunInput {
  goal?: string;
  file?: string;
  agents?: number;
}

const goalFields = (z: Z) => ({
  goal: z.string().min(1).max(1_048_576).optional().describe("What is wanted"),
  file: z.string().min(1).optional().describe("The whole of it in YAML"),
});

export const swarm = runCommand<GoalInput>()({
  kind: "swarm",
  summary: "Have a goal divided, worked on at once and put together",
  about: "Three steps: it is divided into tasks, each is done, and the results become one.",
  fields: (z) => {
    const { goal, file } = goalFields(z);
    const agents = z.number().int().min(1).max(100).optional().describe("Into how many tasks");
    return { goal, agents, file };
  },
  positionals: ["goal"],
  examples: ['agentpool run swarm "Compare two ways" --agents 2 --provider fake-completed -d'],
  ready: (ctx, input) => readyGoal(ctx, "swarm", input),
});

export const team = runCommand<GoalInput>()({
  kind: "team",
  summary: "Have a goal planned, reviewed, approved and done by a team",
  about:
    "A planner plans, reviewers review, somebody approves (agentpool approve), workers work, and a " +
    "lead puts it together.",
  fields: goalFields,
  positionals: ["goal"],
  examples: ['agentpool run team "Add a page" --provider fake-completed --detach'],
  ready: (ctx, input) => readyGoal(ctx, "team", input),
});

async function readyGoal(
  ctx: OperationContext,
  kind: RunKindName,
  input: GoalInput,
): Promise<ReadyRun> {
  onlyOne(
    { "a goal": input.goal, "--file": input.file },
    `agentpool run ${kind} "Compare two ways" --provider fake-completed`,
  );
  const { goal, agents, file } = input;
  if (goal !== undefined) refuseFileName(ctx, kind, goal);
  const values = { kind, goal, ...(agents === undefined ? {} : { agents }) };
  return readyRun(ctx, input, kind, file === undefined ? { values } : { file });
}

/**
 * Refuses a host what is run beside the agents: its own asking before commands would not see it. What
 * the tool leaves out is no part of the spec either.
 * @throws policy_blocked
 */
function refusePeoples({ kind }: Principal, spec: StartInput["spec"]): void {
  if (kind !== "coordinator") return;
  const field = ["on_event", "env"].find((one) => spec[one] !== undefined);
  if (field === undefined) return;
  throw policyBlocked("commands_of_agents", `start_run takes no ${field} in its spec`, {
    why: "What is run beside the agents, and which secrets they are given, is for people.",
    hint: `Leave ${field} out.`,
    details: { fields: [field] },
  });
}

/** The same of the stages' filters, in whatever form they were written. @throws policy_blocked */
function refuseFilters({ kind }: Principal, { spec }: ReadyRun): void {
  if (kind !== "coordinator" || !hasCommands(spec)) return;
  throw policyBlocked("commands_of_agents", "start_run takes no shell transform in its spec", {
    why: "It runs beside the agents, outside of what bounds them and their host: it is for people.",
    hint: "Leave it out, or leave the run to a person: agentpool run pipeline FILE",
    details: { fields: ["spec.stages.transform.shell"] },
  });
}

interface StartInput extends RunOptions {
  kind: RunKindName;
  spec: Record<string, unknown>;
}

/** For programs and hosts: a run as a value. */
export const start = defineOperation<StartInput, RunView>()({
  name: "run.start",
  toolset: "runs",
  summary: "Begin a run of any kind from its description",
  effect: "write",
  wantsEnvironment: true,
  schemas: (z) => ({
    input: z.strictObject({
      kind: z.enum(runKinds).describe("pool: tasks; pipeline: stages; swarm and team: goal"),
      spec: z
        .record(z.string(), z.unknown())
        .describe(
          'pool {"tasks": ["...", {"prompt", "provider"?, "model"?, "isolation"?}]}; pipeline ' +
            '{"stages": [{"name", "prompt" with {previous_response}}]}; swarm {"goal", "agents"?}; team ' +
            '{"goal", "approval"?: "person" | "lead" | "policy"} or {"lead_prompt", "tasks", "workers"?}',
        ),
      ...runOptions(z),
    }),
    output: runViewJson(z),
  }),
  errors: [...startErrors],
  mcp: {
    tool: "start_run",
    title: "Start a run",
    description:
      "Have several workers do something together: independent tasks (pool), stages (pipeline), or a " +
      "goal that is divided (swarm) or planned by a team. Name the provider. Returns at once; follow " +
      "with get_run.",
    idempotent: false,
    openWorld: true,
    presets: { detach: true },
    omit: ["env", "on_event"],
    unlisted: [
      "detach",
      "reasoning_effort",
      "system_prompt",
      "run_timeout_seconds",
      "budget_minutes",
    ],
    workerText: [...runWorkerText],
    workerValues: [...runWorkerValues],
  },
  run: async (ctx, input) => {
    refusePeoples(ctx.principal, input.spec);
    const values = { ...input.spec, kind: input.kind };
    const ready = await readyRun(ctx, input, input.kind, { values });
    refuseFilters(ctx.principal, ready);
    const view = await startRun(ctx, input, ready);
    return boundTasks(view, ctx.principal.kind === "coordinator" ? hostTasks : undefined);
  },
});
