import { readEventFault } from "../../orchestration/scheduler/event-fault.ts";
import { readFacts } from "../../orchestration/scheduler/run-book.ts";
import { resolveRun } from "../../orchestration/scheduler/run-error.ts";
import type { Prompt } from "../../domain/prompt.ts";
import type { Run, RunFacts } from "../../domain/run.ts";
import { Bell } from "../../platform/bell.ts";
import type { App } from "../app.ts";
import { projectRunView, type RunView } from "./run-json.ts";

/** A run and all its tasks, as the store has them. @throws run_not_found, ambiguous_id */
export async function viewRun(
  { store }: Pick<App, "store">,
  idOrName: string,
): Promise<{ readonly run: Run; readonly view: RunView }> {
  const run = await resolveRun(store, idOrName);
  const facts = await readFacts(store, run);
  // the rules of all kinds are more than a list of sessions needs
  const { runKind } = await import("../../orchestration/kinds/index.ts");
  const order = runKind(run.kind).order(facts);
  const dialogs = await dialogsOf(store, facts);
  const eventFault = run.onEvent === null ? undefined : await readEventFault(store, run.id);
  return { run, view: projectRunView(facts, { order, dialogs, eventFault }) };
}

/** What agents of a run wait for, beside its approvals: nobody else tells that it stands still. */
async function dialogsOf({ prompts }: App["store"], { tasks }: RunFacts): Promise<Prompt[]> {
  const atWork = new Set(
    [...tasks.values()].flatMap(({ state, claim }) =>
      state === "claimed" && claim?.sessionId ? [claim.sessionId] : [],
    ),
  );
  if (atWork.size === 0) return [];
  const open = await prompts.open();
  return open.filter(({ sessionId, state }) => atWork.has(sessionId) && state === "open");
}

/**
 * Waits until a run is over, or waits for somebody's decision; ends early with the signal or the
 * time. Woken by commits. `tell` is called with what is new.
 */
export async function waitForRun(
  { store, now }: Pick<App, "store" | "now">,
  id: string,
  options: {
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
    /** Goes on waiting while somebody's decision is missing. */
    readonly throughApprovals: boolean;
    readonly tell: (view: RunView) => void;
  },
): Promise<RunView> {
  const until = now() + options.timeoutMs;
  const bell = new Bell();
  const stop = store.onCommit((events) => {
    // a dialog of an agent is told of as its session's
    if (events.some(({ runId, body }) => runId === id || body.type.startsWith("prompt_")))
      bell.ring();
  });
  try {
    for (;;) {
      const { run, view } = await viewRun({ store }, id);
      options.tell(view);
      const isHeldUp = waitsForPerson(run) && !options.throughApprovals;
      const leftMs = until - now();
      if (run.endedAt !== null || isHeldUp || leftMs <= 0 || options.signal.aborted) return view;
      await bell.wait(leftMs, options.signal);
    }
  } finally {
    stop();
  }
}

/** Whether a run does not go on until somebody decides: an approval is missing, or it is paused. */
export function waitsForPerson({ state }: { readonly state: string }): boolean {
  return state === "awaiting_approval" || state === "paused";
}

/** What a shell says of a run: 0 completed, 7 partial, 1 failed or cancelled, 8 a decision is missing, 124 not over. */
export function runExitCode({ run }: RunView): number {
  const codes: Readonly<Record<string, number>> = {
    completed: 0,
    partial: 7,
    failed: 1,
    cancelled: 1,
  };
  return waitsForPerson(run) ? 8 : (codes[run.state] ?? 124);
}

/** `3 of 8 done, 1 failed, 2 at work` */
export function progressText({ run: { progress, ended_at: endedAt } }: RunView): string {
  if (progress.total === 0) return endedAt === null ? "no tasks yet" : "no tasks";
  const parts = [`${progress.completed} of ${progress.total} done`];
  if (progress.failed > 0) parts.push(`${progress.failed} failed`);
  if (progress.cancelled > 0) parts.push(`${progress.cancelled} cancelled`);
  if (progress.claimed > 0) parts.push(`${progress.claimed} at work`);
  if (progress.blocked > 0) parts.push(`${progress.blocked} waiting`);
  return parts.join(", ");
}
