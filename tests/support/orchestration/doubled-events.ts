/** What makes two events of a type the same fact, for facts that happen once. */
const onceFor: Readonly<Record<string, readonly string[]>> = {
  session_created: ["session_id"],
  session_closing: ["session_id"],
  turn_queued: ["turn_id"],
  turn_started: ["turn_id"],
  turn_completed: ["turn_id"],
  turn_failed: ["turn_id"],
  delivery_queued: ["delivery_id"],
  delivery_submitted: ["delivery_id"],
  delivery_accepted: ["delivery_id"],
  prompt_opened: ["prompt_id"],
  prompt_answered: ["prompt_id"],
  approval_requested: ["approval_id"],
  approval_approved: ["approval_id"],
  approval_rejected: ["approval_id"],
  message_sent: ["message_id"],
  run_started: ["run_id"],
  run_ended: ["run_id"],
  task_added: ["task_id"],
  task_claimed: ["task_id", "token"],
  task_released: ["task_id", "token"],
  task_completed: ["task_id"],
  worktree_created: ["path"],
  worktree_removed: ["path"],
};

/** Facts that happen once and were written down more often: type and what they are about. */
export function doubledEvents(events: readonly Readonly<Record<string, unknown>>[]): string[] {
  const seen = new Set<string>();
  const doubled: string[] = [];
  for (const event of events) {
    const fields = onceFor[String(event["type"])];
    if (!fields) continue;
    const fact = [event["type"], ...fields.map((field) => String(event[field]))].join(" ");
    if (seen.has(fact)) doubled.push(fact);
    seen.add(fact);
  }
  return doubled;
}
