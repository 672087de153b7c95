import type { Event } from "../event.ts";
import { isBinding, staleAfterMs, statusOfWindow } from "../usage-rules.ts";
import type { UsageSnapshot } from "../usage.ts";
import type { SessionSpan, TurnFacts } from "./facts.ts";

export interface WallCount {
  /** Sessions that were refused for a limit, or begun on an account known to be spent. */
  hit: number;
  /** Sessions begun on an account with little left, and not refused. */
  near: number;
  /** Sessions begun on an account with room while another account was known to be spent. */
  avoided: number;
}

export interface Walls extends WallCount {
  /** Why those that count as hit do. */
  readonly byReason: { readonly refused: number; readonly limit_reached: number };
  readonly byProvider: ReadonlyMap<string, WallCount>;
  /** Sessions begun on accounts that tell of their quota at all, and those of them about which it was known. */
  readonly coverage: { readonly known: number; readonly told: number };
  readonly confidence: "high" | "medium" | "low" | "unknown";
}

export interface WallFacts {
  /** Begun in the span. */
  readonly sessions: readonly SessionSpan[];
  readonly turns: Pick<TurnFacts, "limitedSessions">;
  /** Of the span and from some time before it, oldest first. */
  readonly snapshots: readonly UsageSnapshot[];
  readonly limits: readonly Event[];
}

/** What was known of an account at a time: `[from, until)`. */
interface Stretch {
  readonly from: number;
  until: number;
  readonly state: "spent" | "near" | "room";
}

/** A session is compared with what was told of its account at most so long before it began. */
const knownForMs = 2 * staleAfterMs;

/** `sessions` come in the order they began. */
export function countWalls(facts: WallFacts): Walls {
  const known = timelines(facts);
  const refused = facts.turns.limitedSessions;
  const byProvider = new Map<string, WallCount>();
  const byReason = { refused: 0, limit_reached: 0 };
  const total: WallCount = { hit: 0, near: 0, avoided: 0 };
  const coverage = { known: 0, told: 0 };
  for (const { id, providerId, accountId, createdAt } of facts.sessions) {
    const own = known.get(accountId ?? "");
    const state = own?.at(createdAt);
    if (own) coverage.told += 1;
    if (state !== undefined) coverage.known += 1;
    const count = byProvider.get(providerId) ?? { hit: 0, near: 0, avoided: 0 };
    byProvider.set(providerId, count);
    const add = (what: keyof WallCount): void => {
      count[what] += 1;
      total[what] += 1;
    };
    if (refused.has(id)) {
      add("hit");
      byReason.refused += 1;
    } else if (state === "spent") {
      add("hit");
      byReason.limit_reached += 1;
    } else if (state === "near") add("near");
    else if (isOtherSpent(known, accountId, createdAt)) add("avoided");
  }
  return { ...total, byReason, byProvider, coverage, confidence: confidenceOf(coverage) };
}

/** By how many of the sessions something was known of the account each was begun on. */
function confidenceOf({ known, told }: Walls["coverage"]): Walls["confidence"] {
  if (told === 0) return "unknown";
  const share = known / told;
  return share >= 0.8 ? "high" : share >= 0.5 ? "medium" : "low";
}

function isOtherSpent(
  known: ReadonlyMap<string, Timeline>,
  own: string | null,
  at: number,
): boolean {
  for (const [account, timeline] of known) {
    if (timeline.everSpent && account !== own && timeline.at(at) === "spent") return true;
  }
  return false;
}

/** What was known of one account; asked for moments that only go forward, it looks at each stretch once. */
class Timeline {
  readonly #coming: readonly Stretch[];
  /** Whether it was ever known to be spent. */
  readonly everSpent: boolean;
  #next = 0;
  #present: Stretch[] = [];

  constructor(stretches: readonly Stretch[]) {
    this.#coming = stretches.toSorted((a, b) => a.from - b.from);
    this.everSpent = stretches.some(({ state }) => state === "spent");
  }

  /** The worst that was known then. */
  at(moment: number): Stretch["state"] | undefined {
    for (let stretch = this.#coming[this.#next]; stretch && stretch.from <= moment;) {
      this.#present.push(stretch);
      this.#next += 1;
      stretch = this.#coming[this.#next];
    }
    if (this.#present.some(({ until }) => until <= moment)) {
      this.#present = this.#present.filter(({ until }) => until > moment);
    }
    let worst: Stretch["state"] | undefined;
    for (const { state } of this.#present) {
      if (state === "spent") return state;
      if (worst !== "near") worst = state;
    }
    return worst;
  }
}

function timelines({ snapshots, limits }: WallFacts): ReadonlyMap<string, Timeline> {
  const known = new Map<string, Stretch[]>();
  const of = (account: string): Stretch[] => {
    const stretches = known.get(account) ?? [];
    known.set(account, stretches);
    return stretches;
  };
  for (const [account, stretches] of stretchesOfWindows(snapshots)) of(account).push(...stretches);
  const open = new Map<string, Stretch>();
  for (const { at, body } of limits) {
    if (body.type === "account_limited") {
      const stretch: Stretch = { from: at, until: Date.parse(body.until), state: "spent" };
      open.set(body.account_id, stretch);
      of(body.account_id).push(stretch);
    }
    if (body.type === "account_lifted") {
      const stretch = open.get(body.account_id);
      if (stretch) stretch.until = Math.min(stretch.until, at);
    }
  }
  return new Map([...known].map(([account, stretches]) => [account, new Timeline(stretches)]));
}

/** What each window said holds until it says something else, begins anew, or is too old. */
function stretchesOfWindows(snapshots: readonly UsageSnapshot[]): Map<string, Stretch[]> {
  const known = new Map<string, Stretch[]>();
  const last = new Map<string, Stretch>();
  for (const { accountId, at, windows } of snapshots) {
    const stretches = known.get(accountId) ?? [];
    known.set(accountId, stretches);
    for (const window of windows.filter(isBinding)) {
      const status = statusOfWindow(window, at);
      if (status === "unknown") continue;
      const before = last.get(`${accountId} ${window.name}`);
      if (before) before.until = Math.min(before.until, at);
      const state =
        status === "limit_reached" ? "spent" : status === "near_limit" ? "near" : "room";
      const holds = state === "spent" ? (window.resetsAt ?? at + knownForMs) : at + knownForMs;
      const stretch: Stretch = {
        from: at,
        until: Math.min(holds, window.resetsAt ?? holds),
        state,
      };
      last.set(`${accountId} ${window.name}`, stretch);
      stretches.push(stretch);
    }
  }
  return known;
}
