import { counted } from "../../../../domain/counted.ts";
import type { DeliveryJson, EventJson } from "../../../../operations/projection.ts";
import { TrialAgent, type Next, type Told } from "../agent.ts";
import { failed, isType, seen, wordsOf, type Seen } from "../seen.ts";
import type { Stage } from "./step.ts";

export interface Started {
  readonly agent: TrialAgent;
  readonly told: Told;
}

/** Starts the agent with its first prompt. */
export async function spawn({ ctx, plan }: Stage, task: string): Promise<Started> {
  const { caller, repository, env, signal } = ctx;
  const spawned = (await caller.call(
    "session.spawn",
    {
      input: {
        provider_id: plan.providerId,
        task,
        name: "trial",
        isolation: "shared",
        initial_prompt_mode: "send_after_launch",
        provider_options: plan.definition.trial?.options ?? {},
      },
      cwd: repository,
      env,
    },
    { signal, timeoutMs: ctx.patience.startMs },
  )) as { readonly session_id: string; readonly delivery: DeliveryJson | null };
  const { id = "", turn_id: turnId = null } = spawned.delivery ?? {};
  return {
    agent: new TrialAgent(ctx, spawned.session_id),
    told: { deliveryId: id, turnId: turnId ?? "" },
  };
}

/** That a process is there. @param askedAt epoch ms */
export async function starts(
  { ctx }: Stage,
  agent: TrialAgent,
  askedAt: number,
): Promise<{ readonly report: Seen; readonly event: EventJson | undefined }> {
  const event = await agent.event(isType("session_started"), ctx.patience.startMs);
  const report = event
    ? { ...seen("process", event), evidence: `pane ${event.pane}, pid ${event.pid ?? "unknown"}` }
    : failed("no process within its time");
  return { report: { ...report, ms: Date.now() - askedAt }, event };
}

/** That a text could be typed, and what was in the way of it. */
export function ready(
  { ctx }: Stage,
  told: Told,
  next: Next,
  started: EventJson | undefined,
): Seen {
  const { events } = ctx.witness;
  const typed = events.find(
    (one) => one.type === "delivery_pasted" && one.delivery_id === told.deliveryId,
  );
  if (!typed) return failed(`the first prompt could not be typed: ${wordsOf(next)}`);
  const idle = events.find((one) => one.type === "session_state_changed" && one.to === "idle");
  const source = idle?.type === "session_state_changed" ? idle.source : "screen";
  const asked = events.filter((one) => one.type === "prompt_opened" && one.kind === "startup");
  const dialogs =
    asked.length === 0 ? "" : `, after ${counted(asked.length, "dialog")} of its start`;
  return {
    ...seen(source, typed),
    ms: started ? Date.parse(typed.at) - Date.parse(started.at) : null,
    evidence: `the first prompt could be handed over${dialogs}`,
  };
}
