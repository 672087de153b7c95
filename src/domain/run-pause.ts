import type { Decision } from "./decision.ts";
import type { DayStanding } from "./day-budgets.ts";
import { spentDay } from "./day-budgets.ts";
import type { Event } from "./event.ts";
import type { Run } from "./run.ts";
import { RunDraft } from "./run-draft.ts";

/** Who paused a run, and when. */
export interface Pause {
  readonly by: string;
  readonly at: number;
}

/**
 * Pauses a run. Who pauses one that is paused takes the pause over: what a budget paused goes on by
 * itself, and not after a person said that it shall not. The same once more changes nothing.
 */
export function pauseRun(
  run: Run,
  to: { readonly because: string; readonly by: string },
  now: number,
): Decision {
  const draft = new RunDraft(run, now);
  draft.pause(to);
  return draft.decision();
}

/**
 * Who brought about the pause in which a run is, by the run's own changes of state, oldest first.
 * Undefined where retention removed what told it: nobody may end a pause on a guess.
 */
export function pauseOf(events: readonly Event[]): Pause | undefined {
  const last = events.findLast(({ body }) => body.type === "run_state_changed");
  if (last?.body.type !== "run_state_changed" || last.body.to !== "paused") return undefined;
  return { by: last.body.by, at: last.at };
}

/** Why a run that the day's budget paused goes on; null while nothing is left for it. */
export function whyGoesOn({ at }: Pick<Pause, "at">, standing: DayStanding): string | null {
  if (spentDay(standing)) return null;
  return standing.day > at
    ? "the day whose budget was used up is over"
    : "what all sessions may use today was raised, or is not limited any more";
}

/** Goes on, with a reason that only the event tells: a run that is at work needs none. */
export function goOn(
  run: Run,
  { why, by }: { readonly why: string; readonly by: string },
  now: number,
): Decision {
  const draft = new RunDraft(run, now);
  draft.become({ state: "running", because: null, by, why });
  return draft.decision();
}
