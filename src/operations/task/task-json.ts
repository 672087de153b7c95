import {
  isTaskEnd,
  type Claim,
  type Task,
  type TaskHead,
  type TaskNote,
} from "../../domain/task.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import type { Style, Z } from "../define.ts";
import { formatAge, table } from "../table.ts";

export interface ClaimJson {
  holder: string;
  session_id: string | null;
  token: number;
  claimed_at: string;
  expires_at: string;
  ttl_seconds: number;
}

export interface TaskHeadJson {
  id: string;
  run_id: string | null;
  key: string | null;
  title: string;
  state: string;
  because: string | null;
  priority: number;
  tags: readonly string[];
  requires: { provider_id: string | null; model: string | null; role: string | null };
  depends_on: readonly string[];
  claim: ClaimJson | null;
  attempt: number;
  max_attempts: number;
  not_before: string | null;
  error: string | null;
  artifacts: readonly string[];
  author: string;
  created_at: string;
  updated_at: string;
  ended_at: string | null;
}

export interface TaskJson extends TaskHeadJson {
  body: string;
  result: string | null;
}

export function projectTaskHead(task: TaskHead): TaskHeadJson {
  return {
    id: task.id,
    run_id: task.runId,
    key: task.key,
    title: task.title,
    state: task.state,
    because: task.because,
    priority: task.priority,
    tags: task.tags,
    requires: {
      provider_id: task.requires.providerId,
      model: task.requires.model,
      role: task.requires.role,
    },
    depends_on: task.dependsOn,
    claim: task.claim && projectClaim(task.claim),
    attempt: task.attempt,
    max_attempts: task.maxAttempts,
    not_before: formatTimeOrNull(task.notBefore),
    error: task.error,
    artifacts: task.artifacts,
    author: task.author,
    created_at: formatTime(task.createdAt),
    updated_at: formatTime(task.updatedAt),
    ended_at: formatTimeOrNull(task.endedAt),
  };
}

export function projectTask(task: Task): TaskJson {
  return { ...projectTaskHead(task), body: task.body, result: task.result };
}

export interface NoteJson {
  id: string;
  task_id: string;
  author: string;
  text: string;
  at: string;
}

export function projectNote({ id, taskId, author, text, at }: TaskNote): NoteJson {
  return { id, task_id: taskId, author, text, at: formatTime(at) };
}

function projectClaim(claim: Claim): ClaimJson {
  return {
    holder: claim.holder,
    session_id: claim.sessionId,
    token: claim.token,
    claimed_at: formatTime(claim.claimedAt),
    expires_at: formatTime(claim.expiresAt),
    ttl_seconds: claim.ttlMs / 1000,
  };
}

const maybe = (z: Z) => z.string().nullable();

export function taskHeadJson(z: Z) {
  return z.looseObject({
    id: z.string(),
    run_id: maybe(z),
    title: z.string(),
    state: z.string(),
    because: maybe(z),
    priority: z.number(),
    tags: z.array(z.string()),
    depends_on: z.array(z.string()),
    claim: z
      .looseObject({ holder: z.string(), token: z.number(), expires_at: z.string() })
      .nullable(),
    attempt: z.number(),
    max_attempts: z.number(),
  });
}

export function taskJson(z: Z) {
  return taskHeadJson(z).extend({ body: z.string(), result: maybe(z) });
}

export function noteJson(z: Z) {
  return z.looseObject({
    id: z.string(),
    task_id: z.string(),
    author: z.string(),
    text: z.string(),
    at: z.string(),
  });
}

export function taskTable(tasks: readonly TaskHeadJson[], style: Style): string {
  // programs get moments where people get ages, so that a line stays what it is
  const isTsv = style.columns === undefined;
  return table(
    ["TASK", "STATE", "PRIORITY", isTsv ? "CREATED" : "AGE", "WHO", "TITLE"],
    tasks.map((task) => [
      task.id,
      stateWord(task, style),
      String(task.priority),
      isTsv ? task.created_at : formatAge(style.nowMs - Date.parse(task.created_at)),
      task.claim?.holder ?? "-",
      task.because === null || isEnd(task) ? task.title : `${task.title} (${task.because})`,
    ]),
    style,
  );
}

export function stateWord({ state, because }: TaskHeadJson, style: Style): string {
  if (state === "completed") return style.green(state);
  if (state === "failed" || (state === "blocked" && because !== null)) return style.red(state);
  return state === "claimed" ? style.cyan(state) : state;
}

function isEnd({ state }: TaskHeadJson): boolean {
  return isTaskEnd(state as TaskHead["state"]) && state === "completed";
}

/** One task and what is known of its claim, in a few lines. */
export function taskText(task: TaskHeadJson, style: Style): string {
  const { claim } = task;
  const lines = [`${task.id}  ${style.bold(stateWord(task, style))}  ${task.title}`];
  if (task.because !== null) lines.push(style.dim(`  ${task.because}`));
  if (claim !== null && task.state === "claimed") {
    lines.push(`  ${claim.holder}, token ${claim.token}, until ${claim.expires_at}`);
  }
  if (task.not_before !== null) lines.push(`  not before ${task.not_before}`);
  return lines.join("\n");
}
