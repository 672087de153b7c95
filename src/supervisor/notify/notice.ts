import type { Event } from "../../domain/event.ts";
import type { Prompt } from "../../domain/prompt.ts";
import type { Session } from "../../domain/session.ts";
import { formatTime } from "../../domain/time.ts";

export const reasons = ["needs_input", "limited", "failed", "completed"] as const;
export type Reason = (typeof reasons)[number];

/** What a person is told of a session. */
export interface Notice {
  readonly reason: Reason;
  readonly session: Session;
  readonly prompt: Prompt | null;
  readonly at: number;
}

/** Why an event may be worth telling, and of which dialog; undefined where it is not. */
export function reasonOf({
  body,
}: Event): { readonly reason: Reason; readonly promptId?: string } | undefined {
  switch (body.type) {
    case "prompt_opened":
    case "prompt_left_to_person":
      return { reason: "needs_input", promptId: body.prompt_id };
    case "limit_hit":
      return { reason: "limited" };
    case "turn_failed":
      return { reason: "failed" };
    case "turn_completed":
      return { reason: "completed" };
    case "session_state_changed":
      return body.to === "failed" || body.to === "lost" || body.to === "unreachable"
        ? { reason: "failed" }
        : undefined;
    default:
      return undefined;
  }
}

/**
 * One line without a word of the worker's: it goes to places that read more into a text than its
 * words, such as a terminal.
 */
export function headline({ reason, session, prompt }: Notice): string {
  const who = session.name ?? session.id;
  const what = {
    needs_input: prompt === null ? "waits for you" : `asks (${prompt.kind})`,
    limited: "met a limit",
    failed: `failed (${session.state})`,
    completed: "completed its turn",
  }[reason];
  return `agentpool: ${who} ${what}`;
}

/** The body of a webhook; worker text only where the person wants it to leave the machine. */
export function payload(
  notice: Notice,
  { withText }: { readonly withText: boolean },
): Record<string, unknown> {
  const { reason, session, prompt, at } = notice;
  return {
    text: headline(notice),
    reason,
    at: formatTime(at),
    session_id: session.id,
    name: session.name,
    provider_id: session.providerId,
    state: session.state,
    prompt: prompt && {
      id: prompt.id,
      kind: prompt.kind,
      ...(withText ? { text: prompt.text } : {}),
    },
    ...(withText ? { because: session.stateBecause } : {}),
  };
}
