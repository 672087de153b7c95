import { errorKinds, type AgentpoolError, type ErrorCode } from "../../domain/errors.ts";

/**
 * What a refused start means for its task. `wait`: nothing is wrong with it, there is no room now;
 * `final`: asked again it would be refused again; `retry`: something broke on the way.
 */
export type SpawnFailure =
  | { readonly kind: "wait"; readonly untilMs: number; readonly on: "room" | "account" | "time" }
  | { readonly kind: "final" }
  | { readonly kind: "retry" };

/** Room is told of when it comes; these are for what nobody tells of. */
const lookAgainMs = 60_000;
const memoryAgainMs = 5_000;
const storeAgainMs = 5_000;
/** A limit without an end is looked at again after so long. */
const limitAgainMs = 300_000;

const ofStore: readonly ErrorCode[] = ["disk_full", "store_failed", "store_locked"];
const ofQuota: readonly ErrorCode[] = ["quota_low", "usage_policy_blocked"];

export function judgeSpawnFailure(error: AgentpoolError, now: number): SpawnFailure {
  const wait = (on: "room" | "account" | "time", untilMs: number): SpawnFailure => ({
    kind: "wait",
    untilMs,
    on,
  });
  if (error.code === "account_limited") {
    const until = Date.parse(String(error.details?.["until"]));
    return wait("account", Number.isNaN(until) ? now + limitAgainMs : Math.max(until, now));
  }
  if (ofQuota.includes(error.code)) return wait("account", now + limitAgainMs);
  if (ofStore.includes(error.code)) return wait("time", now + storeAgainMs);
  if (error.code === "policy_blocked") {
    const policy = String(error.details?.["policy"]);
    if (policy === "min_free_memory_mb") return wait("room", now + memoryAgainMs);
    if (isAboutRoom(policy)) return wait("room", now + lookAgainMs);
  }
  const { exit } = errorKinds[error.code];
  return exit === 1 || exit === 70 ? { kind: "retry" } : { kind: "final" };
}

/** It is this agent that cannot be had, now or at all: another one might do the task. */
export function isOfAgent({ code }: AgentpoolError): boolean {
  const { exit } = errorKinds[code];
  return (
    code === "account_limited" ||
    code === "provider_not_found" ||
    ofQuota.includes(code) ||
    exit === 4
  );
}

function isAboutRoom(policy: string): boolean {
  return policy === "max_parallel_sessions" || policy.endsWith(".max_parallel");
}
