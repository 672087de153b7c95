import { AgentpoolError } from "../domain/errors.ts";
import { person, type Principal } from "../domain/principal.ts";
import { operations } from "../operations/index.ts";
import { readOwnToken } from "../platform/own-token.ts";
import type { Home } from "../platform/home.ts";
import { openLog } from "../platform/log.ts";
import { createRpcClient } from "../rpc/client.ts";
import { createInlineCaller } from "../rpc/inline.ts";
import type { Caller } from "../rpc/wire.ts";
import { ownerOf } from "./authenticate.ts";
import { takeRole } from "./role.ts";

export interface InlineOptions {
  readonly home: Home;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
}

const roleWithinMs = 10_000;

/**
 * Does work with the role held in this process, for as long as the work takes; agents it starts
 * live on in tmux. While a detached supervisor holds the role, that one is asked instead.
 */
export async function withInlineSupervisor<T>(
  options: InlineOptions,
  work: (caller: Caller) => Promise<T>,
): Promise<T> {
  const { home, version, env } = options;
  const token = readOwnToken(home, env) ?? null;
  const detached = createRpcClient({
    socketPath: home.supervisorSocket,
    version,
    ...(token === null ? {} : { token }),
  });
  const until = Date.now() + roleWithinMs;
  for (;;) {
    const role = await takeRole({
      home,
      version,
      env,
      log: openLog(home.log, "info", Date.now),
      now: Date.now,
      inline: true,
      idleMs: null,
    });
    if (role) {
      try {
        const { app } = role;
        const principal: Principal =
          token === null
            ? person
            : {
                kind: "session",
                sessionId: await ownerOf(token, (id) => app.store.sessions.get(id)),
              };
        return await work(createInlineCaller({ operations, app, principal }));
      } finally {
        await role.leave("the command ended");
      }
    }
    if (await detached.health({ timeoutMs: 1_000 }).catch(() => undefined)) return work(detached);
    if (Date.now() > until) {
      throw new AgentpoolError("store_locked", "Another command acts on this home", {
        why: "It holds the supervisor's role in inline mode.",
        hint: "Wait until it ended, or unset AGENTPOOL_SUPERVISOR.",
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
