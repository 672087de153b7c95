import { AgentpoolError } from "../../domain/errors.ts";
import { agentHolder, sessionHolder } from "../../domain/hold.ts";
import type { Principal } from "../../domain/principal.ts";
import { isLive, type Session } from "../../domain/session.ts";
import { anyCapability, type Capability } from "../../domain/task.ts";
import { resolveSession } from "../../session/resolve.ts";
import type { Store } from "../../store/store.ts";

/** Who works on a task: a session, or somebody outside by a name; a session is always itself. */
export interface Whom {
  readonly session: string | null;
  readonly agent: string | null;
}

interface Holder {
  readonly holder: string;
  /** Null for somebody outside. */
  readonly sessionId: string | null;
}

export type Worker = Holder & Capability;

/** A session is itself, whoever it says it is. @throws policy_blocked, invalid_input, session_not_found */
export async function holderOf(
  store: Pick<Store, "sessions">,
  { session, agent }: Whom,
  principal: Principal,
): Promise<Holder> {
  const itself = principal.kind === "session" ? principal.sessionId : null;
  if (session !== null && agent !== null) {
    throw new AgentpoolError("invalid_input", "A task is done by one", {
      why: "Both a session and an agent were named.",
      hint: "Leave one of --session-id and --agent out.",
    });
  }
  if (agent !== null) {
    if (itself !== null) throw notItself(itself, `agent ${agent}`);
    return { holder: agentHolder(agent), sessionId: null };
  }
  const named = session ?? itself;
  if (named === null) {
    throw new AgentpoolError("invalid_input", "Nobody is named who works on the task", {
      hint: "Name somebody outside of agentpool (--agent NAME), or a session (--session-id @last).",
    });
  }
  const { id } = await resolveSession(store, named);
  if (itself !== null && id !== itself) throw notItself(itself, id);
  return { holder: sessionHolder(id), sessionId: id };
}

/** @param own what somebody outside is able to do; a session's is its own @throws as `holderOf`, session_ended */
export async function workerOf(
  store: Pick<Store, "sessions">,
  whom: Whom,
  { principal, own }: { readonly principal: Principal; readonly own: Capability },
): Promise<Worker> {
  const { holder, sessionId } = await holderOf(store, whom, principal);
  if (sessionId === null) return { ...own, holder, sessionId };
  return sessionWorker(await liveSession(store, sessionId));
}

export function sessionWorker({ id, providerId, model, role }: Session): Worker {
  return { ...anyCapability, holder: sessionHolder(id), sessionId: id, providerId, model, role };
}

/** @throws session_not_found, session_ended */
export async function liveSession(store: Pick<Store, "sessions">, named: string): Promise<Session> {
  const session = await resolveSession(store, named);
  if (isLive(session)) return session;
  throw new AgentpoolError("session_ended", `Session ${session.id} is over`, {
    why: "Its claims ended with it.",
    hint: `Start its agent again: agentpool resume ${session.id}`,
  });
}

export function notItself(itself: string, named: string): AgentpoolError {
  return new AgentpoolError("policy_blocked", `Session ${itself} cannot act for ${named}`, {
    why: "The command came from a process of that session, whose claims are its own.",
    hint: "Leave --session-id and --agent out.",
  });
}
