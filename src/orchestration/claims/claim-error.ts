import { AgentpoolError } from "../../domain/errors.ts";
import { isTaskEnd, type TaskHead } from "../../domain/task.ts";
import { pausedUntil } from "../../domain/task-pause.ts";
import { formatTime } from "../../domain/time.ts";
import { taskEnded } from "../board/board-error.ts";

/** Why nobody, or not this one, can be given the task now. */
export function notClaimable(task: TaskHead, now: number): AgentpoolError {
  const { id, state, because, claim } = task;
  const details = { task_id: id, state, holder: claim?.holder ?? null };
  if (isTaskEnd(state)) return taskEnded(task);
  if (state === "claimed" && claim) {
    return new AgentpoolError("task_claimed", `Somebody works on task ${id}`, {
      why: `${claim.holder} has it, with token ${claim.token} until ${formatTime(claim.expiresAt)}.`,
      hint: `Wait for it: agentpool task wait ${id}`,
      details: { ...details, token: claim.token, expires_at: formatTime(claim.expiresAt) },
    });
  }
  if (state === "blocked") {
    return new AgentpoolError("task_not_claimable", `Task ${id} waits for others`, {
      why: because ?? `It depends on ${task.dependsOn.slice(0, 5).join(", ")}.`,
      hint: `See what it waits for: agentpool task graph ${id}`,
      details,
    });
  }
  const notBefore = pausedUntil(task, now);
  if (notBefore !== null) {
    return new AgentpoolError("task_not_claimable", `Task ${id} pauses`, {
      why: `Its last attempt failed; it is given out again at ${formatTime(notBefore)}.`,
      details: { ...details, not_before: formatTime(notBefore) },
    });
  }
  const { providerId, model, role } = task.requires;
  const wanted = Object.entries({ provider: providerId, model, role })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${value}`);
  return new AgentpoolError("task_not_claimable", `Task ${id} is for somebody else`, {
    why: `It requires ${wanted.join(", ")}.`,
    details: { ...details, requires: { provider: providerId, model, role } },
  });
}

/** For whoever is to be given nothing more, whatever the task. */
export function takesNothing({ id, state }: TaskHead, why: string): AgentpoolError {
  return new AgentpoolError("task_not_claimable", `Task ${id} is not given to this session`, {
    why,
    details: { task_id: id, state },
  });
}

/** For a worker of a run that asks for what its scheduler carries out. */
export function scheduled({ id, runId, state }: TaskHead): AgentpoolError {
  return new AgentpoolError("task_not_claimable", `Task ${id} is given out by its run`, {
    why: `The scheduler of ${runId} starts a session of its own for it as soon as there is room.`,
    hint: `Wait for it: agentpool task wait ${id}`,
    details: { task_id: id, state, run_id: runId },
  });
}

/** For whoever comes with a claim that is over. */
export function claimLost(task: TaskHead, token: number | null): AgentpoolError {
  const { id, state, claim, pastClaim } = task;
  const own =
    pastClaim && pastClaim.token === token ? `Your claim was over: ${pastClaim.because}.` : "";
  const present =
    state === "claimed" && claim
      ? `${claim.holder} has it now, with token ${claim.token}.`
      : `It is ${state} now, and nobody has it.`;
  return new AgentpoolError("claim_lost", `Your claim on task ${id} is over`, {
    why: [own, present, "Nothing was changed."].filter((part) => part !== "").join(" "),
    hint: "Leave this task, and take another: agentpool task claim --help",
    details: { task_id: id, state, token: claim?.token ?? null, given: token },
  });
}

export function claimNotHeld(task: TaskHead, by: string | null): AgentpoolError {
  const { id, claim } = task;
  return new AgentpoolError(
    "claim_not_held",
    by !== null
      ? `Task ${id} is not ${by}'s`
      : claim
        ? `Task ${id} is somebody's`
        : `Nobody has claimed task ${id}`,
    {
      why: `${claim?.holder ?? "Nobody"} has it. Nothing was changed.`,
      hint: claim
        ? "Give the token it was claimed with, --token N: agentpool task complete --help"
        : `Claim it before: agentpool task claim ${id} --agent NAME`,
      details: { task_id: id, holder: claim?.holder ?? null },
    },
  );
}
