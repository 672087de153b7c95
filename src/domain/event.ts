import type { DeliveryState } from "./delivery.ts";
import type { PromptKind } from "./prompt.ts";
import type { SessionState } from "./session.ts";
import type { Confidence, Source } from "./source.ts";

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
  | { readonly type: "worktree_created"; readonly path: string; readonly branch: string }
  | { readonly type: "worktree_removed"; readonly path: string; readonly branch_removed: boolean }
  | {
      readonly type: "supervisor_started";
      readonly epoch: number;
      readonly version: string;
      readonly pid: number;
    }
  | { readonly type: "supervisor_stopped"; readonly epoch: number; readonly because: string };

export type EventType = EventBody["type"];

/** An event before the store numbered it. */
export interface NewEvent {
  readonly sessionId: string | null;
  readonly at: number;
  readonly body: EventBody;
}

export interface Event extends NewEvent {
  readonly seq: number;
}
