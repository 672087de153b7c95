import { AgentpoolError } from "../../domain/errors.ts";
import type { TerminalPlace } from "../../domain/session.ts";
import type { StepResult } from "../terminal.ts";
import { isTarget, quote, visiblePattern } from "./quote.ts";
import { isEpoch, staleEpoch, type Ask } from "./server.ts";

export interface Step {
  readonly epoch: number;
  /** Run in this order, all of them or none. */
  readonly commands: readonly string[];
  /** Each must be on the visible screen. */
  readonly onlyWhileVisible?: readonly string[] | undefined;
  /** Run when a precondition failed. */
  readonly otherwise?: readonly string[];
}

const done = "ap:done";
const refusals = ["stale_epoch", "pane_gone", "pane_dead", "in_mode", "not_visible"] as const;

/**
 * Types into a pane, or does not: the server checks every precondition and runs the commands
 * within one command list, so that nothing can change in between.
 * @throws terminal_failed when tmux fails or does not answer
 */
export async function guardedStep(ask: Ask, place: TerminalPlace, step: Step): Promise<StepResult> {
  const pane = paneOf(place);
  const conditions = [
    isEpoch(step.epoch),
    isSamePane(place),
    "#{==:#{pane_dead},0}",
    "#{==:#{pane_in_mode},0}",
    ...(step.onlyWhileVisible ?? [])
      .filter((line) => line.trim() !== "")
      .map((line) => `#{C:${visiblePattern(line)}}`),
  ];
  const allowed = [...step.commands, `display-message -p ${done}`].join(" ; ");
  const refused = [
    ...(step.otherwise ?? []),
    `display-message -p -t ${pane} ${quote(whyRefused(place, step.epoch))}`,
  ].join(" ; ");
  const { blocks, error } = await ask([
    `if-shell -F -t ${pane} ${quote(all(conditions))} { ${allowed} } { ${refused} }`,
  ]);
  const words = blocks.flat();
  if (words.includes(done)) return { ok: true };
  const reason = refusals.find((word) => words.includes(`ap:${word}`));
  if (reason !== undefined) return { ok: false, reason };
  throw new AgentpoolError("terminal_failed", `tmux could not type into pane ${pane}`, {
    why: error ?? "it did not say why",
  });
}

/**
 * Runs a command on a pane that types nothing; on a pane that is gone, or where the condition does
 * not hold, it does nothing.
 * @throws stale_epoch, terminal_failed
 */
export async function runOnPane(
  ask: Ask,
  place: TerminalPlace,
  step: { readonly epoch: number; readonly command: string; readonly condition?: string },
): Promise<void> {
  const pane = paneOf(place);
  const same = isSamePane(place);
  const condition = step.condition === undefined ? same : all([same, step.condition]);
  const inner = `if-shell -F -t ${pane} ${quote(condition)} { ${step.command} }`;
  const { blocks, error } = await ask([
    `if-shell -F ${quote(isEpoch(step.epoch))} { ${inner} } { display-message -p ap:stale_epoch }`,
  ]);
  if (blocks.flat().includes("ap:stale_epoch")) throw staleEpoch(step.epoch);
  // it may go in the very moment between the look and the command
  if (error === undefined || /can't find (pane|window)/.test(error)) return;
  throw new AgentpoolError("terminal_failed", `tmux failed on pane ${pane}`, { why: error });
}

/** The pane id, checked before it becomes part of a command. */
export function paneOf(place: TerminalPlace): string {
  if (isTarget(place.pane)) return place.pane;
  throw new AgentpoolError("invalid_input", `"${place.pane}" is no pane of tmux`);
}

/**
 * Condition: the pane exists and is the one meant. Ids begin anew with each server, so that the
 * pane's process is compared too.
 */
export function isSamePane(place: TerminalPlace): string {
  // without the percent sign: where strftime is expanded too, it is at each level of nesting
  const samePane = `#{==:#{s/^.//:pane_id},${paneOf(place).slice(1)}}`;
  return place.pid === null ? samePane : all([samePane, `#{==:#{pane_pid},${place.pid}}`]);
}

function whyRefused(place: TerminalPlace, epoch: number): string {
  const same = isSamePane(place);
  return [
    `#{?${isEpoch(epoch)},`,
    `#{?${same},`,
    "#{?#{==:#{pane_dead},1},ap:pane_dead,",
    "#{?#{==:#{pane_in_mode},0},ap:not_visible,ap:in_mode}},",
    "ap:pane_gone},",
    "ap:stale_epoch}",
  ].join("");
}

/** Formats know `&&` for two operands only. */
function all(conditions: readonly string[]): string {
  return conditions.reduceRight((rest, condition) => `#{&&:${condition},${rest}}`);
}
