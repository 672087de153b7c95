import { AgentpoolError } from "../domain/errors.ts";
import { person, type Principal } from "../domain/principal.ts";
import { isLive, type Session } from "../domain/session.ts";
import type { Machine } from "../runtime/machine.ts";
import { sessionOfToken } from "../platform/own-token.ts";
import { hashOf } from "../session/session-token.ts";

/**
 * Decides who asks. A process that descends from a session's agent is that session, whatever it says
 * of itself; so is one that shows the session's present token, wherever it descends from. Everybody
 * else who can open the socket is the person it belongs to. This guards against mistakes, not
 * against hostile code of the same user.
 * @param live the sessions whose agents run; from memory, since every request asks
 * @throws session_token_forged, session_token_stale, session_ended; a token that proves nothing makes
 *   nobody the person
 */
export async function authenticate(
  parts: {
    readonly machine: Pick<Machine, "process">;
    readonly session: (id: string) => Promise<Session | undefined>;
  },
  live: readonly Session[],
  facts: { readonly pid: number | null; readonly token: string | null },
): Promise<Principal> {
  const around = await sessionAround(parts.machine, live, facts.pid);
  const shown = facts.token === null ? undefined : await ownerOf(facts.token, parts.session);
  if (around !== undefined && shown !== undefined && around !== shown) {
    throw forged(`It is of ${shown}, and the process that shows it is of ${around}.`);
  }
  const sessionId = around ?? shown;
  return sessionId === undefined ? person : { kind: "session", sessionId };
}

/** The nearest; an agent's own programs are a step or two below it, and the whole line is long. */
async function sessionAround(
  machine: Pick<Machine, "process">,
  live: readonly Session[],
  pid: number | null,
): Promise<string | undefined> {
  if (live.length === 0) return undefined;
  const seen = new Set<number>();
  for (let at = pid ?? 0; at > 0 && !seen.has(at);) {
    seen.add(at);
    const one = await machine.process(at);
    if (!one) return undefined;
    const { startToken, parentPid } = one;
    const session = live.find(
      ({ terminal }) => terminal?.pid === at && terminal.startToken === startToken,
    );
    if (session) return session.id;
    at = parentPid;
  }
  return undefined;
}

/** The session that shows this token. @throws as `authenticate` */
export async function ownerOf(
  token: string,
  get: (id: string) => Promise<Session | undefined>,
): Promise<string> {
  const named = sessionOfToken(token);
  if (named === undefined) throw forged("It has not the form of one.");
  const session = await get(named);
  const given = session?.tokenHashes?.indexOf(hashOf(token)) ?? -1;
  if (!session || given === -1) throw forged(`None like it was given to ${named}.`);
  if (given < (session.tokenHashes?.length ?? 0) - 1) {
    throw new AgentpoolError(
      "session_token_stale",
      `The token is of an earlier process of ${named}`,
      {
        why: "The session was resumed since, and its agent has another one.",
        details: { session_id: named },
      },
    );
  }
  if (!isLive(session)) {
    throw new AgentpoolError("session_ended", `Session ${named} is over`, {
      why: `It ended ${session.state}, and its token with it.`,
      hint: `Start its agent again: agentpool resume ${named}`,
      details: { session_id: named },
    });
  }
  return named;
}

function forged(why: string): AgentpoolError {
  return new AgentpoolError("session_token_forged", "The session token is not valid", { why });
}
