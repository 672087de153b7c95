import { editingRoles, type Role, type WorkspaceMode } from "../../domain/session.ts";
import { policyBlocked } from "../../domain/policy-blocked.ts";
import type { Config } from "../../platform/config/config.ts";

export interface ProviderChoice {
  readonly id: string;
  /** The id and its aliases. */
  readonly names: readonly string[];
}

/** @throws policy_blocked for a provider that may not be started */
export function checkProvider(config: Config, { id, names }: ProviderChoice): void {
  const allowed = config.get("policy.allowed_providers");
  const isNamed = (list: readonly string[]): boolean => names.some((name) => list.includes(name));
  if (isNamed(config.get("policy.denied_providers"))) {
    throw policyBlocked("denied_providers", `${id} may not be started`, {
      why: "policy.denied_providers names it.",
      hint: "agentpool config show --origin",
      details: { provider_id: id },
    });
  }
  if (allowed.length > 0 && !isNamed(allowed)) {
    throw policyBlocked("allowed_providers", `${id} may not be started`, {
      why: `policy.allowed_providers names ${allowed.join(", ")} alone.`,
      hint: "agentpool config show --origin",
      details: { provider_id: id, allowed_providers: allowed },
    });
  }
  if (!config.ofProvider(names, "enabled")) {
    throw policyBlocked(`providers.${id}.enabled`, `${id} is switched off`, {
      why: `providers.${id}.enabled is false.`,
      hint: "agentpool config show --origin",
      details: { provider_id: id },
    });
  }
}

/** @throws policy_blocked for an editing role in a workspace it may not edit */
export function checkIsolation(
  config: Config,
  { role, mode, provider }: { role: Role; mode: WorkspaceMode; provider: string },
): void {
  if (!editingRoles.includes(role)) return;
  const hint = `agentpool spawn --provider ${provider} --role ${role} --isolation worktree --task "..."`;
  const details = { role, isolation: mode };
  if (mode !== "worktree" && config.get("policy.require_worktree_for_edits")) {
    throw policyBlocked("require_worktree_for_edits", `A ${role} needs a worktree of its own`, {
      why: `The isolation is ${mode}, and policy.require_worktree_for_edits is true.`,
      hint,
      details,
    });
  }
  if (mode === "shared" && !config.get("policy.allow_shared_repo_edits")) {
    throw policyBlocked("allow_shared_repo_edits", `A ${role} may not edit the shared folder`, {
      why: "policy.allow_shared_repo_edits is false.",
      hint,
      details,
    });
  }
}

/**
 * The bound in force: what was asked for, else what the configuration says.
 * @throws policy_blocked when more is asked for than that
 */
export function boundOf(
  config: Config,
  key: "max_turns" | "max_runtime_seconds",
  asked: number | null,
): number | null {
  const most = config.get(`policy.${key}`);
  if (asked === null || most === null || asked <= most) return asked ?? most;
  throw policyBlocked(key, `${asked} is more than policy.${key} allows`, {
    why: `It is ${most}.`,
    hint: "agentpool config show --origin",
    details: { asked, most },
  });
}
