import { person, type Principal } from "../domain/principal.ts";
import type { Session } from "../domain/session.ts";
import type { Machine } from "../runtime/machine.ts";

/**
 * Decides who asks: a process that descends from a session's agent is that session, whatever its
 * environment says; everybody else who can open the socket is the person it belongs to. This
 * guards against mistakes, not against hostile code of the same user.
 * @param live the sessions whose agents run; from memory, since every request asks
 */
export async function authenticate(
  machine: Pick<Machine, "process" | "ancestors">,
  live: readonly Session[],
  pid: number | null,
): Promise<Principal> {
  if (pid === null || live.length === 0) return person;
  const asking = await machine.process(pid);
  const line = [...(asking ? [asking] : []), ...(await machine.ancestors(pid))];
  const session = live.find(({ terminal }) =>
    line.some((one) => one.pid === terminal?.pid && one.startToken === terminal.startToken),
  );
  return session ? { kind: "session", sessionId: session.id } : person;
}
