import type { Session } from "../domain/session.ts";
import type { ProcessIdentity } from "../runtime/machine.ts";
import { pause } from "../platform/clock.ts";
import type { LiveSession } from "./live-session.ts";
import type { SessionParts } from "./parts.ts";

export const sessionMarker = "AGENTPOOL_SESSION_ID";

const termMs = 3_000;
const killMs = 2_000;
const lookEveryMs = 25;
/** Looking for late children reads all processes of the machine; who is known costs next to nothing. */
const looksPerSearch = 8;

/**
 * Presses the agent's own keys for leaving and waits until it did or its time is over. Nothing is
 * lost when it does not: its processes are ended afterwards in any case.
 */
export async function askToLeave(parts: SessionParts, live: LiveSession): Promise<void> {
  const { keys, gapMs, withinMs } = live.provider.exit;
  const place = live.session.terminal;
  const isGone = (): boolean => live.session.process.value !== "alive";
  if (!place) return;
  for (const [index, group] of keys.entries()) {
    if (index > 0) await pause(gapMs);
    if (isGone() || !(await parts.host.press(place, group)).ok) return;
  }
  await live.until((view) => (view.session.process.value === "alive" ? undefined : true), {
    timeoutMs: withinMs,
  });
}

/**
 * Ends every process of a session: TERM to the whole tree, then KILL to what is left, the
 * processes that left the tree included. Returns those that live on all the same.
 */
export async function endProcessesOf(
  parts: SessionParts,
  session: Session,
): Promise<readonly ProcessIdentity[]> {
  const first = await tree(parts, session);
  await Promise.all(first.map((one) => parts.machine.signal(one, "SIGTERM")));
  const known = new Map(first.map((one) => [key(one), one]));
  const afterTerm = await waitGone(parts, session, known, termMs);
  if (afterTerm.length === 0) return [];
  await Promise.all(afterTerm.map((one) => parts.machine.signal(one, "SIGKILL")));
  return waitGone(parts, session, known, killMs, "SIGKILL");
}

async function tree(parts: SessionParts, session: Session): Promise<readonly ProcessIdentity[]> {
  const { terminal } = session;
  const found = terminal?.pid == null ? undefined : await parts.machine.process(terminal.pid);
  const root = found && found.startToken === terminal?.startToken ? found : undefined;
  return parts.machine.processTree(root, {
    name: sessionMarker,
    value: session.id,
    since: terminal?.startToken ?? null,
  });
}

/** Those of the known processes, and of their late children, that still live at the bound. */
async function waitGone(
  parts: SessionParts,
  session: Session,
  known: Map<string, ProcessIdentity>,
  boundMs: number,
  alsoSend?: "SIGKILL",
): Promise<readonly ProcessIdentity[]> {
  const until = parts.now() + boundMs;
  for (let look = 1; ; look++) {
    let alive = await living(parts, known);
    if (alive.length === 0 || look % looksPerSearch === 0) {
      for (const late of await tree(parts, session)) {
        if (known.has(key(late))) continue;
        known.set(key(late), late);
        await parts.machine.signal(late, alsoSend ?? "SIGTERM");
      }
      alive = await living(parts, known);
    }
    if (alive.length === 0 || parts.now() >= until) return alive;
    await new Promise((resolve) => setTimeout(resolve, Math.min(lookEveryMs, 2 * look)));
  }
}

async function living(
  parts: SessionParts,
  known: ReadonlyMap<string, ProcessIdentity>,
): Promise<readonly ProcessIdentity[]> {
  const alive: ProcessIdentity[] = [];
  for (const one of known.values()) {
    const present = await parts.machine.process(one.pid);
    if (present?.startToken === one.startToken) alive.push(one);
  }
  return alive;
}

function key(one: ProcessIdentity): string {
  return `${one.pid}:${one.startToken}`;
}
