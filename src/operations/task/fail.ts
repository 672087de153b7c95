import { defineOperation } from "../define.ts";
import { chosenClaim } from "./resolve-task.ts";
import { claimErrors, claimFields, claimTool, type ClaimInput } from "./task-fields.ts";
import { projectTaskHead, taskHeadJson, taskText, type TaskHeadJson } from "./task-json.ts";

interface Input extends ClaimInput {
  error: string;
}

export interface Output {
  ok: true;
  task: TaskHeadJson;
}

export const fail = defineOperation<Input, Output>()({
  name: "task.fail",
  toolset: "worker",
  summary: "Say that a task could not be done, and why",
  about:
    "It is given out again after a pause, 10 s and twice as long after each attempt, up to 10 min. " +
    "With its last attempt it is failed, and what depends on it stays blocked.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      ...claimFields(z),
      error: z.string().trim().min(1).max(100_000).describe("Why it could not be done"),
    }),
    output: z.looseObject({ ok: z.boolean(), task: taskHeadJson(z) }),
  }),
  errors: claimErrors,
  cli: {
    command: "task fail",
    group: "Tasks",
    positionals: ["task_id"],
    examples: ['agentpool task fail @last --agent me --error "The server is down"'],
    render: ({ task }, style) => taskText(task, style),
  },
  mcp: {
    tool: "fail_task",
    title: "Fail a task",
    description:
      "Say that a task you claimed cannot be done, and why. It is tried again later unless this was " +
      "the last attempt.",
    ...claimTool,
  },
  run: async (ctx, input) => {
    const chosen = await chosenClaim(ctx, input);
    const task = await ctx.app.claims.fail({ ...chosen, error: input.error }, ctx);
    return { ok: true, task: projectTaskHead(task) };
  },
});
