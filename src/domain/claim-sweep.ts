import type { HeldClaim } from "./claim-rules.ts";
import { isDue, shouldRenew } from "./hold.ts";

export interface Sweep {
  /** Silently prolonged: their sessions live. */
  readonly renew: readonly string[];
  /** Lost, with the reason. */
  readonly lost: readonly { readonly id: string; readonly because: string }[];
  /** When time alone changes something next, epoch ms; null for never. */
  readonly nextAt: number | null;
}

/**
 * What time has brought to claims: those of live sessions hold, those of ended ones are over, and
 * all others are when nobody renewed them.
 * @param options.isAwake false for a while after the clock jumped or nobody could have renewed:
 *   until then nothing expires by the clock
 */
export function sweep(
  claims: readonly HeldClaim[],
  {
    now,
    isLive,
    isAwake,
  }: {
    readonly now: number;
    readonly isLive: (sessionId: string) => boolean;
    readonly isAwake: boolean;
  },
): Sweep {
  const renewed: string[] = [];
  const lost: { id: string; because: string }[] = [];
  let nextAt: number | null = null;
  const next = (at: number): void => {
    nextAt = nextAt === null ? at : Math.min(nextAt, at);
  };
  for (const { id, claim: held } of claims) {
    // the clock was set back: nobody was promised longer than this
    const isTooFar = held.expiresAt > now + held.ttlMs;
    if (held.sessionId !== null && !isLive(held.sessionId)) {
      lost.push({ id, because: "its session ended" });
    } else if (held.sessionId !== null && shouldRenew(held, held.ttlMs, now)) {
      renewed.push(id);
      next(now + held.ttlMs / 2);
    } else if (isTooFar) {
      renewed.push(id);
      next(held.sessionId === null ? now + held.ttlMs : now + held.ttlMs / 2);
    } else if (held.sessionId !== null) next(held.expiresAt - held.ttlMs / 2);
    else if (!isDue(held, now)) next(held.expiresAt);
    else if (isAwake) lost.push({ id, because: "nobody renewed the claim" });
  }
  return { renew: renewed, lost, nextAt };
}
