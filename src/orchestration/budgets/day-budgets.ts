import { budgetDay, type BudgetMeasure } from "../../domain/budget-rules.ts";
import {
  judgeDay,
  spentAgent,
  spentDay,
  usedUp,
  settingOf,
  type DayBudget,
  type DayStanding,
  type DayUse,
  type JudgedBudget,
} from "../../domain/day-budgets.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import type { Price } from "../../domain/price.ts";
import { priceList } from "../../domain/price-list.ts";
import { formatTime } from "../../domain/time.ts";
import { elapsedMs } from "../../platform/clock.ts";
import { readPrices } from "../../platform/price-file.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Store } from "../../store/store.ts";
import { readDayLimits } from "./day-limits.ts";
import { DayUseReader } from "./day-use.ts";

export interface DayBudgetParts extends Pick<SessionParts, "now" | "config" | "log"> {
  readonly store: Pick<Store, "statistics" | "sessions" | "tasks" | "workerGroups">;
  readonly pricesFile: string;
  /** The id of the provider with this id, alias or preset. @throws provider_not_found */
  readonly providerId: (name: string) => Promise<string>;
}

/** Who is to do a piece of work, as it was asked for. */
export interface WantedAgent {
  /** An id, an alias or a preset. */
  readonly providerId: string;
  readonly profile: string | null;
}

/** What was read counts for so long while nothing that uses anything ended. */
const readLastsMs = 2_000;
/** However much ends, no more than one part in so many of the time is spent reading. */
const share = 5;

/** What was read of a day. */
interface Read {
  /** The day, and what was asked for. */
  readonly of: string;
  readonly at: number;
  readonly tookMs: number;
  /** How much had ended when it was begun. */
  readonly ended: number;
  readonly use: DayUse;
}

/**
 * How the budgets of the present day stand. Without one nothing is read at all; with one, what the
 * day used is read anew when a turn or a session ended since, and else at most every two seconds.
 */
export class DayBudgets {
  readonly #parts: DayBudgetParts;
  readonly #reader: DayUseReader;
  #read: Read | undefined;
  /** Rises with what ends: what was read before may lack it. */
  #ended = 0;
  #complained: string | undefined;
  /** By the names that were asked for since the last look: thousands of tasks name few. */
  readonly #ids = new Map<string, Promise<string>>();

  constructor(parts: DayBudgetParts) {
    this.#parts = parts;
    this.#reader = new DayUseReader(parts.store);
  }

  /** Tells of commits, so that what ended is counted at once. */
  heard(events: readonly Event[]): void {
    const ends = ["turn_completed", "turn_failed", "turn_interrupted", "session_exited"];
    if (events.some(({ body }) => ends.includes(body.type))) this.#ended += 1;
  }

  /** @throws invalid_config */
  async look(): Promise<DayStanding> {
    const { config, providerId, now } = this.#parts;
    this.#ids.clear();
    const budgets = await readDayLimits(await config(), providerId);
    const at = now();
    return judgeDay(budgets, budgets.length === 0 ? nothingUsed : await this.#use(budgets, at), at);
  }

  /** The budget that keeps the agent from being given work now. */
  async spentFor(standing: DayStanding, agent: WantedAgent): Promise<JudgedBudget | undefined> {
    if (!standing.judged.some(({ judgement }) => judgement.state === "over")) return undefined;
    const providerId = await this.#idOf(agent.providerId);
    const { profile } = agent;
    return spentDay(standing) ?? spentAgent(standing, { providerId, profile });
  }

  /** One that nobody knows is refused by the start itself. */
  #idOf(name: string): Promise<string> {
    const known = this.#ids.get(name);
    if (known) return known;
    const id = this.#parts.providerId(name).catch(() => name);
    this.#ids.set(name, id);
    return id;
  }

  /**
   * Lets nothing begin that a budget has nothing left for: the day's, and with an agent also its own.
   * @throws budget_used_up
   */
  async refuse(what: string, agent?: WantedAgent): Promise<void> {
    const standing = await this.look();
    const spent = agent ? await this.spentFor(standing, agent) : spentDay(standing);
    if (!spent) return;
    const setting = settingOf(spent);
    const until = formatTime(standing.nextDay);
    throw new AgentpoolError("budget_used_up", what, {
      why: `${capital(usedUp(spent))}: ${spent.judgement.because}.`,
      hint: `Wait until ${until}, or set a higher limit: agentpool config set ${setting} N; what is left: agentpool budget`,
      details: { setting, until, used_percent: spent.judgement.usedPercent },
    });
  }

  async #use(budgets: readonly DayBudget[], at: number): Promise<DayUse> {
    const from = budgetDay(at);
    const isLimited = (measure: BudgetMeasure): boolean =>
      budgets.some((budget) => budget[measure] !== null);
    const minutes = isLimited("minutes");
    const profiles = budgets.some(({ owner }) => owner.kind === "profile");
    const isPriced = isLimited("usd");
    const of = [from, minutes, profiles, isPriced].join(" ");
    const known = this.#read;
    if (known?.of === of && at >= known.at && at < known.at + this.#lastsMs(known)) {
      return known.use;
    }
    const prices = isPriced ? this.#prices() : [];
    const ended = this.#ended;
    const begun = elapsedMs();
    const use = await this.#reader.read({ from, now: at, prices, minutes, profiles });
    this.#read = { of, at, ended, use, tookMs: elapsedMs() - begun };
    return use;
  }

  #lastsMs({ ended, tookMs }: Read): number {
    return ended === this.#ended ? readLastsMs : Math.min(readLastsMs, tookMs * share);
  }

  /** A list of one's own that cannot be read must not keep runs from being looked after. */
  #prices(): readonly Price[] {
    const { pricesFile, log } = this.#parts;
    try {
      const own = readPrices(pricesFile) ?? [];
      this.#complained = undefined;
      return [...own, ...priceList];
    } catch (thrown) {
      const error = String(thrown);
      if (error !== this.#complained) log("warn", "budgets are judged by list prices", { error });
      this.#complained = error;
      return priceList;
    }
  }
}

const nothingUsed: DayUse = {
  total: { tokens: 0, usd: 0, unpricedTokens: 0, minutes: 0 },
  byProvider: new Map(),
  byProfile: new Map(),
};

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
