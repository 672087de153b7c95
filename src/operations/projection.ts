import type { Delivery } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";
import type { Prompt } from "../domain/prompt.ts";
import { deadlineOf, type Session } from "../domain/session.ts";
import { formatTime, formatTimeOrNull } from "../domain/time.ts";
import type { Turn } from "../domain/turn.ts";
import type { Home } from "../platform/home.ts";

/**
 * What each noun looks like on every wire. One projection per noun, shared by all operations.
 * Unknown is null.
 */
export function projectSession(session: Session, home: Home) {
  const folder = home.session(session.id);
  const { workspace } = session;
  return {
    id: session.id,
    name: session.name,
    provider_id: session.providerId,
    provider_version: session.providerVersion,
    model: session.model,
    role: session.role,
    task: session.task,
    repo_path: workspace.repoPath,
    work_path: workspace.workPath,
    workspace_mode: workspace.mode,
    worktree_path: workspace.mode === "worktree" ? workspace.workPath : null,
    branch: workspace.branch,
    runtime: "tmux",
    state: session.state,
    confidence: session.stateConfidence,
    source: session.stateSource,
    because: session.stateBecause,
    state_at: formatTime(session.stateAt),
    turns: session.turnCount,
    exit_code: session.exitCode,
    exit_signal: session.exitSignal,
    limited_until: formatTimeOrNull(session.limit?.value.resetsAt ?? null),
    background_jobs: session.backgroundJobs,
    agent_session_id: session.agentSessionId,
    author: session.author,
    max_turns: session.maxTurns,
    turns_sent: session.turnsSent,
    deadline_at: formatTimeOrNull(deadlineOf(session)),
    timed_out: session.timedOutAt !== null,
    allowed_files: session.allowedFiles,
    supervision: session.supervision,
    account: session.accountId,
    toolset: session.toolset,
    run_id: session.runId,
    created_at: formatTime(session.createdAt),
    updated_at: formatTime(session.updatedAt),
    ended_at: formatTimeOrNull(session.endedAt),
    tmux: session.terminal
      ? {
          socket: session.terminal.socket,
          window: session.terminal.window,
          pane: session.terminal.pane,
          pid: session.terminal.pid,
        }
      : null,
    artifact_dir: folder.artifacts,
    transcript_path: `${folder.artifacts}/transcript.txt`,
    events_path: `${folder.artifacts}/events.jsonl`,
    metadata: {
      initial_prompt_mode: session.initialPromptMode,
      reasoning_effort: session.reasoningEffort,
      service_tier: session.serviceTier,
    },
  };
}

export type SessionJson = ReturnType<typeof projectSession>;

export function projectTurn(turn: Turn) {
  return {
    id: turn.id,
    n: turn.n,
    state: turn.state,
    prompt: turn.prompt,
    author: turn.author,
    delivery_id: turn.deliveryId,
    created_at: formatTime(turn.createdAt),
    started_at: formatTimeOrNull(turn.startedAt),
    ended_at: formatTimeOrNull(turn.endedAt),
    error: turn.error,
    source: turn.endedBy[0] ?? turn.takenBy[0] ?? null,
    tokens: turn.tokens,
  };
}

export type TurnJson = ReturnType<typeof projectTurn>;

export function projectDelivery(delivery: Delivery) {
  return {
    id: delivery.id,
    turn_id: delivery.turnId,
    prompt_id: delivery.promptId,
    state: delivery.state,
    because: delivery.because,
    size_bytes: delivery.sizeBytes,
    sha256: delivery.sha256,
    acceptance: delivery.acceptance,
    accepted_by: delivery.acceptedBy,
    enters: delivery.enters,
    author: delivery.author,
    created_at: formatTime(delivery.createdAt),
    pasted_at: formatTimeOrNull(delivery.pastedAt),
    submitted_at: formatTimeOrNull(delivery.submittedAt),
    accepted_at: formatTimeOrNull(delivery.acceptedAt),
    expires_at: formatTime(delivery.expiresAt),
  };
}

export type DeliveryJson = ReturnType<typeof projectDelivery>;

export function projectPrompt(prompt: Prompt) {
  return {
    id: prompt.id,
    kind: prompt.kind,
    state: prompt.state,
    text: prompt.text,
    subject: prompt.subject,
    options: prompt.options.map((option) => ({
      label: option.label,
      key: option.key,
      role: option.role,
      via: option.reply !== null && prompt.channel !== null ? "channel" : "keys",
    })),
    accepts_text: prompt.acceptsText,
    fingerprint: prompt.fingerprint,
    source: prompt.openedBy,
    opened_at: formatTime(prompt.openedAt),
    answered_at: formatTimeOrNull(prompt.answeredAt),
    answer: prompt.answer && {
      label: prompt.answer.label,
      text: prompt.answer.text,
      author: prompt.answer.author,
      via: prompt.answer.via,
    },
  };
}

export type PromptJson = ReturnType<typeof projectPrompt>;

export function projectEvent(event: Event) {
  return {
    seq: event.seq,
    at: formatTime(event.at),
    session_id: event.sessionId,
    ...(event.runId ? { run_id: event.runId } : {}),
    ...event.body,
  };
}

export type EventJson = ReturnType<typeof projectEvent>;
