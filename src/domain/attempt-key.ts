import type { Claim, Task } from "./task.ts";

/** One attempt at a task: which claim a session was started for. */
export interface AttemptKey {
  readonly taskId: string;
  readonly attempt: number;
  readonly token: number;
}

/**
 * The idempotency key of the session of one attempt, and the request key of its claim: a crash
 * between the claim and the start of the session ends with one session, and a claim that was given
 * out anew has another.
 */
export function attemptKey({ id, attempt }: Pick<Task, "id" | "attempt">, token: number): string {
  return `task:${id}:a${attempt}:t${token}`;
}

export function parseAttemptKey(key: string | null): AttemptKey | undefined {
  const [, taskId, attempt, token] = /^task:(tk_\w+):a(\d+):t(\d+)$/.exec(key ?? "") ?? [];
  return taskId === undefined
    ? undefined
    : { taskId, attempt: Number(attempt), token: Number(token) };
}

/**
 * Whether the scheduler of runs gave this claim to itself. It knows more than that a session ended:
 * what came of it; nobody else takes such a claim back.
 */
export function isScheduled(taskId: string, { requestKey, token }: Claim): boolean {
  const key = parseAttemptKey(requestKey ?? null);
  return key?.taskId === taskId && key.token === token;
}
