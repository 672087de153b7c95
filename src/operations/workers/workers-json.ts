import { parseSeatKey, type WorkerGroup } from "../../domain/worker-group.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import type { Session } from "../../domain/session.ts";
import type { Style, Z } from "../define.ts";
import { table } from "../table.ts";

export interface WorkersJson {
  id: string;
  name: string;
  state: string;
  because: string | null;
  provider_id: string;
  model: string | null;
  profile: string | null;
  tags: readonly string[];
  isolation: string;
  repo_path: string;
  run_id: string | null;
  min: number;
  max: number;
  tasks_per_worker: number;
  step: number;
  cool_down_seconds: number;
  break_after: number;
  break_seconds: number;
  /** Workers there are, those that are starting and draining among them. */
  present: number;
  failed_starts: number;
  waits_until: string | null;
  waits_because: string | null;
  decided_at: string | null;
  decided_because: string | null;
  author: string;
  created_at: string;
  ended_at: string | null;
}

export interface WorkerJson {
  session_id: string | null;
  state: string;
  draining: boolean;
  task_id: string | null;
  since: string;
}

export function workersJson(z: Z) {
  return z.looseObject({ id: z.string(), name: z.string(), state: z.string() });
}

export function workersName(z: Z) {
  return z.string().min(1).max(64).describe("Name or id of the workers");
}

export function projectWorkers(group: WorkerGroup, now: number): WorkersJson {
  const { rules, decided } = group;
  const hold = group.hold !== null && group.hold.until > now ? group.hold : null;
  return {
    id: group.id,
    name: group.name,
    state: group.state,
    because: group.because,
    provider_id: group.providerId,
    model: group.model,
    profile: group.profile,
    tags: group.tags,
    isolation: group.mode,
    repo_path: group.repoPath,
    run_id: group.runId,
    min: rules.min,
    max: rules.max,
    tasks_per_worker: rules.tasksPerWorker,
    step: rules.step,
    cool_down_seconds: rules.coolDownMs / 1_000,
    break_after: rules.breakAfter,
    break_seconds: rules.breakMs / 1_000,
    present: group.seats.length,
    failed_starts: group.failedStarts.inARow,
    waits_until: formatTimeOrNull(hold?.until ?? null),
    waits_because: hold?.because ?? null,
    decided_at: formatTimeOrNull(decided?.at ?? null),
    decided_because: decided?.because ?? null,
    author: group.author,
    created_at: formatTime(group.createdAt),
    ended_at: formatTimeOrNull(group.endedAt),
  };
}

/** The workers of a group, in the order they were begun. */
export function projectWorker(
  group: WorkerGroup,
  live: readonly Session[],
  taskOf: (sessionId: string) => string | null,
): WorkerJson[] {
  const sessions = new Map(
    live.flatMap((session) => {
      const key = parseSeatKey(session.idempotencyKey);
      return key?.groupId === group.id ? [[key.n, session] as const] : [];
    }),
  );
  return group.seats.map((seat) => {
    const session = sessions.get(seat.n);
    const id = session?.id ?? seat.sessionId;
    return {
      session_id: id,
      state: session?.state ?? "starting",
      draining: seat.draining,
      task_id: id === null ? null : taskOf(id),
      since: formatTime(session?.stateAt ?? seat.at),
    };
  });
}

export function workersTable(groups: readonly WorkersJson[], style: Style): string {
  return table(
    ["NAME", "STATE", "PROVIDER", "WORKERS", "BOUNDS", "TAGS", "BECAUSE"],
    groups.map((group) => [
      group.name,
      group.state,
      group.provider_id,
      String(group.present),
      `${group.min}..${group.max}`,
      group.tags.join(",") || "-",
      group.waits_because ?? group.because ?? group.decided_because ?? "-",
    ]),
    style,
  );
}
