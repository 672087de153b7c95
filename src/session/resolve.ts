import { AgentpoolError } from "../domain/errors.ts";
import { otherKind } from "../domain/ids.ts";
import { nearest } from "../domain/nearest.ts";
import type { Session } from "../domain/session.ts";
import type { Store } from "../store/store.ts";

/**
 * The session somebody means by an id, a unique beginning of one, a name, or `@last` for the
 * newest. @throws session_not_found, ambiguous_id
 */
export async function resolveSession(
  store: Pick<Store, "sessions">,
  idOrName: string,
): Promise<Session> {
  if (idOrName === "@last" || idOrName === "-") {
    const { sessions } = await store.sessions.list({ limit: 1, offset: 0 });
    const [newest] = sessions;
    if (newest) return newest;
    throw new AgentpoolError("session_not_found", "There is no session yet", {
      why: "Nothing was started in this home.",
      hint: 'agentpool spawn --provider fake-completed --task "Say hello"',
    });
  }
  const found = await store.sessions.resolve(idOrName);
  const [session] = found;
  if (session && found.length === 1) return session;
  if (found.length > 1) {
    throw new AgentpoolError("ambiguous_id", `"${idOrName}" fits ${found.length} sessions`, {
      why: "An id, the beginning of one, or a name must fit exactly one.",
      hint: `Say which: ${found.map((one) => one.id).join(", ")}`,
      details: { session_ids: found.map((one) => one.id) },
    });
  }
  const { sessions } = await store.sessions.list({ limit: 200, offset: 0 });
  const names = sessions.flatMap((one) => (one.name === null ? [one.id] : [one.id, one.name]));
  const near = nearest(idOrName, names);
  throw new AgentpoolError("session_not_found", `No session "${idOrName}"`, {
    why:
      otherKind(idOrName, "session") ??
      "No session of this home has this id, an id that begins so, or this name.",
    hint: near
      ? `Did you mean ${near}? List all: agentpool sessions`
      : "List all: agentpool sessions",
  });
}
