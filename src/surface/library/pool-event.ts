import type { SessionResult } from "./session-result.ts";

/** A session was started for a task, or again after an attempt that failed. */
export interface AgentStarted {
  readonly taskId: string;
  readonly sessionId: string;
  readonly attempt: number;
  readonly provider: string;
  /** The model that was asked for; null for the CLI's own default. */
  readonly model: string | null;
}

/** An agent waits for somebody: `agentpool answer`, or `client.session.answer`. */
export interface AgentWaiting {
  readonly sessionId: string;
  /** `awaiting_input`, `awaiting_approval` or `limited`. */
  readonly state: string;
  readonly because: string;
}

interface OfRun {
  readonly runId: string;
  /** When it was told here, epoch ms. */
  readonly at: number;
}

type OfAgent = OfRun & { readonly agentId: string };

/** What happens in a run, as a program follows it. */
export type PoolEvent =
  | ({ readonly type: "run_started" } & OfRun)
  | ({ readonly type: "agent_started"; readonly data: AgentStarted } & OfAgent)
  | ({ readonly type: "agent_waiting"; readonly data: AgentWaiting } & OfAgent)
  | ({ readonly type: "agent_complete"; readonly data: SessionResult } & OfAgent)
  | ({
      readonly type: "run_ended";
      /** `completed`, `partial`, `failed` or `cancelled`. */
      readonly state: string;
      readonly because: string | null;
    } & OfRun);

type AgentEvent = Extract<PoolEvent, { readonly agentId: string }>;

/**
 * Told of each agent as it starts, waits and ends, however it ends; `events()` gives the same with
 * types that fit together. What it throws is a warning of the process and stops nothing.
 */
export type EventCallback = (
  agentId: string,
  eventType: AgentEvent["type"],
  data: AgentEvent["data"],
) => void | Promise<void>;
