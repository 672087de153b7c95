import type { Approval, ApprovalKind } from "../../domain/approval.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { participantOf } from "../../domain/participant.ts";
import { formatPrincipal, type Principal } from "../../domain/principal.ts";
import { redact } from "../../platform/redact.ts";
import type { Asker } from "../../session/asker.ts";
import type { SessionParts } from "../../session/parts.ts";
import { lineageOf, runOf } from "../../session/lineage.ts";
import { agentsPart } from "../../session/policy/agents-part.ts";
import { approvalsSeenBy, refuseOtherApproval, refuseOtherTask, refuseOwnGate } from "../reach.ts";
import type { Approvals } from "./approvals.ts";
import { findApproval } from "./find-approval.ts";

/** What may be asked about approvals, by whom, in the words of whoever asks. */
export class ApprovalRequests {
  readonly #parts: Pick<SessionParts, "store">;
  readonly #approvals: Approvals;

  constructor(parts: Pick<SessionParts, "store">, approvals: Approvals) {
    this.#parts = parts;
    this.#approvals = approvals;
  }

  /** @throws policy_blocked, other_run, idempotency_conflict */
  async request(
    request: {
      readonly kind: ApprovalKind;
      readonly subject: string;
      readonly body: string;
      readonly taskId: string | null;
      readonly timeoutMs: number;
      readonly agent: string | null;
    },
    asker: Pick<Asker, "principal" | "idempotencyKey">,
  ): Promise<Approval> {
    const { agent, subject, body, ...rest } = request;
    const { principal } = asker;
    refuseOtherName(principal, agent);
    await refuseOtherTask(this.#parts.store, principal, request.taskId);
    return this.#approvals.ask({
      ...rest,
      subject: redact(subject),
      body: redact(body),
      runId: await runOf(this.#parts.store, principal),
      key: null,
      sessionId: principal.kind === "session" ? principal.sessionId : null,
      requestedBy: participantOf(principal, agent),
      idempotencyKey: asker.idempotencyKey,
    });
  }

  /**
   * With `dryRun` as it would be decided, while its state stays.
   * @throws own_approval, not_decider, approval_over, approval_not_found, ambiguous_id, policy_blocked,
   *   other_run
   */
  async decide(
    request: {
      readonly approval: string;
      readonly state: "approved" | "rejected";
      readonly comment: string | null;
      readonly agent: string | null;
      readonly dryRun?: boolean;
    },
    { principal }: Pick<Asker, "principal">,
  ): Promise<Approval> {
    refuseOtherName(principal, request.agent);
    const { store } = this.#parts;
    const approval = await this.#find(request.approval, principal);
    const { id } = approval;
    await refuseOtherApproval(store, principal, approval);
    await refuseOwnGate(store, principal, approval);
    const [, ...starters] = await lineageOf(store, principal);
    return this.#approvals[request.dryRun === true ? "plan" : "decide"](id, {
      state: request.state,
      by: participantOf(principal, request.agent),
      actsFor: starters,
      agent: await agentsPart(store, principal, approval.sessionId),
      comment: request.comment === null ? null : redact(request.comment),
    });
  }

  /** By who asked, or by a person. @throws approval_not_found, ambiguous_id, policy_blocked */
  async cancel(
    request: {
      readonly approval: string;
      readonly because: string | null;
      readonly agent: string | null;
    },
    { principal }: Pick<Asker, "principal">,
  ): Promise<Approval> {
    refuseOtherName(principal, request.agent);
    const approval = await this.#find(request.approval, principal);
    const by = participantOf(principal, request.agent);
    if (principal.kind === "session" && by !== approval.requestedBy) {
      throw new AgentpoolError("policy_blocked", `${approval.id} is not of ${by}`, {
        why: `${approval.requestedBy} asked for it.`,
        details: { policy: "acts_as_itself", approval_id: approval.id },
      });
    }
    const because = redact(request.because ?? "it is not needed any more");
    return this.#approvals.cancel(approval.id, { by, because });
  }

  /** As it is when it is over, or the time is. @throws approval_not_found, ambiguous_id, other_run */
  async wait(
    request: { readonly approval: string; readonly timeoutMs: number },
    { principal, signal }: Pick<Asker, "principal" | "signal">,
  ): Promise<Approval> {
    const { store } = this.#parts;
    const approval = await this.#find(request.approval, principal);
    await refuseOtherApproval(store, principal, approval);
    return this.#approvals.wait(approval.id, request.timeoutMs, signal);
  }

  #find(named: string, principal: Principal): Promise<Approval> {
    const { store } = this.#parts;
    return findApproval(store, named, approvalsSeenBy(store, principal));
  }
}

/** A session is itself, whatever name it gives. */
export function refuseOtherName(principal: Principal, agent: string | null): void {
  if (agent === null || principal.kind !== "session") return;
  throw new AgentpoolError(
    "policy_blocked",
    `${formatPrincipal(principal)} cannot act for ${agent}`,
    {
      why: "The command came from a process of that session, which acts as itself.",
      hint: "Leave --agent out.",
      details: { policy: "acts_as_itself" },
    },
  );
}
