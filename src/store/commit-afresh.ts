import { isNothing, type Decision } from "../domain/decision.ts";
import { AgentpoolError } from "../domain/errors.ts";
import type { Store } from "./store.ts";

/** What a rule wants to be written, and what it answers once that is safe. */
export interface Ruling<T> {
  readonly decision: Decision;
  readonly result: T;
}

/** Each of those who wrote in between got on by it; beyond this a rule can never hold. */
const mostTries = 200;

/**
 * Commits what a rule decides; where somebody wrote in between, the rule is asked again, and has to
 * read anew what it decides on. What wants nothing is not committed.
 * @param options.of what the rule is about, for the error
 * @throws conflict, and what the rule or `commit` throws
 */
export async function commitAfresh<T>(
  store: Pick<Store, "commit">,
  rule: () => Ruling<T> | Promise<Ruling<T>>,
  { of }: { readonly of: string },
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const { decision, result } = await rule();
    if (isNothing(decision)) return result;
    const committed = await store.commit(decision);
    if (committed.ok) return result;
    if (tries < mostTries) continue;
    throw new AgentpoolError("conflict", `Somebody else changed ${of} each time it was read`, {
      hint: "Try again.",
      details: { guard: committed.guard },
    });
  }
}
