import { defineOperation } from "../define.ts";
import { chosenClaim } from "./resolve-task.ts";
import { claimErrors, claimFields, claimTool, type ClaimInput } from "./task-fields.ts";
import { projectTaskHead, taskHeadJson, taskText, type TaskHeadJson } from "./task-json.ts";

interface Input extends ClaimInput {
  reason?: string;
}

export interface Output {
  ok: true;
  task: TaskHeadJson;
}

export const release = defineOperation<Input, Output>()({
  name: "task.release",
  toolset: "worker",
  summary: "Give a task back, for somebody else to do",
  about:
    "It may be claimed again at once, and the attempt is not counted; a task that a run started a " +
    "session for, and that gives it back, has failed in this attempt.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      ...claimFields(z),
      reason: z.string().trim().min(1).max(2_000).optional().describe("Why it is given back"),
    }),
    output: z.looseObject({ ok: z.boolean(), task: taskHeadJson(z) }),
  }),
  errors: claimErrors,
  cli: {
    command: "task release",
    group: "Tasks",
    positionals: ["task_id"],
    examples: ["agentpool task release @last --agent me"],
    render: ({ task }, style) => taskText(task, style),
  },
  mcp: {
    tool: "release_task",
    title: "Release a task",
    description: "Give a task you claimed back undone, so that somebody else can do it.",
    ...claimTool,
  },
  run: async (ctx, input) => {
    const chosen = await chosenClaim(ctx, input);
    const task = await ctx.app.claims.release({ ...chosen, because: input.reason ?? null }, ctx);
    return { ok: true, task: projectTaskHead(task) };
  },
});
