import { processEnded } from "./derive-state.ts";
import { openPrompts } from "./dialog-rules.ts";
import type { Draft } from "./draft.ts";
import type { Observation } from "./observation.ts";
import { closePrompt, endTurn, type RuleContext } from "./turn-rules.ts";

interface ProcessEnd {
  readonly value: "exited" | "gone";
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  readonly because: string;
}

/** The agent's process is no more: nothing it was to do, take or answer goes on. */
export function endProcess(
  draft: Draft,
  ctx: RuleContext,
  { source, at }: Observation,
  end: ProcessEnd,
): void {
  const how = end.value === "gone" ? end.because : processEnded;
  const running = draft.turn(draft.session.currentTurnId);
  if (running) {
    const closing = draft.session.closing !== null;
    const clean = end.exitCode === 0 && running.result !== null;
    endTurn(
      draft,
      ctx,
      running,
      source,
      at,
      closing ? "cancelled" : clean ? "completed" : "failed",
      {
        result: null,
        error: clean ? null : how,
        because: how,
      },
    );
  }
  for (const turn of draft.turns.filter((candidate) => candidate.state === "queued")) {
    draft.setTurn(turn.id, { state: "cancelled", endedAt: at });
    draft.emit(at, { type: "turn_cancelled", turn_id: turn.id, n: turn.n, source, because: how });
  }
  for (const delivery of draft.deliveries) {
    if (["accepted", "refused", "expired", "cancelled"].includes(delivery.state)) continue;
    const because =
      delivery.state === "queued" ? how : `${how} before it showed that it took the text`;
    draft.setDelivery(delivery.id, { state: "refused", endedAt: at, because });
    draft.emit(at, {
      type: "delivery_refused",
      delivery_id: delivery.id,
      turn_id: delivery.turnId,
      source,
      because,
    });
  }
  for (const prompt of openPrompts(draft)) closePrompt(draft, prompt.id, at, how);
  draft.setSession({
    process: { value: end.value, source, at, because: end.because },
    exitCode: end.exitCode,
    exitSignal: end.exitSignal,
    backgroundJobs: 0,
    interrupting: null,
  });
  draft.emit(at, { type: "session_exited", exit_code: end.exitCode, signal: end.exitSignal });
}
