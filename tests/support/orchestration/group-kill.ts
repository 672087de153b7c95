import type { CliHome } from "../cli-home.ts";
import { isGone } from "../is-gone.ts";
import { waitFor } from "../wait.ts";
import { processesOf } from "./part-kill.ts";

export interface GroupStatus {
  readonly workers: {
    readonly state: string;
    readonly present: number;
    readonly failed_starts: number;
  };
  readonly claimable: number;
  readonly members: readonly {
    readonly session_id: string | null;
    readonly state: string;
    readonly task_id: string | null;
  }[];
}

export interface LivedSession {
  readonly id: string;
  readonly state: string;
  readonly created_at: string;
  readonly ended_at: string | null;
}

export const groupStatus = (home: CliHome, name: string): Promise<GroupStatus> =>
  home.json<GroupStatus & Record<string, unknown>>(["workers", "status", name]);

export async function livedSessions(home: CliHome): Promise<readonly LivedSession[]> {
  return (await home.json<{ sessions: LivedSession[] }>(["sessions", "--all", "--limit", "500"]))
    .sessions;
}

/** The most sessions that lived at one moment. */
export function mostAtOnce(sessions: readonly LivedSession[]): number {
  const counts = sessions.map(
    ({ created_at: at }) =>
      sessions.filter((one) => one.created_at <= at && (one.ended_at ?? "~") > at).length,
  );
  return Math.max(0, ...counts);
}

/** Counts the sessions whose agents live, again and again; what it gives ends that and says the most. */
export function countAgents(home: CliHome): () => number {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, sessionsAtWork(home).length);
  }, 100);
  return () => {
    clearInterval(timer);
    return most;
  };
}

/** The sessions that an agent lives of; one that is asked for its version is none. */
export function sessionsAtWork(home: CliHome): readonly string[] {
  const ids = processesOf(home).flatMap(({ kind, line }) =>
    kind === "agent" ? (/--config .*\/sessions\/(\w+)\//.exec(line)?.[1] ?? []) : [],
  );
  return [...new Set(ids)];
}

/** Nothing that was started for this home lives. */
export async function untilNothingLives(home: CliHome): Promise<void> {
  await waitFor(() => processesOf(home).every(({ pid }) => isGone(pid)), {
    timeoutMs: 30_000,
    what: "the end of every process of this home",
  });
}
