import { createHash } from "node:crypto";
import { parseAttemptKey } from "../../domain/attempt-key.ts";
import { idPrefixes } from "../../domain/ids.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import type { Session } from "../../domain/session.ts";
import { longestNoteChars } from "../../domain/task.ts";
import { note } from "../../domain/task-rules.ts";
import { redact } from "../../platform/redact.ts";
import type { SessionParts } from "../../session/parts.ts";
import { runGit } from "../../session/workspace/git.ts";

/** More are counted in the branch itself. */
const mostCommits = 50;

/**
 * Writes down on a task which commits the session of one attempt made on its branch, as a note: each
 * `<hash> <subject>`. Once for each session, however often it is asked; nothing without a branch of
 * its own or without commits.
 */
export async function noteCommits(
  { store, machine, now }: Pick<SessionParts, "store" | "machine" | "now">,
  runId: string,
  session: Session,
): Promise<void> {
  const key = parseAttemptKey(session.idempotencyKey);
  const { branch, baseCommit, repoPath } = session.workspace;
  if (!key || branch === null || baseCommit === null) return;
  const range = `${baseCommit}..refs/heads/${branch}`;
  const args = ["log", `--max-count=${mostCommits}`, "--reverse", "--format=%h %s", range];
  const { exitCode, stdout } = await runGit(machine, repoPath, args);
  // an empty branch went with its worktree
  if (exitCode !== 0 || stdout.trim() === "") return;
  const task = await store.tasks.get(key.taskId);
  if (!task) return;
  const digest = createHash("sha256").update(`commits ${session.id}`).digest("hex");
  const id = `${idPrefixes.note}${digest.slice(0, 17)}`;
  const before = await store.tasks.notes(task.id, 50);
  if (before.some((one) => one.id === id)) return;
  const text = redact(`commits on ${branch}:\n${stdout.trim()}`).slice(0, longestNoteChars);
  const author = formatPrincipal({ kind: "run", runId });
  const written = { id, taskId: task.id, author, text, at: now() };
  await store.commit(note(task, written, session.id));
}
