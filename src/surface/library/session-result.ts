import { wasTimeout } from "../../domain/attempt-rules.ts";
import type { TokensJson } from "../../operations/statistics/shape.ts";
import type { Camel } from "./camel-case.ts";
import type { AgentPoolClient } from "./client.ts";

export type SessionStatus = "completed" | "failed" | "timeout" | "cancelled";

/** What became of one task. */
export interface SessionResult {
  /** Name of the task in its pool, stage or team. */
  readonly agentId: string;
  readonly status: SessionStatus;
  /** The agent's final message; null without a result. */
  readonly response: string | null;
  /** Why there is none; null for a completed task. */
  readonly error: string | null;
  /** The model its log names, else the one that was asked for; null when neither is known. */
  readonly model: string | null;
  /**
   * What its session told of tokens, with an estimate of their cost; null when it told nothing. Of a
   * session that did several tasks (`reuseSessions`), those of all together.
   */
  readonly tokens: Camel<TokensJson> | null;
  /** From its claim to its end; 0 for what was never begun. */
  readonly durationSeconds: number;
  readonly taskId: string;
  /** The session of its last attempt, `agentpool session show <id>`; null when none was started. */
  readonly sessionId: string | null;
  /** How often it was tried. */
  readonly attempts: number;
}

/** What came of a task that ended, read from the store. */
export async function readResult(
  client: AgentPoolClient,
  taskId: string,
  nameOf: (key: string | null) => string,
): Promise<SessionResult> {
  const { task } = await client.task.show({ taskId });
  const sessionId = task.claim?.sessionId ?? null;
  const shown = sessionId === null ? null : await client.session.show({ sessionId });
  const claimedAt = task.claim === null ? null : Date.parse(task.claim.claimedAt);
  const endedAt = task.endedAt === null ? null : Date.parse(task.endedAt);
  const isCompleted = task.state === "completed";
  return {
    agentId: nameOf(task.key),
    status: isCompleted ? "completed" : statusOf(task.state, task.error),
    response: isCompleted ? (task.result ?? "") : task.result,
    error: isCompleted ? null : (task.error ?? task.because ?? task.state),
    model: shown === null ? null : (modelIn(shown.turns) ?? shown.session.model),
    tokens: shown?.tokens ?? null,
    durationSeconds:
      claimedAt === null || endedAt === null ? 0 : Math.max(0, endedAt - claimedAt) / 1_000,
    taskId,
    sessionId,
    attempts: task.attempt,
  };
}

function statusOf(state: string, error: string | null): SessionStatus {
  if (state === "cancelled") return "cancelled";
  return wasTimeout(error) ? "timeout" : "failed";
}

/** The model that wrote most, where the agent's log names models. */
function modelIn(
  turns: readonly {
    readonly tokens: {
      readonly models?: Readonly<Record<string, { readonly output: number }>>;
    } | null;
  }[],
): string | null {
  const written = new Map<string, number>();
  for (const { tokens } of turns) {
    for (const [model, { output }] of Object.entries(tokens?.models ?? {})) {
      written.set(model, (written.get(model) ?? 0) + output);
    }
  }
  return [...written].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}
