import type { ParallelGuard } from "../../domain/decision.ts";
import type { AgentpoolError } from "../../domain/errors.ts";
import { policyBlocked } from "../../domain/policy-blocked.ts";
import { workingStates } from "../../domain/session.ts";
import type { Config } from "../../platform/config/config.ts";
import type { Store } from "../../store/store.ts";
import type { ProviderChoice } from "./check-choice.ts";

/** So many of those at work are named in an error. */
const named = 100;

/** What must hold in the commit that begins this session, whoever else begins one at that moment. */
export function parallelGuards(
  config: Config,
  sessionId: string,
  { id, names }: ProviderChoice,
): ParallelGuard[] {
  const byProvider = config.get("policy.max_parallel_per_provider");
  const inMap = names.map((name) => byProvider[name]).find((most) => most !== undefined);
  const own = config.ofProvider(names, "max_parallel");
  const guard = (policy: string, max: number, providerId: string | null): ParallelGuard => ({
    noun: "parallel",
    id: sessionId,
    providerId,
    max,
    policy,
  });
  return [
    guard("max_parallel_sessions", config.get("policy.max_parallel_sessions"), null),
    ...(inMap === undefined ? [] : [guard("max_parallel_per_provider", inMap, id)]),
    ...(own === null ? [] : [guard(`providers.${id}.max_parallel`, own, id)]),
  ];
}

/**
 * Says early what the commit would refuse, before anything is made for the session.
 * @throws policy_blocked
 */
export async function checkParallel(
  store: Pick<Store, "sessions">,
  guards: readonly ParallelGuard[],
): Promise<void> {
  for (const guard of guards) {
    const { total } = await working(store, guard);
    if (total >= guard.max) throw await tooMany(store, guard);
  }
}

/** The refusal of a guard that did not hold. */
export async function tooMany(
  store: Pick<Store, "sessions">,
  guard: ParallelGuard,
): Promise<AgentpoolError> {
  const { total, ids } = await working(store, guard);
  const whose = guard.providerId === null ? "" : ` of ${guard.providerId}`;
  const [oldest] = ids.slice(-1);
  return policyBlocked(guard.policy, `${total} sessions${whose} are at work`, {
    why: `${guard.policy} is ${guard.max}. Idle sessions do not count.`,
    hint:
      oldest === undefined
        ? "agentpool config show --origin"
        : `agentpool observe ${oldest} --wait-for idle --timeout 600`,
    details: {
      active_count: total,
      active_sessions: ids,
      max: guard.max,
      ...(guard.providerId === null ? {} : { provider_id: guard.providerId }),
    },
  });
}

async function working(
  { sessions }: Pick<Store, "sessions">,
  { id, providerId }: ParallelGuard,
): Promise<{ readonly total: number; readonly ids: readonly string[] }> {
  const found = await sessions.list({
    states: workingStates,
    ...(providerId === null ? {} : { providerId }),
    limit: named,
    offset: 0,
  });
  const ids = found.sessions.map((one) => one.id).filter((one) => one !== id);
  const isCounted = found.sessions.length > ids.length;
  return { total: found.total - (isCounted ? 1 : 0), ids };
}
