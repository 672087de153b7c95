/** What somebody decided and why, as they tell it; never changed afterwards. */
export interface LoggedDecision {
  readonly id: string;
  readonly by: string;
  readonly runId: string | null;
  readonly sessionId: string | null;
  readonly taskId: string | null;
  /** A word for its sort: `design`, `scope`, … */
  readonly kind: string;
  readonly decision: string;
  readonly context: string | null;
  readonly reason: string | null;
  readonly at: number;
  readonly idempotencyKey: string | null;
}
