import { parseAttemptKey } from "../../domain/attempt-key.ts";
import type { Spent } from "../../domain/budget-rules.ts";
import { nothingSpent, type DayUse } from "../../domain/day-budgets.ts";
import { priceOf, type Price } from "../../domain/price.ts";
import type { SessionSpan, TokenSum } from "../../domain/statistics/facts.ts";
import type { Session } from "../../domain/session.ts";
import { parseSeatKey } from "../../domain/worker-group.ts";
import type { Store } from "../../store/store.ts";

export type DayUseStore = Pick<Store, "statistics" | "sessions" | "tasks" | "workerGroups">;

export interface DayUseRequest {
  /** Midnight, epoch ms. */
  readonly from: number;
  readonly now: number;
  readonly prices: readonly Price[];
  /** Whether minutes are asked for: each session of the day is looked at for them. */
  readonly minutes: boolean;
  /** The same for profiles. */
  readonly profiles: boolean;
}

/** Of a session, as long as it is not resumed: what no column of the statistics tells. */
interface SessionFacts {
  readonly profile: string | null;
  readonly resumedAt: number | null;
  readonly endedAt: number | null;
}

/**
 * Reads what all sessions used since midnight. Tokens come from one range of an index, summed by
 * SQLite; sessions from another, and each that is over is read whole once in the life of this.
 */
export class DayUseReader {
  readonly #store: DayUseStore;
  readonly #known = new Map<string, SessionFacts>();

  constructor(store: DayUseStore) {
    this.#store = store;
  }

  /** Tokens count on the day on which their turn began, minutes on which they were lived. */
  async read({ from, now, prices, minutes, profiles }: DayUseRequest): Promise<DayUse> {
    const filter = { from, to: now + 1 };
    const { statistics } = this.#store;
    const keys = ["provider", "model", ...(profiles ? (["session"] as const) : [])] as const;
    const sums = (await statistics.tokens(filter, keys)) ?? [];
    const use = new UseDraft();
    const spans = minutes || profiles ? await statistics.sessions(filter) : [];
    const present = new Set(spans.map(({ id }) => id));
    const alive = spans.length === 0 ? [] : await this.#store.sessions.live();
    const live = new Map(alive.map((one) => [one.id, one]));
    for (const id of this.#known.keys()) {
      if (!present.has(id)) this.#known.delete(id);
    }
    for (const span of spans) {
      const { profile, resumedAt } = await this.#factsOf(span, live.get(span.id));
      const began = Math.max(span.createdAt, resumedAt ?? 0, from);
      const lived = Math.max(0, (span.endedAt ?? now) - began) / 60_000;
      use.add(span.providerId, profile, { ...nothingSpent, minutes: lived });
    }
    for (const sum of sums) {
      const profile = this.#known.get(sum.sessionId ?? "")?.profile ?? null;
      use.add(sum.providerId, profile, costOf(sum, prices));
    }
    return use;
  }

  async #factsOf(span: SessionSpan, live: Session | undefined): Promise<SessionFacts> {
    const { id, endedAt, removed } = span;
    if (removed) return this.#know(id, { ...removed, endedAt });
    const before = this.#known.get(id);
    if (before && before.endedAt === endedAt && endedAt !== null) return before;
    const session = live ?? (await this.#store.sessions.get(id));
    const facts = {
      profile: before ? before.profile : await this.#profileOf(session),
      // what it lived before it was resumed is not told apart from what it lay dead
      resumedAt: session?.evidence.resumed?.at ?? null,
      endedAt,
    };
    return this.#know(id, facts);
  }

  #know(id: string, facts: SessionFacts): SessionFacts {
    this.#known.set(id, facts);
    return facts;
  }

  /** A session works in the profile of the task it was started for, or of its group. */
  async #profileOf(session: Session | undefined): Promise<string | null> {
    const attempt = parseAttemptKey(session?.idempotencyKey ?? null);
    if (attempt) {
      const [task] = await this.#store.tasks.byIds([attempt.taskId]);
      return task?.execution?.profile ?? null;
    }
    const seat = parseSeatKey(session?.idempotencyKey ?? null);
    if (!seat) return null;
    return (await this.#store.workerGroups.get(seat.groupId))?.profile ?? null;
  }
}

function costOf(sum: TokenSum, prices: readonly Price[]): Spent {
  const tokens = sum.input + sum.output;
  const { usd } = priceOf(sum, sum.model, prices);
  return { tokens, usd: usd ?? 0, unpricedTokens: usd === null ? tokens : 0, minutes: 0 };
}

class UseDraft implements DayUse {
  total: Spent = nothingSpent;
  readonly byProvider = new Map<string, Spent>();
  readonly byProfile = new Map<string, Spent>();

  add(providerId: string | null, profile: string | null, more: Spent): void {
    this.total = sum(this.total, more);
    if (providerId !== null) put(this.byProvider, providerId, more);
    if (profile !== null) put(this.byProfile, profile, more);
  }
}

function put(into: Map<string, Spent>, name: string, more: Spent): void {
  into.set(name, sum(into.get(name) ?? nothingSpent, more));
}

function sum(a: Spent, b: Spent): Spent {
  return {
    tokens: a.tokens + b.tokens,
    usd: a.usd + b.usd,
    unpricedTokens: a.unpricedTokens + b.unpricedTokens,
    minutes: a.minutes + b.minutes,
  };
}
