import type { WorkerGroup } from "../../domain/worker-group.ts";

const loop = `You work on a queue of tasks, beside other workers. Go on until nothing is left for you:

1. Call the tool claim_task. When its "task" is null, nothing is left: say in a line what you did, and end your turn.
2. Do what the title and the body of the task say. Nobody else works on it.
3. Call complete_task with its id, the token of your claim and the result: the text for whoever wanted the task done. When it cannot be done, call fail_task with the reason instead. The answer claim_lost means that it is somebody else's by now: leave it.
4. Begin again with step 1. Do not end your turn before claim_task has given null.

Where you have no such tools, your shell has them:
  agentpool task claim --json
  agentpool task complete ID --token N --result TEXT
  agentpool task fail ID --token N --error TEXT`;

const again =
  "There are tasks in the queue. Call claim_task, and go on as before until it gives null.";

/** What a worker is told first: its role, where it has one, and how it works. */
export function firstPrompt({ instructions }: Pick<WorkerGroup, "instructions">): string {
  return instructions === null || instructions.trim() === ""
    ? loop
    : `<instructions>\n${instructions.trim()}\n</instructions>\n\n${loop}`;
}

/** What a worker is told that ended its turn while there were tasks. */
export function nextPrompt(): string {
  return again;
}
