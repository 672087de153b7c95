import type { AgentContext, Next, Told, TrialAgent } from "../agent.ts";
import type { TrialPlan } from "../plan.ts";
import type { Seen } from "../seen.ts";

/** What the steps of a trial share. */
export interface Stage {
  readonly ctx: AgentContext;
  readonly plan: TrialPlan;
  /** Makes the session free for the next step, or notes that it never will be. */
  readonly leave: (agent: TrialAgent, next: Next) => Promise<void>;
}

/** A step that costs a turn: what came of one prompt. */
export type Step = (stage: Stage, agent: TrialAgent, told: Told, text: string) => Promise<Seen>;
