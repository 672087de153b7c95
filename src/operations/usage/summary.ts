import { formatTime } from "../../domain/time.ts";
import { usageBackends, type RefreshedUsage, type UsageBackend } from "./service.ts";
import { defineOperation, type OperationContext, type Style, type Z } from "../define.ts";
import {
  preferencesReference,
  type PreferencesReference,
} from "../preferences/preferences-file.ts";
import { formatAge, table } from "../table.ts";
import { capacityRows, nextAvailable, type CapacityRow } from "./capacity-rows.ts";

interface Input {
  provider_id?: string;
  refresh: boolean;
  backend: UsageBackend;
  timeout_seconds: number;
}

export interface Output {
  checked_at: string;
  providers: Record<string, CapacityRow>;
  min_remaining_percent: number | null;
  next_available_provider: string | null;
  next_available_at: string | null;
  counts: Record<(typeof countNames)[number], number>;
  source: "live" | "store";
  backend: UsageBackend;
  partial: boolean;
  preferences: PreferencesReference;
}

const countNames = [
  "total",
  "usable",
  "unusable",
  "available",
  "near_limit",
  "limit_reached",
  "unknown",
  "unavailable",
] as const;

export const summary = defineOperation<Input, Output>()({
  name: "usage.summary",
  toolset: "default",
  summary: "Show which providers can take new work",
  about:
    "One row for each provider, for the account that a session started from here would use. Nobody is " +
    "asked without --refresh, unless policy.usage_auto_refresh_after_seconds says so.",
  effect: "read",
  wantsEnvironment: true,
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      provider_id: z.string().min(1).optional().describe("Only this provider"),
      refresh: z.boolean().default(false).describe("Ask the CLIs and their vendors first"),
      backend: z
        .enum(usageBackends)
        .default("combined")
        .describe("Who is asked, and whose word counts: CLIs and vendors, a helper, or all"),
      timeout_seconds: z
        .number()
        .min(0.1)
        .max(600)
        .default(25)
        .describe("For asking, all together; who is slower is told as partial"),
    }),
    output: summaryJson(z),
  }),
  errors: ["provider_not_found", "provider_required", "invalid_config"],
  cli: {
    command: "usage-summary",
    aliases: ["capacity-summary"],
    group: "Inspect",
    positionals: ["provider_id"],
    flags: { provider_id: ["provider"] },
    examples: ["agentpool usage-summary", "agentpool usage-summary --refresh --json"],
    render,
  },
  mcp: {
    tool: "get_usage_summary",
    unlisted: ["backend", "timeout_seconds"],
    aliases: ["get_capacity_summary"],
    title: "Which providers can take work",
    description:
      "For each provider: usable for new work or why not, what is left, when it is free again. Call it " +
      "before spawn_worker. Asks nobody unless refresh is true, which is slow.",
    idempotent: true,
    openWorld: true,
  },
  run: async (ctx, input) => {
    const named = input.provider_id;
    const providerId = named === undefined ? undefined : await ctx.app.usage.providerId(named);
    const rules = await ctx.app.usage.rules();
    const question = { providerId, backend: input.backend, rules };
    const before = input.refresh ? [] : await capacityRows(ctx, { ...question, refreshed: [] });
    const asks = input.refresh || isTooOld(before, rules.autoRefreshAfterMs);
    const { refreshed, partial } = asks ? await ask(ctx, input) : { refreshed: [], partial: false };
    const rows = asks ? await capacityRows(ctx, { ...question, refreshed }) : before;
    const now = ctx.app.now();
    const next = nextAvailable(rows, now);
    return {
      checked_at: formatTime(now),
      providers: Object.fromEntries(rows.map((row) => [row.provider_id, row])),
      min_remaining_percent: rules.minRemainingPercent,
      next_available_provider: next?.provider_id ?? null,
      next_available_at: next?.available_at ?? null,
      counts: count(rows),
      source: asks ? "live" : "store",
      backend: input.backend,
      partial,
      preferences: await preferencesReference(ctx.app.home),
    };
  },
});

function ask(
  { app, env, signal }: OperationContext,
  { provider_id: named, backend, timeout_seconds: seconds }: Input,
): Promise<{ readonly refreshed: readonly RefreshedUsage[]; readonly partial: boolean }> {
  const timeoutMs = seconds * 1_000;
  return app.usage.refresh(
    { provider: named ?? null, backend, costly: false, timeoutMs, env },
    signal,
  );
}

/** Whether the person wants it asked anew by itself; what nobody ever told counts as old. */
function isTooOld(rows: readonly CapacityRow[], afterMs: number | null): boolean {
  if (afterMs === null) return false;
  const told = rows.filter(({ installed, age_seconds: age }) => installed && age !== null);
  return told.length === 0 || told.some(({ age_seconds: age }) => (age ?? 0) * 1_000 > afterMs);
}

function count(rows: readonly CapacityRow[]): Output["counts"] {
  const usable = rows.filter((row) => row.usable).length;
  const of = (status: string): number => rows.filter((row) => row.status === status).length;
  return {
    total: rows.length,
    usable,
    unusable: rows.length - usable,
    available: of("available"),
    near_limit: of("near_limit"),
    limit_reached: of("limit_reached"),
    unknown: of("unknown"),
    unavailable: of("unavailable"),
  };
}

function summaryJson(z: Z) {
  return z.looseObject({
    checked_at: z.string(),
    providers: z.record(
      z.string(),
      z.looseObject({
        status: z.string(),
        usable: z.boolean(),
        unusable_reason: z.string().nullable(),
        stale: z.boolean(),
        summary: z.string(),
      }),
    ),
    min_remaining_percent: z.number().nullable(),
    next_available_provider: z.string().nullable(),
    next_available_at: z.string().nullable(),
    counts: z.record(z.string(), z.number()),
    partial: z.boolean(),
  });
}

function render(output: Output, style: Style): string {
  const rows = Object.values(output.providers).map((row) => [
    row.provider_id,
    row.usable ? style.green("usable") : style.red("not usable"),
    row.status,
    row.unusable_reason ?? "",
    row.windows
      .filter(({ remaining_percent: left }) => left !== null)
      .map(({ name, remaining_percent: left }) => `${name} ${Math.round(left ?? 0)} %`)
      .join(", "),
    row.available_at === null ? "" : formatAge(Date.parse(row.available_at) - style.nowMs),
    row.checked_at === null
      ? "never"
      : `${formatAge(style.nowMs - Date.parse(row.checked_at))} ago`,
  ]);
  const { next_available_provider: next, next_available_at: at } = output;
  return [
    table(["PROVIDER", "NEW WORK", "STATUS", "BECAUSE", "LEFT", "FREE IN", "TOLD"], rows, style),
    ...(next === null || at === null
      ? []
      : [style.dim(`Next to be free: ${next} in ${formatAge(Date.parse(at) - style.nowMs)}`)]),
    ...Object.values(output.providers).flatMap(({ provider_id: id, warnings }) =>
      warnings.map((warning) => style.yellow(`${id}: ${warning}`)),
    ),
    ...(output.partial ? [style.yellow("Some were too slow; ask again for these.")] : []),
  ].join("\n");
}
