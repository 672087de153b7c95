import { AgentpoolError } from "../../domain/errors.ts";
import type { TaskHead } from "../../domain/task.ts";

export function taskNotFound(id: string): AgentpoolError {
  return new AgentpoolError("task_not_found", `No task "${id}"`, {
    hint: "See which there are: agentpool task list",
    details: { task_id: id },
  });
}

export function taskEnded({ id, state, because, claim }: TaskHead): AgentpoolError {
  const by = state === "completed" && claim ? ` by ${claim.holder} with token ${claim.token}` : "";
  return new AgentpoolError("task_ended", `Task ${id} is ${state}`, {
    why: `It was ${state}${by}${because === null ? "" : `: ${because}`}. Nothing was changed.`,
    hint: `See what came of it: agentpool task show ${id}`,
    details: { task_id: id, state, holder: claim?.holder ?? null, token: claim?.token ?? null },
  });
}
