import type { ApprovalKind } from "./approval.ts";
import type { DeliveryState } from "./delivery.ts";
import type { LeaseMode } from "./lease.ts";
import type { PromptKind } from "./prompt.ts";
import type { RunEnd, RunKindName, RunState } from "./run.ts";
import type { SessionState } from "./session.ts";
import type { Confidence, Source } from "./source.ts";
import type { SessionToolset } from "./toolset.ts";
import type { WorkerGroupState } from "./worker-group.ts";

/**
 * Every fact we record, one union: what happened, to which session, at which moment. The store
 * numbers events in commit order (`seq`, from 1, without gaps across sessions).
 */
export type EventBody =
  | {
      readonly type: "session_created";
      readonly provider_id: string;
      readonly workspace_mode: string;
    }
  | { readonly type: "session_started"; readonly pid: number | null; readonly pane: string }
  | {
      readonly type: "session_state_changed";
      readonly from: SessionState;
      readonly to: SessionState;
      readonly source: Source;
      readonly confidence: Confidence;
      readonly because: string;
    }
  | {
      readonly type: "session_exited";
      readonly exit_code: number | null;
      readonly signal: string | null;
    }
  | { readonly type: "session_adopted"; readonly epoch: number }
  | {
      readonly type: "session_resumed";
      readonly from_state: SessionState;
      readonly agent_session_id: string;
      readonly by: string;
      readonly request_key: string | null;
    }
  | {
      readonly type: "session_closing";
      readonly as: "cancelled" | "completed";
      readonly by: string;
    }
  | { readonly type: "session_timed_out"; readonly max_runtime_seconds: number }
  /** Of no session: what is kept of the one it tells of went with it. */
  | {
      readonly type: "session_removed";
      readonly removed_session_id: string;
      readonly name: string | null;
      readonly by: string;
    }
  | { readonly type: "session_unreachable"; readonly because: string }
  | { readonly type: "session_reachable" }
  | { readonly type: "agent_identified"; readonly agent_session_id: string }
  | { readonly type: "turn_queued"; readonly turn_id: string; readonly n: number }
  | {
      readonly type: "turn_started";
      readonly turn_id: string;
      readonly n: number;
      readonly source: Source;
      readonly author: string;
    }
  | {
      readonly type: "turn_completed";
      readonly turn_id: string;
      readonly n: number;
      readonly source: Source;
    }
  | {
      readonly type: "turn_interrupted";
      readonly turn_id: string;
      readonly n: number;
      readonly source: Source;
    }
  | {
      readonly type: "turn_failed";
      readonly turn_id: string;
      readonly n: number;
      readonly source: Source;
      readonly error: string | null;
    }
  | {
      readonly type: "turn_limited";
      readonly turn_id: string;
      readonly n: number;
      readonly source: Source;
      readonly error: string | null;
    }
  | {
      readonly type: "turn_cancelled";
      readonly turn_id: string;
      readonly n: number;
      readonly source: Source;
      readonly because: string;
    }
  | {
      readonly [State in DeliveryState]: {
        readonly type: `delivery_${State}`;
        readonly delivery_id: string;
        readonly turn_id: string | null;
        readonly source: Source;
        readonly because: string | null;
      };
    }[DeliveryState]
  | {
      readonly type: "prompt_opened";
      readonly prompt_id: string;
      readonly kind: PromptKind;
      readonly text: string;
      readonly source: Source;
    }
  | {
      readonly type: "prompt_changed";
      readonly prompt_id: string;
      readonly options: readonly string[];
      readonly source: Source;
    }
  | {
      readonly type: "prompt_answered";
      readonly prompt_id: string;
      readonly label: string | null;
      readonly author: string;
      readonly via: "channel" | "keys";
    }
  | {
      readonly type: "prompt_answer_unconfirmed";
      readonly prompt_id: string;
      readonly because: string;
    }
  | {
      readonly type: "prompt_left_to_person";
      readonly prompt_id: string;
      readonly because: string;
    }
  | { readonly type: "prompt_withdrawn"; readonly prompt_id: string; readonly because: string }
  | { readonly type: "tool_started"; readonly name: string; readonly detail: string }
  | { readonly type: "tool_finished"; readonly name: string; readonly ok: boolean }
  | {
      readonly type: "interrupt_requested";
      readonly turn_id: string | null;
      readonly by: string;
      readonly request_key: string | null;
    }
  | {
      readonly type: "keys_pressed";
      readonly keys: readonly string[];
      readonly by: string;
      readonly request_key: string | null;
    }
  | {
      readonly type: "limit_hit";
      readonly resets_at: string | null;
      readonly message: string;
      readonly source: Source;
    }
  | {
      readonly type: "account_limited";
      readonly account_id: string;
      readonly resets_at: string | null;
      readonly until: string;
      readonly because: string;
    }
  | { readonly type: "account_lifted"; readonly account_id: string; readonly because: string }
  | { readonly type: "limit_warning"; readonly message: string; readonly source: Source }
  | { readonly type: "limit_lifted"; readonly source: Source }
  | { readonly type: "background_jobs"; readonly count: number }
  | { readonly type: "channel_lost"; readonly channel: Source; readonly because: string }
  | { readonly type: "channel_heard"; readonly channel: Source }
  | { readonly type: "output_gap"; readonly because: string }
  | { readonly type: "artifacts_collected"; readonly kinds: readonly string[] }
  | { readonly type: "survivors_left"; readonly pids: readonly number[] }
  | {
      readonly type: "tool_refused";
      readonly operation: string;
      readonly toolset: SessionToolset;
      readonly code: "tool_refused" | "other_run" | "policy_blocked";
      readonly because: string;
    }
  | ({ readonly type: "lease_waiting" } & AboutLease)
  | ({
      readonly type: "lease_acquired";
      readonly mode: LeaseMode;
      readonly token: number;
      readonly expires_at: string;
    } & AboutLease)
  | ({
      readonly type: "lease_renewed";
      readonly expires_at: string;
      readonly by: string;
    } & AboutLease)
  | ({
      readonly type: "lease_released" | "lease_expired" | "lease_withdrawn";
      readonly because: string;
    } & AboutLease)
  | ({
      readonly type: "approval_requested";
      readonly subject: string;
      readonly requested_by: string;
      readonly task_id: string | null;
      readonly expires_at: string;
    } & AboutApproval)
  | ({
      readonly type: "approval_approved" | "approval_rejected";
      readonly by: string;
      readonly comment: string | null;
    } & AboutApproval)
  | ({ readonly type: "approval_expired" } & AboutApproval)
  | ({
      readonly type: "approval_moved";
      readonly expires_at: string;
      readonly because: string;
    } & AboutApproval)
  | ({
      readonly type: "approval_cancelled";
      readonly by: string;
      readonly because: string;
    } & AboutApproval)
  | {
      readonly type: "message_sent";
      readonly message_id: string;
      readonly n: number;
      readonly thread_id: string | null;
      readonly sender: string;
      /** A participant, `all`, or the thread's id. */
      readonly to: string;
      readonly recipients: number;
      readonly size_bytes: number;
    }
  | {
      readonly type: "message_delivered" | "message_acked";
      readonly participant: string;
      readonly message_ids: readonly string[];
    }
  | {
      /** It was handed to the outbox of the participant's pane. */
      readonly type: "message_typed";
      readonly message_id: string;
      readonly participant: string;
      readonly delivery_id: string;
    }
  | {
      readonly type: "thread_opened";
      readonly thread_id: string;
      readonly title: string;
      readonly author: string;
      readonly participants: readonly string[];
    }
  | {
      readonly type: "thread_changed" | "thread_resolved";
      readonly thread_id: string;
      readonly state: string;
      readonly by: string;
    }
  | {
      readonly type: "agent_registered";
      readonly participant: string;
      readonly role: string | null;
      readonly ttl_seconds: number;
    }
  | { readonly type: "agent_left"; readonly participant: string; readonly because: string }
  | {
      readonly type: "decision_logged";
      readonly decision_id: string;
      readonly by: string;
      readonly kind: string;
      readonly decision: string;
      readonly context: string | null;
      readonly reason: string | null;
      readonly task_id: string | null;
    }
  | {
      readonly type: "run_started";
      readonly run_id: string;
      readonly kind: RunKindName;
      readonly name: string | null;
      readonly by: string;
    }
  | {
      readonly type: "run_state_changed";
      readonly run_id: string;
      readonly from: RunState;
      readonly to: RunState;
      readonly because: string | null;
      readonly by: string;
    }
  | {
      readonly type: "run_ended";
      readonly run_id: string;
      readonly state: RunEnd;
      readonly because: string | null;
    }
  | ({
      readonly type: "task_added";
      readonly title: string;
      readonly state: "pending" | "blocked";
      readonly by: string;
    } & AboutTask)
  | ({
      readonly type: "task_claimed";
      readonly holder: string;
      readonly token: number;
      readonly attempt: number;
      readonly expires_at: string;
    } & AboutTask)
  | ({
      readonly type: "task_released";
      readonly holder: string;
      readonly token: number;
      readonly because: string;
      /** The pause before it may be claimed again; null without one. */
      readonly not_before: string | null;
    } & AboutTask)
  | ({
      readonly type: "task_completed";
      readonly holder: string;
      readonly token: number;
      readonly attempt: number;
    } & AboutTask)
  | ({
      readonly type: "task_failed";
      readonly holder: string | null;
      readonly attempt: number;
      readonly because: string;
    } & AboutTask)
  /** It waits for others; with a reason when one of those cannot be completed as things are. */
  | ({ readonly type: "task_blocked"; readonly because: string | null } & AboutTask)
  | ({ readonly type: "task_unblocked" } & AboutTask)
  /** It could be claimed and is not given out; null when nothing holds it any more. */
  | ({
      readonly type: "task_waiting";
      readonly because: string | null;
      readonly until: string | null;
    } & AboutTask)
  | ({
      readonly type: "task_cancelled";
      readonly because: string;
      readonly by: string;
    } & AboutTask)
  | ({ readonly type: "task_retried"; readonly by: string } & AboutTask)
  /** Its agent could not be started, or was at its limit: the next one of its profile's list does it. */
  | ({
      readonly type: "task_switched";
      readonly from_provider_id: string;
      readonly from_model: string | null;
      readonly provider_id: string;
      readonly model: string | null;
      readonly because: string;
    } & AboutTask)
  | ({ readonly type: "task_noted"; readonly note_id: string; readonly by: string } & AboutTask)
  | ({
      readonly type: "workers_started";
      readonly name: string;
      readonly provider_id: string;
      readonly min: number;
      readonly max: number;
      readonly by: string;
    } & AboutWorkers)
  | ({
      readonly type: "workers_bounded";
      readonly min: number;
      readonly max: number;
      readonly by: string;
    } & AboutWorkers)
  | ({
      /** A decision of the autoscaler that changes something; workers by the ids of their sessions. */
      readonly type: "workers_scaled";
      readonly claimable: number;
      readonly desired: number;
      readonly present: number;
      readonly start: number;
      readonly drain: readonly string[];
      readonly keep: readonly string[];
      readonly stop: readonly string[];
      readonly because: string;
    } & AboutWorkers)
  | ({
      readonly type: "workers_waiting";
      readonly until: string;
      readonly because: string;
    } & AboutWorkers)
  | ({
      readonly type: "workers_state_changed";
      readonly from: WorkerGroupState;
      readonly to: WorkerGroupState;
      readonly because: string;
      readonly by: string;
    } & AboutWorkers)
  | ({
      readonly type: "worker_failed";
      /** Null when no session was begun. */
      readonly session_id: string | null;
      readonly in_a_row: number;
      readonly because: string;
    } & AboutWorkers)
  /** It ended its turn while there were tasks, and is told so. */
  | ({ readonly type: "worker_told"; readonly session_id: string } & AboutWorkers)
  /** Of a budget for the day; told once a day for each limit. */
  | {
      readonly type: "budget_near" | "budget_used_up";
      readonly setting: string;
      readonly used: number;
      readonly limit: number;
      readonly used_percent: number;
      /** In UTC, `2026-06-01`. */
      readonly day: string;
      readonly until: string;
      readonly because: string;
    }
  | { readonly type: "worktree_created"; readonly path: string; readonly branch: string }
  | {
      readonly type: "worktree_files_included";
      readonly files: readonly string[];
      readonly total: number;
    }
  | {
      readonly type: "worktree_script_ended";
      readonly script: "setup" | "teardown";
      readonly ok: boolean;
      readonly exit_code: number | null;
      readonly duration_ms: number;
      readonly log: string;
    }
  | { readonly type: "worktree_removed"; readonly path: string; readonly branch_removed: boolean }
  /** They were over for longer than the settings keep them; told with each batch that goes. */
  | {
      readonly type: "records_removed";
      readonly kind: RemovedKind;
      readonly ids: readonly string[];
      readonly by: string;
    }
  /** What killed processes left; each as `gc` names it. */
  | {
      readonly type: "orphans_removed";
      readonly orphans: readonly string[];
      readonly by: string;
    }
  | {
      readonly type: "supervisor_started";
      readonly epoch: number;
      readonly version: string;
      readonly pid: number;
    }
  | { readonly type: "supervisor_stopped"; readonly epoch: number; readonly because: string };

/** What goes by age, without events about it alone. */
export type RemovedKind = "run" | "task" | "approval" | "participant" | "message";

interface AboutApproval {
  readonly approval_id: string;
  readonly kind: ApprovalKind;
}

interface AboutWorkers {
  readonly workers_id: string;
}

interface AboutTask {
  readonly task_id: string;
}

interface AboutLease {
  readonly lease_id: string;
  readonly holder: string;
  readonly repo_path: string;
  readonly file_path: string;
}

export type EventType = EventBody["type"];

/** An event before the store numbered it. */
export interface NewEvent {
  readonly sessionId: string | null;
  /** The run it belongs to; absent or null for none. */
  readonly runId?: string | null;
  readonly at: number;
  readonly body: EventBody;
}

export interface Event extends NewEvent {
  readonly seq: number;
}
