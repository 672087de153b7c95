import { isScheduled } from "../../domain/attempt-key.ts";
import type { Claim } from "../../domain/task.ts";
import { renew } from "../../domain/claim-rules.ts";
import { sweep } from "../../domain/claim-sweep.ts";
import { elapsedMs } from "../../platform/clock.ts";
import type { ClaimParts } from "./claims.ts";

/** Timers do not fire before; a claim that is due is looked at once more after this. */
const leastPauseMs = 20;
/** The clock may jump meanwhile, and no timer tells. */
const longestPauseMs = 60_000;
/** Who could not be heard for a while has this long to renew before anything expires. */
const graceMs = 5_000;
/** By so much the two clocks may differ before one of them jumped. */
const jumpMs = 2_000;

interface KeeperOptions {
  /** Milliseconds of a clock that never jumps. */
  readonly elapsed?: () => number;
  /** Runs a task between the steps of others. */
  readonly inTurn: (task: () => Promise<void>) => Promise<void>;
  /** Takes a claim back, within the turn. */
  readonly lose: (id: string, because: string) => Promise<void>;
}

/**
 * What time does to claims: at the start once sessions were adopted, at the moment something is
 * due, when a session ends, and when the clock jumped. Sessions' claims hold for as long as those
 * live; others expire, but not before their holders had a chance to renew.
 */
export class ClaimKeeper {
  readonly #parts: ClaimParts;
  readonly #options: KeeperOptions;
  readonly #elapsed: () => number;
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = Infinity;
  #closed = false;
  #steadySince: number;
  #lastLook: { readonly now: number; readonly elapsed: number };

  constructor(parts: ClaimParts, options: KeeperOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#elapsed = options.elapsed ?? elapsedMs;
    this.#steadySince = this.#elapsed();
    this.#lastLook = { now: parts.now(), elapsed: this.#elapsed() };
  }

  async open(): Promise<void> {
    this.#steadySince = this.#elapsed();
    await this.sweep();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** A claim was given; it will be looked at in time. */
  expect({ sessionId, ttlMs }: Claim): void {
    this.sweepSoon(sessionId === null ? ttlMs : ttlMs / 2);
  }

  async sweep(): Promise<void> {
    const { store, now } = this.#parts;
    await this.#options.inTurn(async () => {
      this.#lookAtClocks();
      const claims = await store.tasks.claims();
      const live = new Set((await store.sessions.live()).map(({ id }) => id));
      const untilAwakeMs = this.#steadySince + graceMs - this.#elapsed();
      const isAwake = untilAwakeMs <= 0;
      const at = now();
      const found = sweep(claims, { now: at, isLive: (id) => live.has(id), isAwake });
      const byId = new Map(claims.map((held) => [held.id, held]));
      for (const id of found.renew) {
        const held = byId.get(id);
        if (held) await store.commit(renew(held, null, at));
      }
      for (const { id, because } of found.lost) {
        const claim = byId.get(id)?.claim;
        if (claim && isScheduled(id, claim)) continue;
        await this.#options.lose(id, because);
      }
      this.#wakesAt = Infinity;
      if (!isAwake && claims.length > 0) this.sweepSoon(untilAwakeMs);
      if (found.nextAt !== null) this.sweepSoon(found.nextAt - at);
      else if (claims.length > 0) this.sweepSoon(longestPauseMs);
    });
  }

  /** Sooner than planned where that is later, never later. */
  sweepSoon(inMs: number): void {
    if (this.#closed) return;
    const pause = Math.min(Math.max(inMs, inMs <= 0 ? 0 : leastPauseMs), longestPauseMs);
    const at = this.#elapsed() + pause;
    if (at >= this.#wakesAt) return;
    this.#wakesAt = at;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#wakesAt = Infinity;
      this.sweep().catch((thrown: unknown) => {
        if (this.#closed) return;
        this.#parts.log("error", "claims could not be looked after", { error: String(thrown) });
        this.sweepSoon(leastPauseMs * 50);
      });
    }, pause);
    this.#timer.unref();
  }

  #lookAtClocks(): void {
    const look = { now: this.#parts.now(), elapsed: this.#elapsed() };
    const drift = look.now - this.#lastLook.now - (look.elapsed - this.#lastLook.elapsed);
    if (Math.abs(drift) > jumpMs) this.#steadySince = look.elapsed;
    this.#lastLook = look;
  }
}
