import { AgentpoolError } from "../domain/errors.ts";
import { sessionHolder } from "../domain/hold.ts";
import { policyBlocked } from "../domain/policy-blocked.ts";
import { formatPrincipal, type Principal } from "../domain/principal.ts";
import type { Approval } from "../domain/approval.ts";
import type { Thread } from "../domain/message.ts";
import type { Session } from "../domain/session.ts";
import type { Store } from "../store/store.ts";
import { lineageOf } from "../session/lineage.ts";

type Sessions = Pick<Store, "sessions" | "runs" | "workerGroups">;
type Recipients = Sessions & Pick<Store, "participants">;

/**
 * A session with a toolset acts on itself, on whom it started, and on its run; everybody else reaches
 * everything.
 */
export async function boundedSession(
  { sessions }: Sessions,
  principal: Principal,
): Promise<Session | undefined> {
  if (principal.kind !== "session") return undefined;
  const session = await sessions.get(principal.sessionId);
  return session?.toolset == null ? undefined : session;
}

/** @throws other_run */
export async function refuseOtherSession(
  store: Sessions,
  principal: Principal,
  target: Session,
): Promise<void> {
  const asker = await boundedSession(store, principal);
  if (!asker || reaches(asker, target)) return;
  throw otherRun(asker, `session ${target.id}`);
}

/**
 * Nobody writes into the run of others, and types into the panes alone of whom they may act on; who
 * started the asker is told in any case. @throws other_run
 */
export async function refuseOtherRecipient(
  store: Recipients,
  principal: Principal,
  { recipient, via }: { readonly recipient: string; readonly via: "inbox" | "pane" },
): Promise<void> {
  const asker = await boundedSession(store, principal);
  if (!asker || (await mayWriteTo(store, asker, { recipient, via }))) return;
  throw otherRun(asker, recipient.replace(":", " "));
}

/** Those of them that `refuseOtherRecipient` lets through for an inbox. */
export async function ofOwnRun(
  store: Recipients,
  principal: Principal,
  recipients: readonly string[],
): Promise<readonly string[]> {
  const asker = await boundedSession(store, principal);
  if (!asker) return recipients;
  const found: string[] = [];
  for (const recipient of recipients) {
    if (await mayWriteTo(store, asker, { recipient, via: "inbox" })) found.push(recipient);
  }
  return found;
}

async function mayWriteTo(
  store: Recipients,
  asker: Session,
  { recipient, via }: { readonly recipient: string; readonly via: "inbox" | "pane" },
): Promise<boolean> {
  const prefix = sessionHolder("");
  if (!recipient.startsWith(prefix)) {
    const { runId } = (await store.participants.get(recipient)) ?? { runId: null };
    return runId === null || runId === asker.runId;
  }
  const target = await store.sessions.get(recipient.slice(prefix.length));
  if (!target || reaches(asker, target)) return true;
  if (via === "pane") return false;
  if (target.runId === null) return true;
  return (await lineageOf(store, { kind: "session", sessionId: asker.id })).includes(recipient);
}

/** @throws other_run */
export async function refuseOtherApproval(
  store: Sessions,
  principal: Principal,
  approval: Approval,
): Promise<void> {
  const asker = await boundedSession(store, principal);
  if (!asker || (await seesApproval(store, asker, approval))) return;
  throw otherRun(asker, `the approval ${approval.id}`);
}

/** Tells of an approval whether `refuseOtherApproval` lets it through. */
export function approvalsSeenBy(
  store: Sessions,
  principal: Principal,
): (approval: Approval) => Promise<boolean> {
  const bounded = boundedSession(store, principal);
  return async (approval) => {
    const asker = await bounded;
    return !asker || seesApproval(store, asker, approval);
  };
}

async function seesApproval(
  store: Sessions,
  asker: Session,
  { runId, sessionId, requestedBy }: Approval,
): Promise<boolean> {
  if (requestedBy === sessionHolder(asker.id)) return true;
  if (runId !== null && runId === asker.runId) return true;
  const target = sessionId === null ? undefined : await store.sessions.get(sessionId);
  return target !== undefined && reaches(asker, target);
}

/** Nobody asks or decides in the name of a task of another run. @throws other_run */
export async function refuseOtherTask(
  store: Sessions & Pick<Store, "tasks">,
  principal: Principal,
  taskId: string | null,
): Promise<void> {
  const asker = taskId === null ? undefined : await boundedSession(store, principal);
  if (!asker || taskId === null) return;
  const [task] = await store.tasks.links([taskId]);
  if (task && task.runId !== asker.runId) throw otherRun(asker, `the task ${taskId}`);
}

/** A thread of the same run, of none as the asker, or one it was invited to. @throws other_run */
export async function refuseOtherThread(
  store: Sessions,
  principal: Principal,
  thread: Thread,
): Promise<void> {
  const asker = await boundedSession(store, principal);
  if (!asker || seesThread(asker, thread)) return;
  throw otherRun(asker, `the thread ${thread.id}`);
}

/** Tells of a thread whether `refuseOtherThread` lets it through. */
export async function threadsSeenBy(
  store: Sessions,
  principal: Principal,
): Promise<(thread: Thread) => boolean> {
  const asker = await boundedSession(store, principal);
  return (thread) => !asker || seesThread(asker, thread);
}

function seesThread({ id, runId: own }: Session, { runId, participants }: Thread): boolean {
  return runId === own || participants.includes(sessionHolder(id));
}

/**
 * What a run itself asks is for whom its author named: a person, whom no agent stands for, whichever
 * run it works for and whoever started it; its lead where that was said. @throws policy_blocked
 */
export async function refuseOwnGate(
  store: Sessions,
  principal: Principal,
  { id, key, runId }: Approval,
): Promise<void> {
  if (principal.kind !== "session" || key === null || runId === null) return;
  const asker = await store.sessions.get(principal.sessionId);
  const spec = (await store.runs.get(runId))?.spec as
    | { readonly approval?: { readonly by?: unknown } }
    | undefined;
  const by = spec?.approval?.by;
  if (by === "lead" && asker?.toolset === "lead" && asker.runId === runId) return;
  throw policyBlocked("approval_of_run", `${principal.sessionId} cannot decide ${id}`, {
    why:
      by === "lead"
        ? `It is for the lead of ${runId}.`
        : `It is an agent, and the author of ${runId} left this to a person.`,
    hint: `Let a person decide: agentpool approval approve ${id}`,
    details: { approval_id: id, run_id: runId },
  });
}

function reaches(asker: Session, target: Session): boolean {
  if (asker.id === target.id) return true;
  if (asker.runId !== null && asker.runId === target.runId) return true;
  return target.author === formatPrincipal({ kind: "session", sessionId: asker.id });
}

function otherRun({ id, runId }: Session, what: string): AgentpoolError {
  return new AgentpoolError("other_run", `Session ${id} cannot reach ${what}`, {
    why: runId === null ? "It works for no run, and did not start it." : `It works for ${runId}.`,
    details: { session_id: id, run_id: runId },
  });
}
