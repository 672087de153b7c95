import { person, type Principal } from "../domain/principal.ts";
import type { Machine } from "../runtime/machine.ts";
import type { Store } from "../store/store.ts";

/**
 * Decides who asks: a process that descends from a session's agent is that session, whatever its
 * environment says; everybody else who can open the socket is the person it belongs to. This
 * guards against mistakes, not against hostile code of the same user.
 */
export async function authenticate(
  machine: Machine,
  store: Store,
  pid: number | null,
): Promise<Principal> {
  if (pid === null) return person;
  const live = await store.sessions.live();
  if (live.length === 0) return person;
  const asking = await machine.process(pid);
  const line = [...(asking ? [asking] : []), ...(await machine.ancestors(pid))];
  const session = live.find(({ terminal }) =>
    line.some((one) => one.pid === terminal?.pid && one.startToken === terminal.startToken),
  );
  return session ? { kind: "session", sessionId: session.id } : person;
}
