import type { Decision } from "./decision.ts";
import type { EventBody } from "./event.ts";
import type { Task, TaskHead } from "./task.ts";
import { release } from "./claim-rules.ts";

/** Whether somebody else may be tried for a task when its agent cannot be started or is at its limit. */
export function hasFallback({ execution }: Pick<Task, "execution">): boolean {
  return (execution?.fallback ?? []).length > 0;
}

/**
 * Gives a claimed task back for the next agent of its list, unharmed: the attempt is not counted, as
 * the agent before never failed at it. The list gets shorter by one, so that each is tried once.
 */
export function switchAgent(task: TaskHead, because: string, now: number): Decision {
  const { execution, requires, id, runId, claim } = task;
  const [next, ...rest] = execution?.fallback ?? [];
  if (!execution || !next) throw new Error(`task ${id} has nobody to fall back to`);
  const { providerId, definitionId, model } = next;
  const { definitionId: _before, ...kept } = execution;
  const { guards, writes, events } = release(task, because, now);
  const body: EventBody = {
    type: "task_switched",
    task_id: id,
    from_provider_id: execution.providerId,
    from_model: execution.model,
    provider_id: providerId,
    model,
    because,
  };
  return {
    guards,
    writes: [
      // first, so that it is pending as what it requires from now on
      {
        noun: "task",
        id,
        update: {
          // an effort is one of the agent's before
          execution: {
            ...kept,
            providerId,
            ...(definitionId === undefined ? {} : { definitionId }),
            model,
            effort: null,
            fallback: rest,
          },
          requires: { ...requires, providerId: definitionId ?? providerId, model },
        },
      },
      ...writes,
    ],
    events: [{ sessionId: claim?.sessionId ?? null, runId, at: now, body }, ...events],
  };
}
