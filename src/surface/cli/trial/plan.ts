import type { ProviderDefinition } from "../../../provider/definition.ts";
import type { FoundBinary } from "../../../provider/find-binary.ts";
import type { Instructions } from "./instructions.ts";
import type { StepReport } from "./report.ts";

export interface TrialPlan {
  readonly definition: ProviderDefinition;
  /** What `--provider` is given. */
  readonly providerId: string;
  readonly found: FoundBinary;
  readonly instructions: Instructions;
  readonly maxTurns: number;
  /** Told when a step is over. */
  readonly say: (step: StepReport) => void;
}

/** Turns a whole trial takes, one for each prompt and one after resuming. */
export function turnsOf(definition: ProviderDefinition, instructions: Instructions): number {
  const prompts = Object.values(instructions).filter((text) => text !== null).length;
  // what one session was told twice is told once more where no other prompt is a second one
  const again = instructions.lines === null && instructions.reply !== null ? 1 : 0;
  const resumed = whyNoResume(definition) === null && instructions.reply !== null ? 1 : 0;
  return prompts + again + resumed;
}

/** Why a session of this provider cannot be resumed; null when it can. */
export function whyNoResume({ options }: ProviderDefinition): string | null {
  return options.resume === true ? null : "its definition does not say how";
}
