import type { JsonSchema } from "../../domain/json/json-schema.ts";
import { runKinds, type RunKindName } from "../../domain/run.ts";
import { workspaceModes } from "../../domain/session.ts";

const text = (description: string): JsonSchema => ({ type: "string", minLength: 1, description });
const count = (description: string, minimum: number, maximum: number): JsonSchema => ({
  type: "integer",
  minimum,
  maximum,
  description,
});
const flag = (description: string): JsonSchema => ({ type: "boolean", description });
const duration = (description: string): JsonSchema => ({
  type: ["string", "number"],
  description: `${description}: seconds, or as 90s, 30m, 1h30m`,
});
const object = (
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema => ({ type: "object", additionalProperties: false, properties, required });

/** Who does something, and how. What is left out is taken from further out. */
const worker = {
  provider: text("Provider id or alias; never chosen for you"),
  model: text("Model, as the CLI names it"),
  effort: text("Reasoning effort"),
  profile: text("Name of a profile: agentpool profiles list"),
  isolation: { enum: workspaceModes, description: "Workspace of the agent" },
  timeout: duration("How long one attempt may take"),
  system_prompt: text("Said to the agent besides its task"),
  repo: text("Folder to work in, from the folder of this file"),
  attempts: count("How often it is tried", 1, 100),
} as const satisfies Readonly<Record<string, JsonSchema>>;

const task = object(
  {
    prompt: text("What to do"),
    title: text("Shown in lists; the beginning of the prompt when absent"),
    tags: { type: "array", items: text("A tag"), maxItems: 50, description: "Free words" },
    priority: count("Higher goes first", -1000, 1000),
    depends_on: {
      type: "array",
      items: count("Its place in the list, from 1", 1, 10_000),
      maxItems: 1_000,
      description: "Places in this list, from 1, of tasks that must be completed before",
    },
    reuse: { enum: [false], description: "Pool: done in a session of its own all the same" },
    ...worker,
  },
  ["prompt"],
);

const tasks: JsonSchema = {
  type: "array",
  minItems: 1,
  maxItems: 10_000,
  items: { anyOf: [{ type: "string", minLength: 1 }, task] },
  description: "Tasks, each a prompt or an object",
};

const schemaObject: JsonSchema = { type: "object", description: "JSON Schema the JSON must fit" };
const transform = object({
  first: count("Keeps so many characters of the beginning", 0, 1_000_000),
  last: count("Keeps so many characters of the end", 0, 1_000_000),
  json: {
    type: ["boolean", "object"],
    description: "Takes the JSON out of the answer; `true`, or {schema: ...} to check it",
    properties: { schema: schemaObject },
    additionalProperties: false,
  },
  path: text("Takes what is at a path of the JSON in the answer, as $.tasks[0].title"),
  shell: text("Gives it to a command on its standard input and takes its output"),
  program: text("Leaves it to a program that claims the task tagged transform:<name>"),
  timeout: duration("How long the command may take; 1m when absent"),
});

const stage = object(
  {
    name: text("Unique; for {stages.<name>.response}"),
    prompt: text("Template; for each entry with `each`"),
    tasks,
    each: flag("One task for each entry of the JSON list the stage before answered with"),
    title: text("Template for the titles of `each`"),
    most: count("With `each`: a longer list fails the stage", 1, 1000),
    allow_partial: flag("Goes on when some of several tasks failed"),
    transform: {
      anyOf: [transform, { type: "array", items: transform, maxItems: 8 }],
      description: "Shapes the response of the stage before for this one",
    },
    ...worker,
  },
  ["name"],
);

const agent = object(worker);

/** Everything a file of a run can hold, for every kind. The table that files are checked against. */
export const runSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "agentpool run file",
  ...object({
    kind: { enum: runKinds, description: "What sort of run it is" },
    name: text("Name of the run"),
    concurrency: count("Sessions at work at once", 1, 1000),
    fail_fast: flag("The first task that fails ends the run"),
    run_timeout: duration("How long the run may take"),
    budget: object({
      tokens: count("Tokens the run may use", 1, 1e12),
      usd: { type: "number", minimum: 0, description: "US dollars, by list prices" },
      minutes: { type: "number", minimum: 0, description: "Minutes of sessions together" },
    }),
    on_event: text(
      "Command, or http(s) address, that is given each event of the run as JSON lines",
    ),
    env: { type: "array", items: text("A name"), description: "Names of variables to pass on" },
    ...worker,
    // pool
    tasks,
    foreach: { type: "array", minItems: 1, maxItems: 10_000, description: "Entries for {item}" },
    prompt: text("With foreach: template with {item}, {item.field}, {index}"),
    title: text("With foreach: template for titles"),
    reuse_sessions: flag(
      "An idle session of the run does the next task that is just like its last",
    ),
    // pipeline
    input: text("Stands for {input} in prompts of stages"),
    stages: { type: "array", minItems: 1, maxItems: 100, items: stage },
    // swarm and team
    goal: text("What is to be reached"),
    agents: count("Swarm: parts the goal is divided into", 1, 100),
    decomposer: { ...agent, description: "Swarm: who divides" },
    synthesiser: { ...agent, description: "Swarm: who puts the results together" },
    worker: { ...agent, description: "Swarm and team: who does the work" },
    lead: { ...agent, description: "Team: who approves, where it may, and puts together" },
    planner: { ...agent, description: "Team: who makes the plan" },
    reviewers: {
      type: "array",
      maxItems: 10,
      items: {
        anyOf: [
          { type: "string", minLength: 1 },
          object({ name: text("Unique"), focus: text("What to look at"), ...worker }, ["name"]),
        ],
      },
      description: "Team: profiles that review the plan; architect and devils-advocate when absent",
    },
    roles: {
      type: "object",
      additionalProperties: agent,
      description: "Team: who does tasks of a role, by its name",
    },
    approval: {
      anyOf: [
        { type: "string", enum: ["person", "lead", "policy"] },
        object({
          by: { enum: ["person", "lead", "policy"], description: "Who approves plans" },
          rounds: count("Plans that are looked at", 1, 20),
          timeout: duration("How long a decision is waited for"),
          max_tasks: count("By policy: larger plans are refused", 1, 1000),
        }),
      ],
      description: "Team: who approves the plan",
    },
    max_tasks: count("Team: tasks a plan may have", 1, 99),
    max_phases: count("Team: phases a plan may have", 1, 99),
    lead_prompt: text("Team: what the lead does, where the tasks are listed"),
    workers: count("Team: workers beside the lead, where the tasks are listed", 1, 100),
    ends_with: {
      enum: ["turn", "completion"],
      description: "Team: work ends with the agent's turn, or when it calls complete_task",
    },
  }),
};

/** Fields that only some kinds have. */
export const kindsOfField: Readonly<Record<string, readonly RunKindName[]>> = {
  tasks: ["pool", "team"],
  foreach: ["pool"],
  prompt: ["pool"],
  title: ["pool"],
  reuse_sessions: ["pool"],
  input: ["pipeline"],
  stages: ["pipeline"],
  goal: ["swarm", "team"],
  agents: ["swarm"],
  decomposer: ["swarm"],
  synthesiser: ["swarm"],
  worker: ["swarm", "team"],
  lead: ["team"],
  planner: ["team"],
  reviewers: ["team"],
  roles: ["team"],
  approval: ["team"],
  max_tasks: ["team"],
  max_phases: ["team"],
  lead_prompt: ["team"],
  workers: ["team"],
  ends_with: ["team"],
};
