import type { Profile } from "../../domain/profile.ts";
import { isWiderMode } from "../../domain/starting-rights.ts";

/** From the least to the most. */
const toolsets: readonly Profile["toolset"][] = [null, "worker", "lead"];

/**
 * What a project's profile would allow beyond what it stands for, or beyond a worker where it is new:
 * whoever works in a project did not write its files. It names no provider either, since that would
 * choose whose account is used.
 */
export function widenings(profile: Profile, base: Profile | undefined): string[] {
  const allowed = { mode: base?.mode ?? "worktree", toolset: base ? base.toolset : "worker" };
  const { mode, toolset, providerId, fallback } = profile;
  const found: string[] = [];
  if (mode !== null && isWiderMode(mode, allowed.mode)) {
    found.push(
      `isolation ${mode} is more than ${allowed.mode}, which a project's profile may have here`,
    );
  }
  if (base && base.mode !== null && mode === null) {
    found.push(`lacks isolation: the ${base.name} of agentpool has ${base.mode}`);
  }
  if (toolsets.indexOf(toolset) > toolsets.indexOf(allowed.toolset)) {
    const most = allowed.toolset ?? "none";
    found.push(`tools ${toolset} are more than ${most}, which a project's profile may have here`);
  }
  if (providerId !== null) found.push("provider cannot be chosen by a project");
  if (fallback.length > 0) found.push("fallback cannot be chosen by a project");
  return found.map((text) => `${text}; write it into a profile of your own`);
}
