import type { Style } from "../../../operations/define.ts";
import { table } from "../../../operations/table.ts";

/**
 * - `ok`: it was seen.
 * - `failed`: it was tried and did not happen.
 * - `not_offered`: the definition, the agent or this agentpool has no such thing, and says so.
 * - `not_seen`: it was not tried, or what came back neither proves nor denies it.
 */
export type StepStatus = "ok" | "failed" | "not_offered" | "not_seen";

/** One line of the table: what was tried and what shows that it was so. */
export interface StepReport {
  readonly step: string;
  readonly status: StepStatus;
  /** The channel that showed it: `hook`, `log`, `api`, `screen`, `process`. */
  readonly source: string | null;
  /** The event it is recorded as. */
  readonly event: string | null;
  /** How long it took. */
  readonly ms: number | null;
  /** In words. */
  readonly evidence: string;
}

export interface TrialReport {
  readonly ok: boolean;
  readonly provider_id: string;
  readonly display_name: string;
  readonly version: string | null;
  readonly binary_path: string | null;
  /** Where the definition lies, when it is the user's own. */
  readonly definition: string | null;
  readonly free: boolean;
  readonly turns_spent: number;
  readonly max_turns: number;
  readonly steps: readonly StepReport[];
  /** The folder with repository and home, with --keep. */
  readonly kept: string | null;
}

/** Exit status: 0 when all that is offered was seen, 1 when it did not even start, else 7. */
export function exitStatusOf({ ok, steps }: TrialReport): number {
  if (ok) return 0;
  return steps.some((one) => one.step === "starts" && one.status === "failed") ? 1 : 7;
}

export function renderTrial(report: TrialReport, style: Style): string {
  const colours = {
    ok: style.green,
    failed: style.red,
    not_offered: style.dim,
    not_seen: style.yellow,
  };
  const rows = report.steps.map((one) => [
    one.step,
    colours[one.status](one.status.replace("_", " ")),
    one.source ?? "-",
    one.ms === null ? "-" : formatMs(one.ms),
    one.evidence,
  ]);
  const count = (status: StepStatus): number =>
    report.steps.filter((one) => one.status === status).length;
  const counts = (["ok", "failed", "not_seen", "not_offered"] as const)
    .filter((status) => status === "ok" || count(status) > 0)
    .map((status) => `${count(status)} ${status.replace("_", " ")}`);
  const spent = report.free
    ? `${report.turns_spent} prompts, which cost nothing`
    : `${report.turns_spent} of at most ${report.max_turns} turns spent`;
  return [
    `${style.bold(report.provider_id)}  ${report.version ?? "unknown version"}  ${report.binary_path ?? ""}`,
    "",
    table(["STEP", "STATUS", "SOURCE", "TIME", "EVIDENCE"], rows, style, { wrap: true }),
    "",
    `${counts.join(", ")}; ${spent}`,
    ...(report.kept === null
      ? []
      : [
          `Kept in ${report.kept}; look into it: AGENTPOOL_HOME=${report.kept}/home agentpool sessions`,
        ]),
  ].join("\n");
}

function formatMs(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
