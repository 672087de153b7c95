import { counted } from "../../domain/counted.ts";
import { isEnded, type Turn } from "../../domain/turn.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import type { Trespasses } from "../../domain/trespass.ts";
import type { Session } from "../../domain/session.ts";
import type { DiffReport } from "../workspace/diff.ts";
import { plainText } from "../../domain/plain-text.ts";

/** The last turn that ended; its final message is the session's result. */
export function lastEnded(turns: readonly Turn[]): Turn | undefined {
  return turns.findLast(isEnded);
}

/**
 * Why a session has no result, or null when it has one. In our words alone: it is told where text
 * of the agent's is not expected.
 */
export function whyNoResult(turns: readonly Turn[]): string | null {
  const turn = lastEnded(turns);
  if (!turn) return turns.length === 0 ? "no turn was started" : "no turn has ended yet";
  if (turn.result !== null) return null;
  return `turn ${turn.n} ended ${turn.state} and left no message`;
}

/** What happened in a session, for a person: facts, changed files, every turn with its result. */
export function* summaryDocument(
  session: Session,
  turns: readonly Turn[],
  { diff, trespasses }: { readonly diff: DiffReport | null; readonly trespasses: Trespasses },
): Generator<string, void, undefined> {
  const { workspace } = session;
  const facts: [string, string | number | null][] = [
    [
      "Provider",
      [session.providerId, session.providerVersion, session.model].filter(Boolean).join(" "),
    ],
    ["State", `${session.state}: ${session.stateBecause}`],
    ["Exit code", session.exitCode],
    ["Exit signal", session.exitSignal],
    ["Folder", `${workspace.workPath} (${workspace.mode})`],
    ["Branch", workspace.branch],
    ["Started", formatTime(session.createdAt)],
    ["Ended", formatTimeOrNull(session.endedAt)],
  ];
  yield `# ${session.name ?? session.id}\n\n`;
  for (const [name, value] of facts) if (value !== null) yield `- ${name}: ${value}\n`;
  yield* changes(diff);
  yield* withoutRight("Changed without a lease", trespasses.uncovered);
  yield* withoutRight("Changed outside of what it may change", trespasses.notAllowed);
  for (const turn of turns) yield* turnSection(turn);
}

const shownFiles = 100;

function* changes(diff: DiffReport | null): Generator<string, void, undefined> {
  yield "\n## Changed files\n\n";
  if (!diff || diff.missingBecause !== null) {
    yield `There is no diff: ${diff?.missingBecause ?? "it could not be taken"}.\n`;
    return;
  }
  yield `${counted(diff.changedTotal, "file")}, ${counted(diff.linesAdded, "line")} added, ${diff.linesDeleted} deleted.\n\n`;
  for (const file of diff.changed.slice(0, shownFiles)) {
    yield `- ${file.status}: ${JSON.stringify(file.path)}${file.committed ? " (committed)" : ""}\n`;
  }
  if (diff.changedTotal > shownFiles) {
    yield `- and ${diff.changedTotal - shownFiles} more, see changed-files.json\n`;
  }
  for (const note of diff.notes) yield `\nNote: ${note}.\n`;
}

function* withoutRight(
  title: string,
  paths: readonly string[] | null,
): Generator<string, void, undefined> {
  if (paths === null || paths.length === 0) return;
  yield `\n## ${title}\n\n`;
  for (const path of paths.slice(0, shownFiles)) yield `- ${JSON.stringify(path)}\n`;
  if (paths.length > shownFiles) {
    yield `- and ${paths.length - shownFiles} more, see changed-files.json\n`;
  }
}

function* turnSection(turn: Turn): Generator<string, void, undefined> {
  const from = turn.startedAt ?? turn.createdAt;
  const times = [formatTime(from), formatTimeOrNull(turn.endedAt)].filter(Boolean).join(" to ");
  yield `\n## Turn ${turn.n}: ${turn.state}\n\n${times}, by ${turn.author}\n\n`;
  yield `Prompt:\n\n${fenced(turn.prompt)}\n`;
  if (turn.error !== null) yield `\nError:\n\n${fenced(turn.error)}\n`;
  if (turn.result === null) yield `\nIt left no result.\n`;
  else yield `\nResult:\n\n${fenced(turn.result)}\n`;
}

/** Text of others between fences that it cannot close. */
function fenced(text: string): string {
  const plain = plainText(text);
  const longest = Math.max(2, ...Array.from(plain.matchAll(/`{3,}/g), (match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${plain.replace(/\n$/, "")}\n${fence}`;
}

/** What is known about a session, for programs. Only what stays the same when collected again. */
export function metadataDocument(
  session: Session,
  turns: readonly Turn[],
  more: {
    readonly diff: DiffReport | null;
    readonly transcriptSource: string;
    readonly notes: readonly string[];
  },
): Record<string, unknown> {
  const { workspace } = session;
  const { diff } = more;
  return {
    session_id: session.id,
    name: session.name,
    provider_id: session.providerId,
    provider_version: session.providerVersion,
    model: session.model,
    reasoning_effort: session.reasoningEffort,
    service_tier: session.serviceTier,
    role: session.role,
    state: session.state,
    confidence: session.stateConfidence,
    source: session.stateSource,
    because: session.stateBecause,
    exit_code: session.exitCode,
    exit_signal: session.exitSignal,
    repo_path: workspace.repoPath,
    work_path: workspace.workPath,
    workspace_mode: workspace.mode,
    branch: workspace.branch,
    base_commit: workspace.baseCommit,
    agent_session_id: session.agentSessionId,
    author: session.author,
    created_at: formatTime(session.createdAt),
    ended_at: formatTimeOrNull(session.endedAt),
    turns: turns.map((turn) => ({
      id: turn.id,
      n: turn.n,
      state: turn.state,
      author: turn.author,
      started_at: formatTimeOrNull(turn.startedAt),
      ended_at: formatTimeOrNull(turn.endedAt),
      has_result: turn.result !== null,
      error: turn.error,
      tokens: turn.tokens,
    })),
    result_turn: lastEnded(turns)?.n ?? null,
    result_missing_because: whyNoResult(turns),
    transcript_source: more.transcriptSource,
    diff: diff && {
      missing_because: diff.missingBecause,
      head_commit: diff.headCommit,
      commits: diff.commits,
      files: diff.changedTotal,
      lines_added: diff.linesAdded,
      lines_deleted: diff.linesDeleted,
    },
    notes: more.notes,
  };
}

/** Every changed file with what happened to it. */
export function changedFilesDocument(
  diff: DiffReport,
  { uncovered, notAllowed, heldByOthers }: Trespasses,
): Record<string, unknown> {
  return {
    missing_because: diff.missingBecause,
    base_commit: diff.baseCommit,
    head_commit: diff.headCommit,
    commits: diff.commits,
    total: diff.changedTotal,
    listed: diff.changed.length,
    lines_added: diff.linesAdded,
    lines_deleted: diff.linesDeleted,
    not_in_patch: diff.omitted.map(({ path, sizeBytes }) => ({ path, size_bytes: sizeBytes })),
    notes: diff.notes,
    uncovered_files: uncovered,
    not_allowed_files: notAllowed,
    held_by_others: heldByOthers,
    files: diff.changed.map((file) => ({
      path: file.path,
      status: file.status,
      added: file.added,
      deleted: file.deleted,
      binary: file.binary,
      old_path: file.oldPath,
      old_mode: file.oldMode,
      new_mode: file.newMode,
      committed: file.committed,
    })),
  };
}
