import type { Decision } from "../../domain/decision.ts";
import type { CommitResult, Retention, Store } from "../store.ts";
import { accountReader } from "./accounts.ts";
import { artifactReader } from "./artifacts.ts";
import { applyDecision } from "./commit.ts";
import { cursorReader } from "./cursors.ts";
import type { Database } from "./database.ts";
import { deliveryReader } from "./deliveries.ts";
import { eventReader } from "./events.ts";
import { leaseReader } from "./leases.ts";
import { Listeners } from "./listeners.ts";
import { Fence, metaStore } from "./meta.ts";
import { observationReader } from "./observations.ts";
import { promptReader } from "./prompts.ts";
import { prune } from "./prune.ts";
import { removeSession } from "./remove-session.ts";
import { sessionReader } from "./sessions.ts";
import { statisticsReader } from "./statistics.ts";
import { transcriptReader } from "./transcripts.ts";
import { turnReader } from "./turns.ts";
import { usageReader } from "./usage.ts";

/** The store over one database file whose schema is in order. */
export function sqliteStore(database: Database, epoch: number): Store {
  const fence = new Fence(database, epoch);
  const listeners = new Listeners();
  return {
    sessions: sessionReader(database),
    turns: turnReader(database),
    deliveries: deliveryReader(database),
    prompts: promptReader(database),
    events: eventReader(database),
    observations: observationReader(database),
    transcripts: transcriptReader(database),
    artifacts: artifactReader(database),
    cursors: cursorReader(database),
    accounts: accountReader(database),
    usage: usageReader(database),
    leases: leaseReader(database),
    statistics: statisticsReader(database),
    meta: metaStore(database, fence),

    commit: (decision: Decision): Promise<CommitResult> =>
      database.write(
        () => {
          fence.check();
          return applyDecision(database, decision);
        },
        (result) => {
          if (result.ok) listeners.tell(result.events);
        },
      ),

    onCommit: (listener) => listeners.add(listener),

    remove: (sessionId) =>
      database.write(() => {
        fence.check();
        return removeSession(database, sessionId);
      }),

    prune: (retention: Retention, now: number) =>
      prune(database, retention, { now, fence: () => fence.check() }),

    close: () => database.close(),
  };
}
