import { AgentpoolError } from "../domain/errors.ts";
import { formatPrincipal } from "../domain/principal.ts";
import { forgetOld } from "../operations/orphan/forget-old.ts";
import type { SessionParts } from "../session/parts.ts";
import type { Session } from "../domain/session.ts";
import { recoverSessions } from "../session/recover.ts";
import { boundRuntimes } from "../session/runtime-bound.ts";
import { forgetOldBases } from "../session/seal.ts";
import type { Starter } from "../session/start.ts";
import type { Workers } from "../session/workers.ts";
import type { HeldLock } from "../store/sqlite/lock.ts";
import { becauseOf, watchHome, type HomeLoss } from "./home-watch.ts";

/** How often panes and log writers are compared with what we believe. */
const reconcileEveryMs = 30_000;
const pruneEveryMs = 3_600_000;
const dayMs = 86_400_000;
/** What diffs of ended sessions were compared with is kept for so long. */
const basesMs = 30 * dayMs;
/** Between two looks whether anybody still needs us. */
const idleLookMs = 1_000;

/** What could not be done (tmux cannot be asked, the disk is full) is tried again this often. */
const tryAgainMs = 3_000;

export interface Household {
  /** Whether all sessions of predecessors were picked up. */
  readonly allPickedUp: boolean;
  readonly parts: SessionParts;
  readonly workers: Workers;
  readonly starter: Starter;
  readonly epoch: number;
  readonly idleMs: number | null;
  /** Whether something is left to do though nothing lives at this moment. */
  readonly isNeeded: () => boolean;
  /** Requests being answered. */
  readonly connections: () => number;
  /** Lies in the home, and tells what became of it. */
  readonly lock: Pick<HeldLock, "place">;
  readonly leave: (because: string, loss?: HomeLoss) => Promise<void>;
  /** Removes sessions that ended before a moment, where nothing would be lost with them. */
  readonly removeOld: (endedBefore: number) => Promise<unknown>;
  /** Ends a session because its time is over. */
  readonly endOverdue: (session: Session) => Promise<unknown>;
}

/** What the supervisor does without being asked. Returns the end of it. */
export function keepHouse(house: Household): () => void {
  const { parts, workers, starter, epoch } = house;
  const complain = (what: string) => (thrown: unknown) => {
    parts.log("error", what, { error: String(thrown) });
    // somebody took over: nothing of ours may go on
    if (AgentpoolError.from(thrown).code === "stale_epoch") {
      void house.leave("another supervisor took over");
    }
  };

  let allPickedUp = house.allPickedUp;
  let picking = false;
  const pickUp = async (): Promise<void> => {
    // a tmux server that is started again would bring folders of a removed home back
    if (picking || house.lock.place() !== "in_place") return;
    picking = true;
    try {
      allPickedUp = await recoverSessions(parts, workers, starter, epoch);
    } finally {
      picking = false;
    }
  };

  let someUnlogged = false;
  const reconcile = async (): Promise<void> => {
    if (workers.all.length === 0) return;
    const panes = new Map((await parts.host.list()).map((info) => [info.sessionId, info]));
    someUnlogged = [...panes.values()].some((info) => !info.dead && !info.logging);
    for (const worker of workers.all) {
      const info = panes.get(worker.live.id);
      if (!info || info.dead) await workers.ended(worker.live.id);
      else if (!info.logging) await starter.relog(worker.live, info.place);
    }
    someUnlogged = false;
  };

  const stopUnlogged = parts.host.on("unlogged", (id) => {
    parts.log("warn", "the terminal of a session is not logged any more", { session: id });
    someUnlogged = true;
  });

  const stopLost = parts.host.on("lost", (because) => {
    parts.log("error", "the tmux server is gone", { because });
    allPickedUp = false;
    Promise.all(
      workers.all.map(({ live }) =>
        live.observe([{ source: "process", claim: { kind: "unreachable", because } }]),
      ),
    )
      .then(pickUp)
      .catch(complain("sessions could not be picked up after the tmux server was lost"));
  });

  const timers = [
    setInterval(() => {
      if (!allPickedUp) pickUp().catch(complain("sessions could not be picked up"));
      if (someUnlogged) reconcile().catch(complain("a terminal could not be logged again"));
    }, tryAgainMs),
    setInterval(
      () => void reconcile().catch(complain("panes could not be compared")),
      reconcileEveryMs,
    ),
    setInterval(
      () =>
        void applyRetention(house)
          .then(() => forgetOldBases(parts, parts.now() - basesMs))
          .catch(complain("what is old could not be removed")),
      pruneEveryMs,
    ),
  ];
  const stopBounding = boundRuntimes(parts, workers, house.endOverdue);
  const stopWatching = watchHome(house.lock, (loss) => void house.leave(becauseOf[loss], loss));
  if (house.idleMs !== null) timers.push(watchIdle(house, house.idleMs));
  for (const timer of timers) timer.unref();
  return () => {
    stopLost();
    stopUnlogged();
    stopWatching();
    stopBounding();
    for (const timer of timers) clearInterval(timer);
  };
}

/** What config.yaml says of how long things are kept. */
export async function applyRetention({
  parts,
  removeOld,
}: Pick<Household, "parts" | "removeOld">): Promise<void> {
  const config = await parts.config();
  const days = config.get("retention.sessions_days");
  if (days !== null) await removeOld(parts.now() - days * dayMs);
  const eventsMs = config.get("retention.events_days") * dayMs;
  const by = formatPrincipal({ kind: "policy", rule: "retention.runs_days" });
  await forgetOld(parts, { dryRun: false, by });
  await parts.store.prune({ eventsMs, observationsPerSession: 2_000 }, parts.now());
}

function watchIdle(house: Household, idleMs: number): NodeJS.Timeout {
  let neededAt = house.parts.now();
  let looking = false;
  return setInterval(() => {
    const { workers, connections, parts } = house;
    const isNeeded = workers.all.length > 0 || connections() > 0 || house.isNeeded();
    if (isNeeded) neededAt = parts.now();
    if (looking || parts.now() - neededAt < idleMs) return;
    looking = true;
    parts.store.sessions
      .live()
      .then((live) =>
        live.length === 0 ? house.leave("nothing lives and nobody asks") : undefined,
      )
      .catch(() => undefined)
      .finally(() => {
        looking = false;
      });
  }, idleLookMs);
}
