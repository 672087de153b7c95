import { AgentpoolError } from "../../domain/errors.ts";
import { agentHolder } from "../../domain/hold.ts";
import type { Progress } from "../../domain/liveness.ts";
import type { LoggedDecision } from "../../domain/logged-decision.ts";
import { participantOf, type Participant } from "../../domain/participant.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import type { Session } from "../../domain/session.ts";
import { newId } from "../../platform/new-id.ts";
import { redact } from "../../platform/redact.ts";
import type { Asker } from "../../session/asker.ts";
import { InTurn } from "../../session/in-turn.ts";
import type { SessionParts } from "../../session/parts.ts";
import { refuseOtherName } from "../approvals/approval-requests.ts";
import { runOf } from "../../session/lineage.ts";
import { refuseOtherTask } from "../reach.ts";
import type { Agents } from "./agents.ts";

/** What may be asked about who takes part, by whom. */
export class AgentRequests {
  readonly #parts: Pick<SessionParts, "store" | "now">;
  readonly #agents: Agents;
  readonly #turns = new InTurn();

  constructor(parts: Pick<SessionParts, "store" | "now">, agents: Agents) {
    this.#parts = parts;
    this.#agents = agents;
  }

  /** @throws policy_blocked when a session gives a name */
  async register(
    request: {
      readonly name: string;
      readonly role: string | null;
      readonly note: string | null;
      readonly ttlMs: number;
      readonly runId: string | null;
    },
    asker: Asker,
  ): Promise<Participant> {
    const { name, note, ...sign } = request;
    refuseOtherName(asker.principal, name);
    return this.#agents.register(agentHolder(name), {
      ...sign,
      ...(note === null ? {} : { note }),
    });
  }

  /** Null for who asks. @throws recipient_not_found for a name that never registered */
  async heartbeat(
    request: {
      readonly name: string | null;
      readonly note: string | null;
      readonly activity: Participant["activity"] | null;
    },
    asker: Asker,
  ): Promise<Participant> {
    const { name, note, activity } = request;
    const { principal } = asker;
    refuseOtherName(principal, name);
    if (name === null && principal.kind === "person") {
      throw new AgentpoolError("invalid_input", "Nobody is named who gives a sign of life", {
        hint: "agentpool agent heartbeat NAME",
        details: { fields: ["name"] },
      });
    }
    const sign = {
      ...(note === null ? {} : { note }),
      ...(activity === null ? {} : { activity }),
    };
    const id = participantOf(principal, name);
    if (name !== null) return this.#agents.heartbeat(id, sign);
    const runId = await runOf(this.#parts.store, principal);
    return this.#agents.register(id, { ...sign, runId });
  }

  async leave(
    request: { readonly name: string; readonly because: string | null },
    asker: Asker,
  ): Promise<Participant> {
    refuseOtherName(asker.principal, request.name);
    const by = formatPrincipal(asker.principal);
    return this.#agents.leave(
      agentHolder(request.name),
      redact(request.because ?? `it was said by ${by}`),
    );
  }

  /** When something of a live session moved last. */
  progress(session: Session): Promise<Progress> {
    return this.#agents.progress(session);
  }

  /** Told once, whoever repeats the request. @throws idempotency_conflict, other_run */
  async logDecision(
    request: Pick<LoggedDecision, "kind" | "decision" | "context" | "reason" | "taskId"> & {
      readonly agent: string | null;
    },
    asker: Asker,
  ): Promise<LoggedDecision> {
    const { principal, idempotencyKey } = asker;
    refuseOtherName(principal, request.agent);
    const { store, now } = this.#parts;
    await refuseOtherTask(store, principal, request.taskId);
    const runId = await runOf(store, principal);
    return this.#turns.run(idempotencyKey, async () => {
      const at = now();
      const logged: LoggedDecision = {
        id: newId("decision", at),
        by: participantOf(principal, request.agent),
        runId,
        sessionId: principal.kind === "session" ? principal.sessionId : null,
        taskId: request.taskId,
        kind: request.kind,
        decision: redact(request.decision),
        context: request.context === null ? null : redact(request.context),
        reason: request.reason === null ? null : redact(request.reason),
        at,
        idempotencyKey,
      };
      const known = await store.decisions.byIdempotencyKey(idempotencyKey);
      const same = ["by", "kind", "decision", "context", "reason", "taskId"] as const;
      if (known && same.every((field) => known[field] === logged[field])) return known;
      if (known) {
        throw new AgentpoolError(
          "idempotency_conflict",
          "The idempotency key was used for another decision",
          { why: "Nothing was logged.", details: { decision_id: known.id } },
        );
      }
      const { id, by, kind, decision, context, reason, taskId, sessionId } = logged;
      const written = {
        guards: [],
        writes: [{ noun: "logged", insert: logged } as const],
        events: [
          {
            sessionId,
            runId,
            at,
            body: {
              type: "decision_logged",
              decision_id: id,
              by,
              kind,
              decision,
              context,
              reason,
              task_id: taskId,
            } as const,
          },
        ],
      };
      await store.commit(written);
      return logged;
    });
  }
}
