import type { Draft } from "./draft.ts";
import { AgentpoolError } from "./errors.ts";
import { beforeProcess, isEndState, noEvidence, type Session } from "./session.ts";
import type { RuleContext } from "./turn-rules.ts";

export interface Reopening {
  readonly agentSessionId: string;
  readonly providerVersion: string | null;
  readonly accountId: string;
  readonly channels: Session["channels"];
  /** With that of the token for its next process. */
  readonly tokenHashes: Session["tokenHashes"];
  readonly by: string;
  readonly requestKey: string;
  /** What the diff is compared with is not kept any more and has to be taken anew. */
  readonly forgetBase: boolean;
}

/**
 * A session that is over begins again with the same conversation: what was true of its process is
 * unknown, what was said and done stays. A limit is the account's, which tells of it again.
 * @throws session_live
 */
export function reopen(draft: Draft, ctx: RuleContext, facts: Reopening): void {
  const { session } = draft;
  const { now } = ctx;
  if (!isEndState(session.state)) throw stillLive(session);
  const fact = { source: "operation", at: now, because: `it was resumed by ${facts.by}` } as const;
  draft.require({
    noun: "conversation",
    id: facts.agentSessionId,
    providerId: session.providerId,
    onlyIn: session.id,
  });
  draft.emit(now, {
    type: "session_resumed",
    from_state: session.state,
    agent_session_id: facts.agentSessionId,
    by: facts.by,
    request_key: facts.requestKey,
  });
  draft.setSession({
    providerVersion: facts.providerVersion,
    accountId: facts.accountId,
    channels: facts.channels,
    tokenHashes: facts.tokenHashes,
    ...beforeProcess(fact),
    evidence: {
      ...noEvidence,
      resumed: { at: now, turnCount: session.turnCount, cutOff: wasCutOff(session) },
    },
    endedAt: null,
    ...(facts.forgetBase
      ? { workspace: { ...session.workspace, baseCommit: null, baseTree: null } }
      : {}),
  });
}

/**
 * Whether a session ended without anybody's will: its pane is gone, or its agent was ended by a
 * signal that nobody here sent.
 */
export function wasCutOff({ state, closing, exitSignal }: Session): boolean {
  if (closing !== null) return false;
  return state === "lost" || (state === "failed" && exitSignal !== null);
}

export function stillLive(session: Session): AgentpoolError {
  return new AgentpoolError("session_live", `Session ${session.id} is not over`, {
    why: `Its state is ${session.state}: ${session.stateBecause}.`,
    hint: `Send it a prompt: agentpool send ${session.id} "<text>"`,
  });
}
