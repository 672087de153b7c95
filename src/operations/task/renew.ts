import { defineOperation } from "../define.ts";
import { chosenClaim } from "./resolve-task.ts";
import { claimErrors, claimFields, claimTool, ttl, type ClaimInput } from "./task-fields.ts";
import { projectTaskHead, taskHeadJson, taskText, type TaskHeadJson } from "./task-json.ts";

interface Input extends ClaimInput {
  ttl_seconds?: number;
}

export interface Output {
  ok: true;
  task: TaskHeadJson;
}

export const renew = defineOperation<Input, Output>()({
  name: "task.renew",
  toolset: "worker",
  summary: "Prolong the claim on a task from now on",
  about: "Claims of sessions need none: they hold while the session lives.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      ...claimFields(z),
      ttl_seconds: ttl(z)
        .optional()
        .describe("How long from now; as long as it was given for when absent"),
    }),
    output: z.looseObject({ ok: z.boolean(), task: taskHeadJson(z) }),
  }),
  errors: claimErrors,
  cli: {
    command: "task renew",
    group: "Tasks",
    positionals: ["task_id"],
    flags: { ttl_seconds: ["ttl-seconds", "ttl"] },
    examples: ["agentpool task renew @last --agent me"],
    render: ({ task }, style) => taskText(task, style),
  },
  mcp: {
    tool: "renew_claim",
    title: "Renew a claim",
    description: "Prolong the claim on a task; those of workers of agentpool renew themselves.",
    ...claimTool,
  },
  run: async (ctx, input) => {
    const ttlMs = input.ttl_seconds === undefined ? null : Math.round(input.ttl_seconds * 1000);
    const task = await ctx.app.claims.renew({ ...(await chosenClaim(ctx, input)), ttlMs }, ctx);
    return { ok: true, task: projectTaskHead(task) };
  },
});
