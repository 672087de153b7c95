import { AgentpoolError } from "./errors.ts";

/** A setting refuses what was asked for. `policy` is its key, without the section. */
export function policyBlocked(
  policy: string,
  what: string,
  parts: {
    readonly why: string;
    /** A command that does what is allowed, or shows the setting. */
    readonly hint: string;
    readonly details?: Readonly<Record<string, unknown>>;
  },
): AgentpoolError {
  return new AgentpoolError("policy_blocked", what, {
    why: parts.why,
    hint: parts.hint,
    details: { policy, ...parts.details },
  });
}
