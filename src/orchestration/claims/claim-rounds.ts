import { nothing } from "../../domain/decision.ts";
import type { Claim, Claimant, Task } from "../../domain/task.ts";
import { asClaimed, claimAll, type ClaimWish } from "../../domain/claim-rules.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import type { ClaimParts } from "./claims.ts";
import type { Standing } from "./standing.ts";

/** One commit holds up everybody else for so many. */
const mostAtOnce = 32;

interface ClaimRoundsOptions {
  /** Runs a task between the steps of others. */
  readonly inTurn: (task: () => Promise<void>) => Promise<void>;
  readonly standingOf: (wish: ClaimWish) => Promise<Standing>;
  /** A claim was given. */
  readonly expect: (claim: Claim) => void;
}

interface Asking {
  readonly claimant: Claimant;
  readonly wish: ClaimWish;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (task: Task | undefined) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Gives out work. Whoever asks while others are waiting for the same turn is served with them, in the
 * order they came and by one commit: it costs nearly as much for one claim as for all.
 */
export class ClaimRounds {
  readonly #parts: Pick<ClaimParts, "store" | "now">;
  readonly #options: ClaimRoundsOptions;
  #asking: readonly Asking[] = [];
  #isDue = false;

  constructor(parts: Pick<ClaimParts, "store" | "now">, options: ClaimRoundsOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /**
   * What suits best, given; undefined when there is nothing now. Who went away before its turn came
   * is given nothing. @throws the signal's reason, what a commit throws
   */
  claim(claimant: Claimant, wish: ClaimWish, signal?: AbortSignal): Promise<Task | undefined> {
    return new Promise((resolve, reject) => {
      this.#asking = [...this.#asking, { claimant, wish, signal, resolve, reject }];
      if (!this.#isDue) this.#begin();
    });
  }

  #begin(): void {
    this.#isDue = true;
    void this.#options.inTurn(async () => {
      const asking = this.#take();
      this.#isDue = false;
      if (this.#asking.length > 0) this.#begin();
      try {
        const rule = () => this.#rule(asking);
        const given = await commitAfresh(this.#parts.store, rule, { of: "the board" });
        for (const [at, { resolve }] of asking.entries()) resolve(given[at]);
      } catch (thrown) {
        for (const { reject } of asking) reject(thrown);
      }
    });
  }

  /** Those who came first and are still there; one request twice waits for what became of it. */
  #take(): readonly Asking[] {
    const isGone = ({ signal }: Asking): boolean => signal?.aborted === true;
    for (const { reject, signal } of this.#asking.filter(isGone)) reject(signal?.reason);
    this.#asking = this.#asking.filter((one) => !isGone(one));
    const keys = new Set<string>();
    const isAgain = ({ wish: { requestKey } }: Asking): boolean => {
      if (requestKey === null) return false;
      return keys.size === keys.add(requestKey).size;
    };
    const again = this.#asking.findIndex(isAgain);
    const end = Math.min(again === -1 ? Infinity : again, mostAtOnce);
    const taken = this.#asking.slice(0, end);
    this.#asking = this.#asking.slice(end);
    return taken;
  }

  async #rule(asking: readonly Asking[]): Promise<Ruling<readonly (Task | undefined)[]>> {
    const standings: Standing[] = [];
    for (const { wish } of asking) standings.push(await this.#options.standingOf(wish));
    const now = this.#parts.now();
    const asked = asking.map(({ claimant, wish: { requestKey, ...wish } }, at) => {
      const standing = standings[at];
      if (typeof standing?.refusal === "string") return { claimant: null, requestKey };
      const holder = wish.sessionId === null ? null : wish.holder;
      return { claimant: { ...(standing?.claimant ?? claimant), holder }, requestKey };
    });
    const { of, lastToken } = await this.#parts.store.tasks.offers(asked, now);
    const fresh = asking.flatMap(({ wish }, at) => {
      const offer = of[at];
      return offer && !offer.isGiven ? [{ at, wish, task: offer.task }] : [];
    });
    const result = of.map((offer) => offer?.task);
    if (fresh.length === 0) return { decision: nothing, result };
    const { decision, claims } = claimAll(fresh, { now, lastToken });
    const guards = fresh.flatMap(({ at }) => standings[at]?.guards ?? []);
    for (const [n, { at, task }] of fresh.entries()) {
      const claim = claims[n];
      if (!claim) continue;
      this.#options.expect(claim);
      result[at] = asClaimed(task, claim, now);
    }
    return { decision: { ...decision, guards: [...decision.guards, ...guards] }, result };
  }
}
