import { initial } from "./migrations/0001-initial.ts";
import { accounts } from "./migrations/0002-accounts.ts";
import { usageSnapshots } from "./migrations/0003-usage-snapshots.ts";
import { conversations } from "./migrations/0004-conversations.ts";
import { sessionLimits } from "./migrations/0005-session-limits.ts";
import { leases } from "./migrations/0006-leases.ts";
import { statistics } from "./migrations/0007-statistics.ts";
import { eventsOfRuns } from "./migrations/0008-events-of-runs.ts";
import { tasks } from "./migrations/0009-tasks.ts";
import { messages } from "./migrations/0010-messages.ts";
import { approvalsAndParticipants } from "./migrations/0011-approvals-and-participants.ts";
import { runs } from "./migrations/0012-runs.ts";
import { sessionsOfRuns } from "./migrations/0013-sessions-of-runs.ts";
import { workerGroups } from "./migrations/0014-worker-groups.ts";
import { dayBudgets } from "./migrations/0015-day-budgets.ts";
import { removedSessions } from "./migrations/0016-removed-sessions.ts";
import type { Migration } from "./migrations/migration.ts";

/**
 * How the store came to look as it does. Only ever appended to: within one major version of
 * agentpool a migration adds, so that programs of an older version go on working beside it.
 */
export const migrations: readonly Migration[] = [
  initial,
  accounts,
  usageSnapshots,
  conversations,
  sessionLimits,
  leases,
  statistics,
  eventsOfRuns,
  tasks,
  messages,
  approvalsAndParticipants,
  runs,
  sessionsOfRuns,
  workerGroups,
  dayBudgets,
  removedSessions,
];
