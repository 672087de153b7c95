import type { Run } from "../../domain/run.ts";
import { roleIn } from "../../domain/session.ts";
import type { Task, TaskExecution } from "../../domain/task.ts";
import { plainRequest, type SpawnRequest } from "../../session/spawn-request.ts";
import { aboutQuotes, reportOf } from "../kinds/report.ts";

/** What a session is given besides its task. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  /** Tasks this one depends on: they are completed. */
  readonly before: readonly Task[];
}

/** How the session of an attempt is started. */
export function spawnRequest(
  run: Pick<Run, "id" | "repoPath" | "envNames">,
  task: Task,
  execution: TaskExecution,
  { env, before }: Surroundings,
): SpawnRequest {
  return {
    ...plainRequest,
    provider: execution.providerId,
    task: taskText(task, execution, before),
    repo: execution.repoPath,
    role: roleIn(execution.mode),
    mode: execution.mode,
    model: execution.model,
    effort: execution.effort,
    envNames: run.envNames,
    env,
    cwd: run.repoPath,
    attempt: task.attempt,
    toolset: execution.toolset ?? (execution.endsWith === "completion" ? "worker" : null),
    runId: run.id,
  };
}

/**
 * The prompt: what its role has to know in a block of its own, the task as it was written, what came
 * of the tasks it depends on, and how it is ended where that takes a word.
 */
export function taskText(
  { id, title, body }: Pick<Task, "id" | "title" | "body">,
  { systemPrompt, endsWith }: Pick<TaskExecution, "systemPrompt" | "endsWith">,
  before: readonly Task[] = [],
): string {
  const role = systemPrompt?.trim() ?? "";
  const parts = [
    ...(role === "" ? [] : [`<instructions>\n${role}\n</instructions>`]),
    body === "" ? title : body,
    ...(before.length === 0
      ? []
      : [`What came of the tasks before this one. ${aboutQuotes}`, reportOf(before)]),
    ...(endsWith === "completion" ? [howToEnd(id)] : []),
  ];
  return parts.join("\n\n");
}

function howToEnd(id: string): string {
  return `The task is yours already. When it is done, call complete_task with task_id ${id} and an account of what you did as result; when it cannot be done, call fail_task with the reason. Your turn's end alone does not end it.`;
}
