import type { Prompt, PromptKind } from "./prompt.ts";
import type { Session } from "./session.ts";

/** What a rule does with a prompt: answer it, leave it to a person, or refuse it. */
export type PolicyVerdict = "allow" | "ask" | "deny";

export interface AnswerRule {
  readonly name: string;
  /** Kinds of dialog it is about; all but questions when absent. */
  readonly kinds?: readonly PromptKind[];
  /** Providers it is about; all when absent. */
  readonly providers?: readonly string[];
  /** Matched against subject and text of the dialog; a rule without patterns matches every one. */
  readonly patterns?: readonly RegExp[];
  readonly verdict: PolicyVerdict;
}

export interface AnswerPolicy {
  /** Tried in order; the first that fits decides, `ask` when none fits. */
  readonly rules: readonly AnswerRule[];
}

/**
 * Never allowed by a rule, whatever it says: what cannot be undone, leaves the machine or takes
 * rights. A person can still answer these.
 */
export const neverAutoAllowed: readonly RegExp[] = [
  /\brm\s+(?:-\w+\s+)*-\w*[rf]/i,
  /\bgit\s+push\b/i,
  /\bgit\s+reset\s+--hard\b/i,
  /\bgit\s+clean\s+-\w*f/i,
  /\bsudo\b|\bdoas\b|\bsu\s+-/i,
  /\bmkfs|\bdd\s+.*of=\/dev\/|>\s*\/dev\/[sh]d/i,
  /\b(?:curl|wget)\b[^|]*\|\s*(?:\w+=\S+\s+)*(?:sudo\s+)?(?:ba|z|da)?sh\b/i,
  /\bchmod\s+(?:-\w+\s+)*777\b|\bchown\b/i,
  /\b(?:npm|pnpm|yarn|cargo|gem|twine)\s+publish\b|\bdocker\s+push\b/i,
  /\bkill(?:all)?\s+-9\b|\bshutdown\b|\breboot\b/i,
  /\.ssh\b|id_(?:rsa|ed25519)|\.aws\/credentials|\.netrc\b/i,
];

export interface PolicyDecision {
  readonly verdict: PolicyVerdict;
  /** The rule that decided; null when none fitted. */
  readonly rule: string | null;
  readonly because: string;
}

/** What the policy says about a prompt. Questions and startup dialogs are answered only by name. */
export function judge(policy: AnswerPolicy, prompt: Prompt, providerId: string): PolicyDecision {
  const about = `${prompt.subject ?? ""}\n${prompt.text}`;
  for (const rule of policy.rules) {
    const kinds = rule.kinds ?? ["approval"];
    if (!kinds.includes(prompt.kind)) continue;
    if (rule.providers && !rule.providers.includes(providerId)) continue;
    if (rule.patterns && !rule.patterns.some((pattern) => pattern.test(about))) continue;
    const danger = neverAutoAllowed.find((pattern) => pattern.test(about));
    if (rule.verdict === "allow" && danger) {
      return {
        verdict: "ask",
        rule: rule.name,
        because: `rule ${rule.name} would allow it, but ${danger.source} is never allowed by rule`,
      };
    }
    return { verdict: rule.verdict, rule: rule.name, because: `rule ${rule.name}` };
  }
  return { verdict: "ask", rule: null, because: "no rule fits" };
}

/** The author of what nobody is waited for. */
const unattended = "supervision_autonomous";

/**
 * What becomes of a dialog without a person: by the rules, and by how its session is supervised. What
 * may cost money is for people, unless `ruledLimits` says otherwise.
 */
export function judgeSupervised(
  prompt: Prompt,
  { supervision, providerId }: Pick<Session, "supervision" | "providerId">,
  { rules, ruledLimits }: { readonly rules: readonly AnswerRule[]; readonly ruledLimits: boolean },
): PolicyDecision {
  if (prompt.kind === "limit" && !ruledLimits) {
    return { verdict: "ask", rule: null, because: "what may cost money is for a person" };
  }
  if (supervision === "human_visible") {
    return { verdict: "ask", rule: null, because: "the dialogs of this session are for people" };
  }
  const decision = judge({ rules }, prompt, providerId);
  if (supervision !== "autonomous" || decision.verdict !== "ask") return decision;
  const canBeDenied =
    (prompt.kind === "approval" || prompt.kind === "plan") &&
    prompt.options.some((option) => option.role === "deny");
  if (!canBeDenied) return decision;
  return {
    verdict: "deny",
    rule: unattended,
    because: `${decision.because}, and nobody is waited for`,
  };
}
