import { estimate, type Estimate, type PastTask, type Range } from "../../domain/estimate.ts";
import type { TokenSum } from "../../domain/statistics/facts.ts";
import type { App } from "../app.ts";
import type { Style, Z } from "../define.ts";
import { formatAge } from "../table.ts";
import { addTokens } from "../statistics/cost.ts";
import { billingOf } from "../statistics/tokens.ts";
import { runViewJson } from "./run-json.ts";
import type { ReadyRun } from "./run-options.ts";

interface RangeJson {
  low: number;
  high: number;
}

/** What a run is likely to take, by this home's own past; null where that says nothing. */
export interface EstimateJson {
  kind: string;
  tasks: RangeJson;
  duration_seconds: RangeJson | null;
  tokens: RangeJson | null;
  list_price_usd: RangeJson | null;
  because: readonly string[];
}

/** Instead of a run: what it would take. */
export interface Estimated {
  estimate: EstimateJson;
}

/** Of so many completed tasks, the newest; older ones say little of today. */
const mostPast = 1_000;

export function estimateOption(z: Z) {
  return {
    estimate: z
      .boolean()
      .default(false)
      .describe("Begin nothing; say what it is likely to take, by what was done here before"),
  };
}

export async function estimateRun(
  app: Pick<App, "store" | "home" | "now">,
  { kind, spec, limits }: ReadyRun,
): Promise<Estimated> {
  const { workloadOf } = await import("../../orchestration/kinds/workload.ts");
  const past = await pastTasks(app);
  const found = estimate(workloadOf(kind, spec), past, limits.concurrency);
  return { estimate: projectEstimate(kind, found) };
}

async function pastTasks({
  store,
  home,
  now,
}: Pick<App, "store" | "home" | "now">): Promise<PastTask[]> {
  const done = { states: ["completed"], newestFirst: true, limit: mostPast } as const;
  const { tasks } = await store.tasks.list(done);
  const worked = tasks.flatMap((task) => {
    const { execution, claim, endedAt } = task;
    if (!execution || execution.filter || !claim?.sessionId || endedAt === null) return [];
    return [{ execution, claim, sessionId: claim.sessionId, endedAt }];
  });
  if (worked.length === 0) return [];
  const from = Math.min(...worked.map(({ claim }) => claim.claimedAt));
  const keys = ["session", "model", "account"] as const;
  const sums = (await store.statistics.tokens({ from, to: now() + 1 }, keys)) ?? [];
  const { billing } = await billingOf(store, home.prices);
  const bySession = new Map<string, TokenSum[]>();
  for (const sum of sums) {
    const id = sum.sessionId ?? "";
    bySession.set(id, [...(bySession.get(id) ?? []), sum]);
  }
  const did = new Map<string, number>();
  for (const { sessionId } of worked) did.set(sessionId, (did.get(sessionId) ?? 0) + 1);
  return worked.map(({ execution, claim, sessionId, endedAt }): PastTask => {
    const own = bySession.get(sessionId);
    const total = own && addTokens(own, billing);
    // a session that did several tasks spent its tokens on all of them
    const tasks = did.get(sessionId) ?? 1;
    return {
      providerId: execution.providerId,
      model: execution.model,
      role: execution.profile,
      durationMs: Math.max(0, endedAt - claim.claimedAt),
      tokens: total ? Math.round((total.input + total.output) / tasks) : null,
      // a part that has no price would make the rest look like the whole
      usd:
        total && total.cost.unpriced_tokens === 0 && total.cost.list_price_usd !== null
          ? total.cost.list_price_usd / tasks
          : null,
    };
  });
}

function projectEstimate(kind: string, found: Estimate): EstimateJson {
  const seconds = (ms: number): number => Math.round(ms / 100) / 10;
  const { durationMs } = found;
  return {
    kind,
    tasks: found.tasks,
    duration_seconds: durationMs && {
      low: seconds(durationMs.low),
      high: seconds(durationMs.high),
    },
    tokens: found.tokens,
    list_price_usd: found.usd,
    because: found.because,
  };
}

export function estimateText({ estimate: found }: Estimated, style: Style): string {
  const { tasks, duration_seconds: took, tokens, list_price_usd: usd } = found;
  const row = (name: string, text: string): string => `${name.padEnd(10)}${text}`;
  return [
    style.bold(`A ${found.kind} like this is likely to take`),
    row("tasks", range(tasks, String)),
    row("time", took === null ? unknown : range(took, (value) => formatAge(value * 1000))),
    row("tokens", tokens === null ? unknown : range(tokens, (value) => value.toLocaleString("en"))),
    row("cost", usd === null ? unknown : `${range(usd, dollars)} by list prices`),
    ...found.because.map((one) => style.dim(/^\d/.test(one) ? `from ${one}` : one)),
    style.dim("Nothing was begun."),
  ].join("\n");
}

const unknown = "unknown";

function dollars(value: number): string {
  return `$${value.toFixed(4)}`;
}

function range({ low, high }: Range, format: (value: number) => string): string {
  return low === high ? format(low) : `${format(low)} to ${format(high)}`;
}

/** What a command that begins runs answers: the run, or the estimate. */
export function startedJson(z: Z) {
  const { run, tasks, approvals, on_event_fault } = runViewJson(z).shape;
  return z.looseObject({
    run: run.optional(),
    tasks: tasks.optional(),
    approvals: approvals.optional(),
    on_event_fault: on_event_fault.optional(),
    estimate: estimateJson(z).optional(),
  });
}

function estimateJson(z: Z) {
  const span = () => z.looseObject({ low: z.number(), high: z.number() });
  return z.looseObject({
    kind: z.string(),
    tasks: span(),
    duration_seconds: span().nullable(),
    tokens: span().nullable(),
    list_price_usd: span().nullable(),
    because: z.array(z.string()),
  });
}
