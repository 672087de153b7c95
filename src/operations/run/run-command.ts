import type { RunKindName } from "../../domain/run.ts";
import {
  defineOperation,
  type OperationContext,
  type OperationSchemas,
  type Style,
  type Z,
} from "../define.ts";
import {
  estimateOption,
  estimateRun,
  estimateText,
  startedJson,
  type Estimated,
} from "./estimate.ts";
import type { RunView } from "./run-json.ts";
import { runFlags, runOptions, startRun, type ReadyRun, type RunOptions } from "./run-options.ts";
import { notesText, outcomeText } from "./run-text.ts";
import { runExitCode, waitsForPerson } from "./run-view.ts";

/** What beginning a run may be refused for, however it is written. */
export const startErrors = [
  "provider_required",
  "provider_not_found",
  "invalid_run",
  "invalid_input",
  "invalid_config",
  "idempotency_conflict",
  "budget_used_up",
  "policy_blocked",
  "run_not_found",
  "ambiguous_id",
] as const;

export interface RunInput extends RunOptions {
  estimate: boolean;
}

/** What is its own of a kind's command; all else is the same for every kind. */
interface RunCommand<Kind extends RunKindName, Input extends RunInput, Fields> {
  readonly kind: Kind;
  readonly summary: string;
  readonly about: string;
  readonly fields: (z: Z) => Fields;
  readonly positionals: readonly string[];
  readonly short?: Readonly<Record<string, string>>;
  readonly examples: readonly string[];
  /** Reads and checks what is to be begun. */
  readonly ready: (ctx: OperationContext, input: Input) => Promise<ReadyRun>;
}

/** The command that begins a run of one kind, or says what it would take, and follows it to its end. */
export function runCommand<Input extends RunInput>() {
  return <const Kind extends RunKindName, const Fields extends OperationSchemas["input"]["shape"]>(
    of: RunCommand<Kind, Input, Fields>,
  ) =>
    defineOperation<Input, Started>()({
      name: `run.${of.kind}`,
      toolset: "runs",
      summary: of.summary,
      about:
        `${of.about} Without --detach it is followed to its end; the run goes on without this ` +
        "command all the same.",
      effect: "write",
      wantsEnvironment: true,
      schemas: (z) => ({
        input: z.strictObject({ ...of.fields(z), ...runOptions(z), ...estimateOption(z) }),
        output: startedJson(z),
      }),
      errors: [...startErrors],
      cli: {
        command: `run ${of.kind}`,
        group: "Core",
        positionals: of.positionals,
        flags: runFlags,
        short: of.short ?? { provider_id: "p", concurrency: "c", detach: "d", file: "f" },
        ids: "run.id",
        examples: of.examples,
        render,
        exitCode,
      },
      run: async (ctx, input) => {
        const ready = await of.ready(ctx, input);
        return input.estimate ? estimateRun(ctx.app, ready) : startRun(ctx, input, ready);
      },
    });
}

type Started = RunView | Estimated;

function render(output: Started, style: Style): string {
  return "estimate" in output
    ? estimateText(output, style)
    : notesText(output, style) + outcomeText(output, style);
}

/** A run that goes on by itself was begun as asked. */
function exitCode(output: Started): number {
  if ("estimate" in output) return 0;
  if (output.run.ended_at !== null) return runExitCode(output);
  return waitsForPerson(output.run) ? 8 : 0;
}
