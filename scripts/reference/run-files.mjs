// docs/reference/run-files.md: what a file of a run and a profile can hold, from their schemas.
// The examples are begun by tests/orchestration/spec/documented.test.ts.

/** @param {{ runSchema: object, kindsOfField: object, profileSchema: object, generated: string }} from */
export function runFilesPage({ runSchema, kindsOfField, profileSchema, generated }) {
  const top = Object.entries(runSchema.properties);
  const common = top.filter(([name]) => !(name in kindsOfField));
  const own = top.filter(([name]) => name in kindsOfField);
  const stage = runSchema.properties.stages.items;
  const transform = stage.properties.transform.anyOf[0];
  const task = runSchema.properties.tasks.items.anyOf[1];
  return `# Files of runs

${generated}

\`agentpool run pool|pipeline|swarm|team\` can be given a file. \`.yaml\`, \`.yml\` and \`.json\` hold the
fields below; a list alone is one of tasks. \`.jsonl\` and \`.ndjson\` hold a task on each line, as a
string or an object; any other file holds a prompt on each line. [run-file.schema.json](run-file.schema.json)
is the JSON Schema for editors.

Everything that is wrong is told at once, with file, line and field, and nothing is started. A task of
a pool that nobody can do, because its provider or profile is not there, keeps its place in the results
as failed; the others are done.

What is said of one task or role goes before the profile it names, that before the flags of the command,
those before what the file says of everybody. A model counts only beside the provider it was written
for.

## A pool

${example("pool.yaml", pool)}

## A pipeline

\`{previous_response}\` is the response of the stage before, in every place, put in once: a placeholder
inside an answer stays text. A prompt that names no earlier response gets the previous one appended.
\`{stages.<name>.response}\` is that of any stage before, \`{input}\` what the run was given.

${example("pipeline.yaml", pipeline)}

## A swarm

${example("swarm.yaml", swarm)}

## A team

With a goal, a plan is made, reviewed, approved and carried out phase by phase. With \`tasks\` and
\`lead_prompt\`, a lead works beside workers on these.

${example("team.yaml", team)}

## Fields of every kind

${table(common, runSchema)}

## Fields of some kinds

| Field | Of | |
| --- | --- | --- |
${own.map(([name, schema]) => `| \`${name}\` | ${kindsOfField[name].join(", ")} | ${about(schema)} |`).join("\n")}

## Of a task

A task is a prompt, or an object:

${table(Object.entries(task.properties), task)}

## Of a stage

${table(Object.entries(stage.properties), stage)}

A transform has one of these, and shapes the response of the stage before:

${table(Object.entries(transform.properties), transform)}

## Profiles

A profile is \`<name>.md\` in \`<home>/profiles\`, or in \`.agentpool/profiles\` of a project, which may allow
no more than the profile it stands for: front matter, then what is said to the agent.

${example("profiles/careful.md", profile)}

${table(Object.entries(profileSchema.properties), profileSchema)}
`;
}

function table(entries, { required = [] }) {
  const rows = entries.map(([name, schema]) => {
    const must = required.includes(name) ? " Required." : "";
    return `| \`${name}\` | ${about(schema)}${must} |`;
  });
  return `| Field | |\n| --- | --- |\n${rows.join("\n")}`;
}

/** What it is for, and which words it takes. */
function about(schema) {
  const words = schema.enum ? `: ${schema.enum.map((one) => `\`${one}\``).join(", ")}` : "";
  const described = schema.description ?? (schema.type === "object" ? "an object" : "");
  const inner = schema.properties
    ? ` (${Object.keys(schema.properties)
        .map((one) => `\`${one}\``)
        .join(", ")})`
    : "";
  return `${described}${words}${inner}`.replaceAll("|", "\\|");
}

function example(name, text) {
  const language = name.endsWith(".md") ? "markdown" : "yaml";
  return `\`\`\`${language}\n${text.trim()}\n\`\`\``;
}

const pool = `
kind: pool
provider: fake-completed
concurrency: 2
budget: { usd: 5 }
tasks:
  - Review the parser for security problems
  - prompt: Write tests for the tokenizer
    title: Tokenizer tests
    isolation: worktree
    timeout: 45m
    attempts: 2
foreach: [src/a.ts, src/b.ts]
prompt: Explain what {item} is for
`;

const pipeline = `
kind: pipeline
provider: fake-completed
input: the auth module
stages:
  - name: research
    prompt: |
      Look for security problems in {input}.
      Answer with a JSON list of {"file": "...", "problem": "..."}.
  - name: fix
    each: true
    transform: { json: { schema: { type: array, items: { type: object, required: [file, problem] } } } }
    prompt: "Mend this in {item.file}: {item.problem}"
    isolation: worktree
  - name: summary
    transform: { last: 20000 }
    prompt: |
      Sum up what was mended:
      {previous_response}
`;

const swarm = `
kind: swarm
provider: fake-completed
goal: Find every place where a time is formatted, and say which are wrong
agents: 4
isolation: read_only
`;

const team = `
kind: team
provider: fake-completed
goal: Add password reset to the web application
reviewers:
  - architect
  - name: safety
    focus: what an attacker could do with it
roles:
  tester: { timeout: 20m }
approval: { by: person, rounds: 3, timeout: 4h }
`;

const profile = `
---
description: A worker that changes as little as it can
tools: worker
isolation: worktree
limits: { timeout: 30m, attempts: 2 }
---
Make the smallest change that does what the task says. Leave formatting alone.
`;
