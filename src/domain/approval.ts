export const approvalKinds = ["plan", "action", "spend"] as const;
export type ApprovalKind = (typeof approvalKinds)[number];

export const approvalStates = ["pending", "approved", "rejected", "expired", "cancelled"] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** A decision somebody waits for. Whoever asked cannot decide it; nobody's silence is a yes. */
export interface Approval {
  readonly id: string;
  readonly kind: ApprovalKind;
  readonly runId: string | null;
  /** Unique within its run: by this a run kind knows what it asked already. */
  readonly key: string | null;
  readonly taskId: string | null;
  /** The session that asked, if one did. */
  readonly sessionId: string | null;
  readonly subject: string;
  readonly body: string;
  /** Principal, as in `formatPrincipal`. */
  readonly requestedBy: string;
  readonly state: ApprovalState;
  readonly decidedBy: string | null;
  readonly comment: string | null;
  readonly createdAt: number;
  /** From then on it is refused, epoch ms. */
  readonly expiresAt: number;
  readonly decidedAt: number | null;
  readonly idempotencyKey: string | null;
}

export const defaultApprovalMs = 3_600_000;
