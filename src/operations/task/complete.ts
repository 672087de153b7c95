import { defineOperation } from "../define.ts";
import { chosenClaim } from "./resolve-task.ts";
import { artifacts, claimErrors, claimFields, claimTool, type ClaimInput } from "./task-fields.ts";
import { projectTaskHead, taskHeadJson, taskText, type TaskHeadJson } from "./task-json.ts";

interface Input extends ClaimInput {
  result?: string;
  artifacts: string[];
}

export interface Output {
  ok: true;
  task: TaskHeadJson;
}

export const complete = defineOperation<Input, Output>()({
  name: "task.complete",
  toolset: "worker",
  summary: "Say that a task is done, and what came of it",
  about:
    "A task has one accepted completion: with a claim that is over, or somebody else's, nothing is " +
    "changed. What waits for this task alone may be claimed from then on.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      ...claimFields(z),
      result: z.string().optional().describe("What came of it; up to 1 MB"),
      artifacts: artifacts(z),
    }),
    output: z.looseObject({ ok: z.boolean(), task: taskHeadJson(z) }),
  }),
  errors: [...claimErrors, "text_too_large"],
  cli: {
    command: "task complete",
    group: "Tasks",
    positionals: ["task_id"],
    flags: { artifacts: ["artifact"] },
    examples: ['agentpool task complete @last --agent me --result "Fixed in parse.ts"'],
    render: ({ task }, style) => taskText(task, style),
  },
  mcp: {
    tool: "complete_task",
    title: "Complete a task",
    description:
      "Say that a task you claimed is done, with the token of your claim and the result. claim_lost " +
      "means that it is somebody else's by now: leave it.",
    ...claimTool,
  },
  run: async (ctx, input) => {
    const task = await ctx.app.claims.complete(
      {
        ...(await chosenClaim(ctx, input)),
        result: input.result ?? null,
        artifacts: input.artifacts,
      },
      ctx,
    );
    return { ok: true, task: projectTaskHead(task) };
  },
});
