import type { Decision } from "../../domain/decision.ts";
import type { CommitResult, Retention, Store } from "../store.ts";
import { accountReader } from "./accounts.ts";
import { artifactReader } from "./artifacts.ts";
import { approvalReader } from "./approvals.ts";
import { applyDecision } from "./commit.ts";
import { cursorReader } from "./cursors.ts";
import type { Database } from "./database.ts";
import { deliveryReader } from "./deliveries.ts";
import { appendEvents, eventReader, lastSeq } from "./events.ts";
import { leaseReader } from "./leases.ts";
import { Listeners } from "./listeners.ts";
import { messageReader, threadReader } from "./messages.ts";
import { Fence, metaStore } from "./meta.ts";
import { observationReader } from "./observations.ts";
import { loggedDecisionReader, participantReader } from "./participants.ts";
import { promptReader } from "./prompts.ts";
import { forget } from "./forget.ts";
import { prune } from "./prune.ts";
import { removeSession } from "./remove-session.ts";
import { runReader } from "./runs.ts";
import { sessionReader } from "./sessions.ts";
import { statisticsReader } from "./statistics.ts";
import { taskReader } from "./tasks.ts";
import { transcriptReader } from "./transcripts.ts";
import { turnReader } from "./turns.ts";
import { usageReader } from "./usage.ts";
import { workerGroupReader } from "./worker-groups.ts";

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
    runs: runReader(database),
    approvals: approvalReader(database),
    messages: messageReader(database),
    threads: threadReader(database),
    participants: participantReader(database),
    decisions: loggedDecisionReader(database),
    tasks: taskReader(database),
    workerGroups: workerGroupReader(database),
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

    remove: async (sessionId, told = []) => {
      const events = await database.write(
        () => {
          fence.check();
          if (!removeSession(database, sessionId)) return undefined;
          return appendEvents(database, told, lastSeq(database));
        },
        (numbered) => numbered && numbered.length > 0 && listeners.tell(numbered),
      );
      return events !== undefined;
    },

    forget: (options) =>
      forget(database, options, {
        fence: () => fence.check(),
        tell: (events) => listeners.tell(events),
      }),

    prune: (retention: Retention, now: number) =>
      prune(database, retention, { now, fence: () => fence.check() }),

    close: () => database.close(),
  };
}
