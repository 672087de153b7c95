import { existsSync } from "node:fs";
import { AgentpoolError } from "../../../domain/errors.ts";
import type { Home } from "../../../platform/home.ts";
import { createLocalMachine } from "../../../runtime/local/machine.ts";
import { askForked, saysNoServer } from "../../../runtime/tmux/forked-client.ts";
import { readPanes } from "../../../runtime/tmux/panes.ts";
import { findOrphans } from "../../../session/orphans/find-orphans.ts";
import type { TaggedPane } from "../../../session/orphans/orphan.ts";
import { repoPathsOf } from "../../../session/orphans/sweep-orphans.ts";
import { openStore } from "../../../store/open.ts";
import type { Store } from "../../../store/store.ts";
import type { Check } from "./check.ts";

const name = "orphans";
const tmuxWithinMs = 3_000;

/** What killed processes of agentpool left behind; looked for without a supervisor, removing nothing. */
export async function checkOrphans(
  home: Home,
  env: Readonly<Record<string, string>>,
): Promise<Check> {
  if (!existsSync(home.root)) return { name, status: "ok", message: "none" };
  let store: Store | undefined;
  try {
    store = await openIfThere(home);
  } catch (thrown) {
    // why is what the check of the store says
    const { message } = AgentpoolError.from(thrown);
    return { name, status: "warn", message: `not looked for: ${message}` };
  }
  try {
    const orphans = await findOrphans({
      machine: createLocalMachine(),
      home,
      now: Date.now(),
      session: (id) => store?.sessions.get(id) ?? Promise.resolve(undefined),
      repoPaths: async () => (store ? repoPathsOf(store) : []),
      panes: () => panesOf(home, env),
    });
    const going = orphans.filter(({ stays }) => stays === null);
    const left = orphans.length - going.length;
    const kept = left === 0 ? "" : `; ${left} hold work, or are not agentpool's, and stay`;
    if (going.length === 0) return { name, status: "ok", message: `none to remove${kept}` };
    const first = going[0];
    return {
      name,
      status: "warn",
      message: `${going.length} left behind, as ${first?.kind} ${first?.what}: ${first?.because}${kept}`,
      repair: "agentpool gc --dry-run, then agentpool gc",
    };
  } finally {
    await store?.close();
  }
}

async function openIfThere(home: Home): Promise<Store | undefined> {
  try {
    return await openStore({ file: home.database, mode: "read", now: Date.now() });
  } catch (thrown) {
    if (thrown instanceof AgentpoolError && thrown.code === "store_not_found") return undefined;
    throw thrown;
  }
}

/** Asked by a client of its own, which types nothing. */
async function panesOf(
  home: Home,
  env: Readonly<Record<string, string>>,
): Promise<readonly TaggedPane[] | undefined> {
  const socket = home.tmuxSocket;
  if (!existsSync(socket)) return undefined;
  const { TMUX: _outer, ...outside } = env;
  const tmux = ["tmux", "-u", "-S", socket, "-f", "/dev/null", "-N"];
  const options = { tmux, env: outside, timeoutMs: tmuxWithinMs };
  let isGone = false;
  const facts = await readPanes(async (commands) => {
    const reply = await askForked(commands, options);
    isGone = reply.error !== undefined && saysNoServer(reply.error);
    return reply;
  });
  if (isGone) return undefined;
  return facts
    .filter(({ sessionId }) => sessionId !== "")
    .map(({ sessionId, pane, window, dead }) => ({
      sessionId,
      dead,
      place: { socket, window, pane, pid: null, startToken: null },
    }));
}
