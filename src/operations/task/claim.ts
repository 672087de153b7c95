import { defaultClaimMs } from "../../domain/task.ts";
import { formatTime } from "../../domain/time.ts";
import { defineOperation } from "../define.ts";
import { timeoutSeconds } from "../schemas.ts";
import { resolveTask } from "./resolve-task.ts";
import { tag, ttl, workerFields } from "./task-fields.ts";
import { projectTask, taskJson, taskText, type TaskJson } from "./task-json.ts";

interface Input {
  task_id?: string;
  agent?: string;
  session_id?: string;
  tags: string[];
  provider_id?: string;
  model?: string;
  role?: string;
  ttl_seconds: number;
  timeout_seconds: number;
}

export interface Output {
  task: TaskJson | null;
  because?: string;
}

export const claim = defineOperation<Input, Output>()({
  name: "task.claim",
  toolset: "worker",
  summary: "Take the next task to work on it",
  about:
    "The one with the highest priority, among equals the oldest; nobody else is given it. The " +
    "claim's token says later that the task is still yours. The claim of a session holds while that " +
    "lives; any other is over after its time unless it is renewed, and the task is given to the next. " +
    "Without a task to work on, `task` is null. What a session gave back is left to others for 10 s, " +
    "twice as long each time, unless it names that task.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      task_id: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .describe("This one, whatever its tags; otherwise the next that suits"),
      ...workerFields(z),
      tags: z.array(tag(z)).max(50).default([]).describe("Only tasks with one of these tags"),
      provider_id: z.string().min(1).max(200).optional().describe("What the agent is: provider"),
      model: z.string().min(1).max(200).optional().describe("What the agent is: model"),
      role: z.string().min(1).max(200).optional().describe("What the agent is: role"),
      ttl_seconds: ttl(z)
        .default(defaultClaimMs / 1000)
        .describe("How long it holds without a sign of life"),
      timeout_seconds: timeoutSeconds(z, 0),
    }),
    output: z.looseObject({
      task: taskJson(z).nullable(),
      because: z.string().optional().describe("Why there is none, where you gave it back yourself"),
    }),
  }),
  errors: [
    "task_not_found",
    "task_not_claimable",
    "task_claimed",
    "task_ended",
    "session_not_found",
    "session_ended",
    "ambiguous_id",
    "policy_blocked",
    "invalid_input",
  ],
  cli: {
    command: "task claim",
    group: "Tasks",
    ids: "task.id",
    positionals: ["task_id"],
    flags: {
      tags: ["tag"],
      provider_id: ["provider"],
      ttl_seconds: ["ttl-seconds", "ttl"],
      timeout_seconds: ["wait"],
    },
    examples: [
      "agentpool task claim --agent me --json",
      "agentpool task claim --agent me --tag tests --wait 30s",
    ],
    render: ({ task, because }, style) =>
      task === null
        ? ["No task to work on.", ...(because === undefined ? [] : [because])].join(" ")
        : [taskText(task, style), ...(task.body === "" ? [] : ["", task.body])].join("\n"),
  },
  mcp: {
    tool: "claim_task",
    title: "Claim a task",
    description:
      "Take the next task that suits you; nobody else is given it. Keep its claim.token for " +
      "complete_task or fail_task. task is null when there is nothing to do; with timeout_seconds " +
      "it waits for some, up to 25 s.",
    idempotent: false,
    endsWithCaller: true,
    openWorld: false,
    unlisted: ["agent", "session_id", "provider_id", "model", "role", "ttl_seconds"],
    workerText: ["task.result", "task.error", "task.because"],
    // what is to be done is said to whoever does it as it was written
    workerValues: ["task.title", "task.body", "task.artifacts[]"],
  },
  run: async (ctx, input) => {
    const taskId = input.task_id === undefined ? null : (await resolveTask(ctx, input.task_id)).id;
    const request = {
      taskId,
      agent: input.agent ?? null,
      session: input.session_id ?? null,
      runId: null,
      tags: input.tags,
      capability: {
        providerId: input.provider_id ?? null,
        model: input.model ?? null,
        role: input.role ?? null,
      },
      ttlMs: Math.round(input.ttl_seconds * 1000),
      waitMs: Math.round(input.timeout_seconds * 1000),
    };
    const task = await ctx.app.claims.claim(request, ctx);
    if (task !== null) return { task: projectTask(task) };
    const left = await ctx.app.claims.leftToOthers(request, ctx);
    if (!left) return { task };
    const until = formatTime(left.until);
    const because = `You gave ${left.id} back: it is left to others until ${until}, unless you name it.`;
    return { task, because };
  },
});
