import { counted } from "../../domain/counted.ts";
import { parallelism } from "../../domain/statistics/parallelism.ts";
import { quotaRanges, utilization } from "../../domain/statistics/quota.ts";
import type { Span } from "../../domain/statistics/span.ts";
import type { SessionSpan, StatisticsFilter, TurnFacts } from "../../domain/statistics/facts.ts";
import { countWalls, type WallCount } from "../../domain/statistics/walls.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import { byAccount } from "../../domain/usage-rules.ts";
import type { UsageSnapshot } from "../../domain/usage.ts";
import type { App } from "../app.ts";
import { round } from "./round.ts";
import { tokenSection } from "./tokens.ts";
import type { SectionName, Statistics } from "./shape.ts";
import { nextSteps } from "./next-steps.ts";

export interface StatisticsQuestion {
  readonly span: Span;
  readonly providerId: string | undefined;
  /** Who began the sessions; undefined for anybody. */
  readonly author: string | undefined;
  readonly sections: readonly SectionName[];
}

/** A quota that was spent so long before the span may still have been so in it. */
const lookBackMs = 8 * 86_400_000;
const hourMs = 3_600_000;

/** Statistics straight from the store: a few columns of many rows, and sums that SQLite made. */
export async function computeStatistics(
  app: Pick<App, "store" | "home" | "now">,
  { span, providerId, author, sections }: StatisticsQuestion,
): Promise<Statistics> {
  const { statistics } = app.store;
  const now = app.now();
  const filter: StatisticsFilter = {
    from: span.from ?? 0,
    to: span.to,
    ...(providerId === undefined ? {} : { providerId }),
    ...(author === undefined ? {} : { author }),
  };
  const wants = (name: SectionName): boolean => sections.includes(name);
  const lived = await statistics.sessions(filter);
  const sessions = lived.filter(({ removed }) => removed === undefined);
  const spawned = sessions.filter(({ createdAt }) => createdAt >= filter.from);
  const turns = await statistics.turns(filter);
  const notes: string[] = [];
  const removed = lived.length - sessions.length;
  if (removed > 0) {
    notes.push(`removed since: ${counted(removed, "session")}, of which only tokens are counted`);
  }
  const wantsQuota = wants("walls") || wants("quota") || wants("utilization");
  const told = wantsQuota
    ? await statistics.snapshots({
        ...quotaFilter(providerId),
        from: filter.from - lookBackMs,
        to: filter.to,
      })
    : [];
  const inSpan = told.filter(({ at }) => at >= filter.from);
  const limits = wants("walls")
    ? await statistics.limits({ from: filter.from - lookBackMs, to: filter.to })
    : [];
  const walls = countWalls({ sessions: spawned, turns, snapshots: told, limits });
  if (wants("walls") && spawned.length > 0 && walls.coverage.known < walls.coverage.told) {
    const { known, told: all } = walls.coverage;
    notes.push(
      `walls: of ${all} sessions on accounts that tell their quota, it was known for ${known} when they began`,
    );
  }
  const tokens = wants("tokens") ? await tokenSection(app, filter, workedBy(lived)) : undefined;
  if (tokens) notes.push(...tokens.notes);
  const unfinished = turns.endedAt.filter((at) => at === null).length;
  if (unfinished > 0)
    notes.push(`${unfinished} turns still run; they count up to the end of the window`);

  return {
    schema_version: "stats/v1",
    generated_at: formatTime(now),
    source: "store",
    scope: author === undefined ? "all" : "mine",
    window: {
      start: formatTimeOrNull(span.from),
      end: formatTime(span.to),
      label: span.label,
      spec: span.spec,
    },
    filters: { provider_id: providerId ?? null, sections: [...sections] },
    data_quality: notes,
    ...(wants("sessions") ? { sessions: countSessions(sessions, { spawned, turns, filter }) } : {}),
    ...(wants("parallelism") ? { parallelism: parallel(turns, { span, now }) } : {}),
    ...(wants("walls")
      ? {
          walls: {
            hit: walls.hit,
            near: walls.near,
            avoided: walls.avoided,
            by_reason: walls.byReason,
            by_provider: Object.fromEntries<WallCount>(walls.byProvider),
            confidence: walls.confidence,
            coverage: walls.coverage,
            definition: wallDefinition,
          },
        }
      : {}),
    ...(wants("quota") ? { quota: await quota(app, inSpan, { providerId, now }) } : {}),
    ...(wants("utilization") ? { utilization: used(inSpan) } : {}),
    ...(tokens ? { tokens: tokens.section } : {}),
    suggested_next: nextSteps({ sessions: spawned.length, walls, tokens: tokens?.section }),
  };
}

const wallDefinition =
  "hit: a session whose turn was refused for a limit, or that was begun on an account known to be " +
  "spent. near: begun on an account with 15 % or less left. avoided: begun on an account with room " +
  "while another account was known to be spent. Known means told at most an hour before; a spent " +
  "window counts until it begins anew.";

function quotaFilter(providerId: string | undefined): { providerId?: string } {
  return providerId === undefined ? {} : { providerId };
}

function countSessions(
  sessions: readonly SessionSpan[],
  {
    spawned,
    turns,
    filter,
  }: {
    readonly spawned: readonly SessionSpan[];
    readonly turns: TurnFacts;
    readonly filter: StatisticsFilter;
  },
): NonNullable<Statistics["sessions"]> {
  const ended = sessions.filter(({ endedAt }) => endedAt !== null && endedAt < filter.to);
  return {
    total: sessions.length,
    by_provider: tally(sessions, ({ providerId }) => providerId),
    by_role: tally(sessions, ({ role }) => role),
    by_state: tally(sessions, ({ state }) => state),
    spawned: spawned.length,
    ended: ended.length,
    terminated: ended.filter(({ state }) => state === "cancelled").length,
    failed: ended.filter(({ state }) => state === "failed" || state === "lost").length,
    timed_out: ended.filter(({ timedOutAt }) => timedOutAt !== null).length,
    interrupted: turns.interruptedSessions.size,
    turns: turns.startedAt.length,
    turns_by_state: { ...turns.byState },
  };
}

function parallel(
  turns: TurnFacts,
  { span, now }: { readonly span: Span; readonly now: number },
): NonNullable<Statistics["parallelism"]> {
  const { wallMs, sumMs, ratio, peak, peakAt } = parallelism(turns, {
    from: span.from ?? 0,
    to: Math.min(span.to, now),
  });
  return {
    wall_clock_hours: round(wallMs / hourMs, 3),
    sum_worker_hours: round(sumMs / hourMs, 3),
    ratio: ratio === null ? null : round(ratio, 2),
    peak_concurrent: peak,
    peak_at: formatTimeOrNull(peakAt),
    definition: "turns that ran side by side; sessions that wait or idle do not count",
  };
}

async function quota(
  { store }: Pick<App, "store">,
  snapshots: readonly UsageSnapshot[],
  { providerId, now }: { readonly providerId: string | undefined; readonly now: number },
): Promise<NonNullable<Statistics["quota"]>> {
  const usages = byAccount(await store.usage.latest());
  const quotas: NonNullable<Statistics["quota"]> = {};
  for (const usage of usages.toReversed()) {
    if (providerId !== undefined && usage.providerId !== providerId) continue;
    const own = snapshots.filter(({ accountId }) => accountId === usage.accountId);
    const windows = [...quotaRanges(own, usage, now)].map(([name, range]) => ({
      name,
      current_remaining_percent: range.current,
      min_in_window: range.min,
      max_in_window: range.max,
      samples: range.samples,
    }));
    if (windows.length === 0) continue;
    // the one with the least left decides, as it does for new work
    const [tightest] = windows.toSorted(
      (a, b) =>
        (a.current_remaining_percent ?? a.min_in_window) -
        (b.current_remaining_percent ?? b.min_in_window),
    );
    const { name, ...range } = tightest as (typeof windows)[number];
    const others = quotas[usage.providerId]?.accounts ?? {};
    // the account that told last goes last, and stands for its provider
    quotas[usage.providerId] = {
      ...range,
      window: name,
      accounts: { ...others, [usage.accountId]: windows },
    };
  }
  return quotas;
}

function used(snapshots: readonly UsageSnapshot[]): NonNullable<Statistics["utilization"]> {
  const accounts = new Map<string, UsageSnapshot[]>();
  for (const one of snapshots) {
    const own = accounts.get(one.accountId);
    if (own) own.push(one);
    else accounts.set(one.accountId, [one]);
  }
  const found = utilization([...accounts.values()]);
  return {
    subscription_utilization: found === null ? null : round(found.percent, 1),
    periods: found?.periods ?? 0,
    method:
      found === null
        ? "nobody told of a quota with a reset time in this window"
        : "percent of each account's longest quota, the most seen used before it began anew, averaged " +
          "over the periods seen; what was used after the last look is not in it",
  };
}

/** Providers whose agents worked on something. */
function workedBy(sessions: readonly SessionSpan[]): ReadonlySet<string> {
  return new Set(
    sessions.filter(({ turnCount }) => turnCount > 0).map(({ providerId }) => providerId),
  );
}

function tally<T>(all: readonly T[], of: (one: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of all) {
    const key = of(one);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
