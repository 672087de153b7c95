import { policyBlocked } from "../../domain/policy-blocked.ts";
import type { Config } from "../../platform/config/config.ts";

const mebi = 1024 * 1024;

/**
 * Refuses to start an agent where memory is short: the kernel would end something else for it.
 * @param available bytes that can be had, undefined where the system does not tell
 * @throws policy_blocked
 */
export function checkMemory(config: Config, available: number | undefined): void {
  const least = config.get("policy.min_free_memory_mb");
  if (least === 0 || available === undefined) return;
  const free = Math.floor(available / mebi);
  if (free >= least) return;
  throw policyBlocked("min_free_memory_mb", `${free} MiB of memory are available`, {
    why: `policy.min_free_memory_mb is ${least}.`,
    hint: "agentpool sessions",
    details: { available_mb: free, min_free_memory_mb: least },
  });
}

/** Bytes that can be had. macOS counts its caches as used, so that the figure says nothing there. */
export function availableMemory(): number | undefined {
  return process.platform === "linux" ? process.availableMemory() : undefined;
}
