import type { EventBody } from "../../domain/event.ts";

/** An event in words for a log of what a session did; undefined for one that says nothing there. */
export function eventText(event: EventBody): string | undefined {
  switch (event.type) {
    case "session_created":
      return `${event.provider_id} is started (${event.workspace_mode})`;
    case "session_exited":
      return event.signal === null
        ? `its process ended with ${event.exit_code ?? "an unknown exit code"}`
        : `its process was ended by ${event.signal}`;
    case "session_resumed":
      return `begins again with its conversation, by ${event.by}`;
    case "session_unreachable":
      return `cannot be reached: ${event.because}`;
    case "session_timed_out":
      return `ended: it lived for ${event.max_runtime_seconds} seconds, the most it may`;
    case "session_reachable":
      return "can be reached again";
    case "session_state_changed":
      return `${event.from} → ${event.to}: ${event.because}`;
    case "turn_failed":
    case "turn_limited":
      return `turn ${event.n} ${event.type.slice(5)}${event.error === null ? "" : `: ${event.error}`}`;
    case "turn_completed":
    case "turn_interrupted":
    case "turn_cancelled":
      return `turn ${event.n} ${event.type.slice(5)}`;
    case "delivery_refused":
    case "delivery_expired":
    case "delivery_cancelled":
    case "delivery_unconfirmed":
      return `text ${event.delivery_id} ${event.type.slice(9)}: ${event.because ?? "no reason known"}`;
    case "prompt_opened":
      return `asks (${event.kind}, ${event.prompt_id}): ${event.text}`;
    case "prompt_answered":
      return `${event.prompt_id} answered by ${event.author}: ${event.label ?? "in words"}`;
    case "prompt_answer_unconfirmed":
    case "prompt_left_to_person":
    case "prompt_withdrawn":
      return `${event.prompt_id} ${event.type.slice(7).replaceAll("_", " ")}: ${event.because}`;
    case "interrupt_requested":
      return `interrupted by ${event.by}`;
    case "keys_pressed":
      return `keys pressed by ${event.by}: ${event.keys.join(" ")}`;
    case "limit_hit":
    case "limit_warning":
      return `${event.type.replace("_", " ")}: ${event.message}`;
    case "limit_lifted":
      return "the limit is over";
    case "channel_lost":
      return `${event.channel} fell silent: ${event.because}`;
    case "output_gap":
      return `output is missing: ${event.because}`;
    case "tool_refused":
      return `refused ${event.operation}: ${event.because}`;
    case "survivors_left":
      return `processes live on: ${event.pids.join(", ")}`;
    case "worktree_created":
      return `works in ${event.path} on ${event.branch}`;
    case "worktree_removed":
      return `worktree ${event.path} removed`;
    default:
      return undefined;
  }
}
