import { defaultScaling, type ScalingRules } from "../../domain/scaling-rules.ts";
import { mostWorkers } from "../../domain/worker-group.ts";
import type { Z } from "../define.ts";

/** How many workers there may be, as somebody asks for it. */
export interface RulesInput {
  min?: number;
  max?: number;
  tasks_per_worker?: number;
  step?: number;
  cool_down_seconds?: number;
  break_after?: number;
  break_seconds?: number;
}

/** @param presets whether what is left out is as agentpool has it, and not as it was */
export function rulesFields(z: Z, { presets = true }: { readonly presets?: boolean } = {}) {
  const count = (least: number, description: string) =>
    z.number().int().min(least).max(mostWorkers).optional().describe(description);
  const seconds = (description: string) =>
    z.number().min(0.1).max(86_400).optional().describe(description);
  const preset = defaultScaling;
  const or = (value: number): string => (presets ? ` (default ${value})` : "");
  return {
    min: count(0, `Workers that are kept without work, too${or(preset.min)}`),
    max: count(0, `Workers at most${or(preset.max)}`),
    tasks_per_worker: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe(`So many waiting tasks are worth one worker${or(preset.tasksPerWorker)}`),
    step: count(1, `Started or drained at once${or(preset.step)}`),
    cool_down_seconds: seconds(`Idle so long, a worker drains${or(preset.coolDownMs / 1_000)}`),
    break_after: count(1, `Failed starts in a row that stop further ones${or(preset.breakAfter)}`),
    break_seconds: seconds(
      `For so long, doubled with each further one${or(preset.breakMs / 1_000)}`,
    ),
  };
}

/** What was said of the rules, in the words of the domain. */
export function rulesOf(input: RulesInput): Partial<ScalingRules> {
  const ms = (seconds: number): number => Math.round(seconds * 1_000);
  return {
    ...(input.min === undefined ? {} : { min: input.min }),
    ...(input.max === undefined ? {} : { max: input.max }),
    ...(input.tasks_per_worker === undefined ? {} : { tasksPerWorker: input.tasks_per_worker }),
    ...(input.step === undefined ? {} : { step: input.step }),
    ...(input.cool_down_seconds === undefined ? {} : { coolDownMs: ms(input.cool_down_seconds) }),
    ...(input.break_after === undefined ? {} : { breakAfter: input.break_after }),
    ...(input.break_seconds === undefined ? {} : { breakMs: ms(input.break_seconds) }),
  };
}
