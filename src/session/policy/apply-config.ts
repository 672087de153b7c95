import type { Config } from "../../platform/config/config.ts";
import type { PlannedSpawn, SpawnRequest } from "../spawn-request.ts";
import { boundOf, checkIsolation, type ProviderChoice } from "./check-choice.ts";

/** Fills in what the caller left to the configuration. @throws policy_blocked for what it refuses */
export function applyConfig(
  config: Config,
  asked: SpawnRequest,
  { id, names }: ProviderChoice,
): PlannedSpawn {
  const mode = asked.mode ?? config.get("policy.default_isolation");
  checkIsolation(config, { role: asked.role, mode, provider: id });
  return {
    ...asked,
    mode,
    model: asked.model ?? config.ofProvider(names, "default_model"),
    maxTurns: boundOf(config, "max_turns", asked.maxTurns),
    maxRuntimeSeconds: boundOf(config, "max_runtime_seconds", asked.maxRuntimeSeconds),
  };
}
