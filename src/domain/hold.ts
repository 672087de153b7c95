/**
 * What a lease, a claim and an approval have in common: somebody holds something until a moment,
 * and a number tells whether they still do.
 */
export interface Hold {
  /** `session:ap_…` or `agent:<name>`. */
  readonly holder: string;
  /**
   * Fencing token: rises with everything that is given out of this kind, so that whoever comes with
   * a lower one than the present holder's has lost the thing meanwhile.
   */
  readonly token: number;
  /** Epoch ms; what a session holds is prolonged for as long as that lives. */
  readonly expiresAt: number;
}

/**
 * Holds while the highest token of this kind is still `last`: nothing was given out since it was
 * read. What is given back meanwhile does no harm to a decision to give out.
 */
export interface TokenGuard {
  readonly noun: "token";
  /** `graph` counts the changes in which task waits for which: a task was added, ended, or reopened. */
  readonly of: "lease" | "claim" | "graph" | "message";
  readonly last: number;
}

export function sessionHolder(sessionId: string): string {
  return `session:${sessionId}`;
}

/** Somebody outside of agentpool, by the name they go by. */
export function agentHolder(name: string): string {
  return `agent:${name}`;
}

/** Whether its time is over; what a session holds ends with the session instead. */
export function isDue(hold: Hold, now: number): boolean {
  return hold.expiresAt <= now;
}

/** Prolonged when half of its time is gone, so that a supervisor has the other half to come back. */
export function shouldRenew(hold: Hold, ttlMs: number, now: number): boolean {
  return hold.expiresAt - now <= ttlMs / 2;
}

/** Whether this is still the one that was given with `token`; without a token nothing is claimed. */
export function isFenced(hold: Hold, token: number | null): boolean {
  return token !== null && token !== hold.token;
}
