import type { TaskNote } from "../../domain/task.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import { addTokens } from "../statistics/cost.ts";
import { billingOf } from "../statistics/tokens.ts";
import type { TokensJson } from "../statistics/shape.ts";
import { defineOperation, type OperationContext } from "../define.ts";
import { runId, type RunTaskJson, type RunView } from "./run-json.ts";
import { brief, eventFaultLines } from "./run-text.ts";
import { progressText, viewRun } from "./run-view.ts";

interface Input {
  run_id: string;
}

export interface Output extends RunView {
  markdown: string;
  tokens: TokensJson;
}

/** Of one task; the newest. */
const mostNotes = 20;
const longestTimeMs = 8_640_000_000_000_000;

export const report = defineOperation<Input, Output>()({
  name: "run.report",
  toolset: "runs",
  summary: "Write down what came of a run, as Markdown",
  about:
    "Results, times, tokens and costs, diffs, failures with their reasons, and who approved what.",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({ run_id: runId(z) }),
    output: z.looseObject({
      markdown: z.string(),
      run: z.looseObject({ id: z.string(), state: z.string() }),
      tokens: z.looseObject({ input: z.number(), output: z.number() }),
    }),
  }),
  errors: ["run_not_found", "ambiguous_id"],
  cli: {
    command: "run report",
    group: "Core",
    positionals: ["run_id"],
    examples: ["agentpool run report @last"],
    render: (output) => output.markdown,
  },
  run: async (ctx, input) => {
    const { run, view } = await viewRun(ctx.app, input.run_id);
    const tokens = await tokensOf(ctx, run.id, run.createdAt);
    const notes = await notesOf(ctx, view.tasks);
    return { ...view, tokens, markdown: markdownOf(brief(view), tokens, notes) };
  },
});

async function tokensOf(
  { app }: OperationContext,
  runIdText: string,
  from: number,
): Promise<TokensJson> {
  const author = formatPrincipal({ kind: "run", runId: runIdText });
  const filter = { from, to: longestTimeMs, author };
  const sums = (await app.store.statistics.tokens(filter, ["model", "account"])) ?? [];
  const { billing } = await billingOf(app.store, app.home.prices);
  return addTokens(sums, billing);
}

type Notes = ReadonlyMap<string, readonly TaskNote[]>;

/** What was written down about each task; the commits made for it among them. */
async function notesOf(
  { app: { store } }: OperationContext,
  tasks: readonly RunTaskJson[],
): Promise<Notes> {
  const notes = await Promise.all(
    tasks.map(async ({ id }) => [id, await store.tasks.notes(id, mostNotes)] as const),
  );
  return new Map(notes);
}

function markdownOf(view: RunView, tokens: TokensJson, notes: Notes): string {
  const { run, tasks, approvals } = view;
  const cost = tokens.cost.list_price_usd;
  const unpriced = tokens.cost.unpriced_tokens;
  const without = unpriced === 0 ? "" : ` (${unpriced} tokens have no known price)`;
  const money = `${cost === null ? "unknown" : `$${cost.toFixed(4)} by list prices`}${without}`;
  return [
    `# ${run.name ?? run.id}: ${run.state}`,
    "",
    `- Run: ${run.id} (${run.kind}), begun by ${run.author}`,
    `- Began: ${run.started_at ?? "-"}; ended: ${run.ended_at ?? "not yet"}${took(run.started_at, run.ended_at)}`,
    `- Tasks: ${progressText(view)}`,
    `- Tokens: ${tokens.input} in, ${tokens.output} out; cost: ${money}`,
    ...(run.because === null ? [] : [`- Because: ${cell(run.because)}`]),
    ...eventFaultLines(view).map((line) => `- Events: ${cell(line.replace(/^! /, ""))}`),
    ...(run.output === null ? [] : ["", "## Output", "", readable(run.output)]),
    "",
    "## Tasks",
    "",
    "| Task | State | Attempts | Took | Session |",
    "| --- | --- | --- | --- | --- |",
    ...tasks.map(row),
    ...approvalLines(approvals),
    ...results(tasks, notes),
    "",
  ].join("\n");
}

function row(task: RunTaskJson): string {
  const time = took(task.claimed_at, task.ended_at).replace(/^ \(|\)$/g, "") || "-";
  return `| ${cell(task.title)} | ${task.state} | ${task.attempt} | ${time} | ${task.session_id ?? "-"} |`;
}

function approvalLines(approvals: RunView["approvals"]): string[] {
  if (approvals.length === 0) return [];
  return [
    "",
    "## Approvals",
    "",
    ...approvals.map(
      (one) =>
        `- ${cell(one.subject)}: ${one.state}${one.decided_by === null ? "" : ` by ${one.decided_by}`}` +
        `, asked by ${one.requested_by}${one.comment === null ? "" : ` (${cell(one.comment)})`}`,
    ),
  ];
}

function results(tasks: readonly RunTaskJson[], notes: Notes): string[] {
  const sections = tasks.flatMap((task) => section(task, notes.get(task.id) ?? []));
  return sections.length === 0 ? [] : ["", "## Results", ...sections];
}

function quoted(line: string): string {
  return line === "" ? ">" : `> ${line}  `;
}

/** JSON is set as such, so that it is no paragraph of braces. */
function readable(text: string): string {
  if (!/^[[{]/.test(text.trim())) return text;
  try {
    return `\`\`\`json\n${JSON.stringify(JSON.parse(text), null, 2)}\n\`\`\``;
  } catch {
    return text;
  }
}

function section(task: RunTaskJson, notes: readonly TaskNote[]): string[] {
  const why = task.error ?? task.because;
  const lines = [
    ...(task.state === "completed" || why === null ? [] : [`Not done: ${why}`, ""]),
    ...(task.result === null || task.result === "" ? [] : [readable(task.result), ""]),
    ...notes.flatMap(({ author, text }) => [...`${author}: ${text}`.split("\n"), ""].map(quoted)),
    ...(notes.length > 0 ? [""] : []),
    ...task.artifacts.map((path) => `- ${path}`),
  ];
  return lines.length === 0 ? [] : ["", `### ${cell(task.title)}`, "", ...lines];
}

function took(from: string | null, to: string | null): string {
  if (from === null || to === null) return "";
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return ` (${seconds < 100 ? seconds.toFixed(1) : Math.round(seconds)} s)`;
}

function cell(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").trim();
}
