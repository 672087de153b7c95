import { AgentpoolError } from "../../domain/errors.ts";
import { defaultMaxAttempts, type TaskHead } from "../../domain/task.ts";
import type { WantedTask } from "../../domain/task-planning.ts";
import { defineOperation, type OperationContext, type Z } from "../define.ts";
import { scopeOf } from "./resolve-task.ts";
import { tag } from "./task-fields.ts";
import { projectTaskHead, taskHeadJson, taskText, type TaskHeadJson } from "./task-json.ts";

export interface WantedInput {
  title: string;
  body: string;
  priority: number;
  tags: string[];
  depends_on: string[];
  provider_id?: string;
  model?: string;
  role?: string;
  max_attempts: number;
}

export interface Output {
  task: TaskHeadJson;
}

export function wantedFields(z: Z) {
  const name = () => z.string().min(1).max(200).optional();
  return {
    title: z.string().trim().min(1).max(500).describe("What is to be done, in one line"),
    body: z.string().default("").describe("All that has to be known to do it; up to 1 MB"),
    priority: z
      .number()
      .int()
      .min(-1_000_000)
      .max(1_000_000)
      .default(0)
      .describe("Higher is claimed first; among equals the oldest"),
    tags: z
      .array(tag(z))
      .max(50)
      .default([])
      .describe("Who asks for one of these is given it; who asks for none is given any"),
    depends_on: z
      .array(z.string().min(1).max(200))
      .max(10_000)
      .default([])
      .describe("Tasks that must be completed before"),
    provider_id: name().describe("Only for agents of this provider"),
    model: name().describe("Only for agents with this model"),
    role: name().describe("Only for agents in this role"),
    max_attempts: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(defaultMaxAttempts)
      .describe("How often it may fail, or be lost, before it is failed for good"),
  };
}

export const add = defineOperation<WantedInput, Output>()({
  name: "task.add",
  toolset: "lead",
  summary: "Put a task on the board",
  about:
    "It waits for the tasks it depends on, and then for somebody who claims it. When one of those " +
    "fails or is cancelled, it stays blocked and says why.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject(wantedFields(z)),
    output: z.looseObject({ task: taskHeadJson(z) }),
  }),
  errors: [
    "dependency_unknown",
    "ambiguous_id",
    "text_too_large",
    "idempotency_conflict",
    "invalid_input",
  ],
  cli: {
    command: "task add",
    group: "Tasks",
    ids: "task.id",
    positionals: ["title"],
    flags: { tags: ["tag"], provider_id: ["provider"] },
    examples: [
      'agentpool task add "Find why parse.ts fails" --priority 5 --tag tests',
      'agentpool task add "Fix it" --depends-on @last',
    ],
    render: ({ task }, style) => taskText(task, style),
  },
  mcp: {
    tool: "add_task",
    title: "Add a task",
    description:
      "Put a task on the board for workers to claim. depends_on holds it back until those tasks " +
      "are completed. Say in body all that has to be known.",
    idempotent: false,
    openWorld: false,
  },
  run: async (ctx, input) => {
    const wanted = await wantedTask(ctx, input);
    const [task] = await ctx.app.tasks.add({ tasks: [wanted], runId: null }, ctx);
    if (!task) throw new AgentpoolError("internal", "A task was added and none came back");
    return { task: projectTaskHead(task) };
  },
});

/** @throws ambiguous_id */
export async function wantedTask(
  ctx: Pick<OperationContext, "app" | "principal">,
  input: WantedInput & { key?: string },
): Promise<WantedTask> {
  const dependsOn = [];
  const scope = input.depends_on.length === 0 ? undefined : await scopeOf(ctx);
  for (const named of input.depends_on) {
    const found = await tasksCalled(ctx, named, scope);
    if (found.length > 1) {
      throw new AgentpoolError("ambiguous_id", `"${named}" fits several tasks`, {
        hint: `Say which: ${found.map(({ id }) => id).join(", ")}`,
      });
    }
    dependsOn.push(found[0]?.id ?? named);
  }
  return {
    key: input.key ?? null,
    title: input.title,
    body: input.body,
    priority: input.priority,
    tags: input.tags,
    requires: {
      providerId: input.provider_id ?? null,
      model: input.model ?? null,
      role: input.role ?? null,
    },
    dependsOn,
    execution: null,
    maxAttempts: input.max_attempts,
  };
}

/** Those that the caller sees. */
async function tasksCalled(
  { app: { store } }: Pick<OperationContext, "app">,
  named: string,
  scope: string | null | undefined,
): Promise<readonly TaskHead[]> {
  if (named === "@last") {
    const page = { limit: 1, newestFirst: true, ...(scope === undefined ? {} : { runId: scope }) };
    return (await store.tasks.list(page)).tasks;
  }
  const found = await store.tasks.resolve(named);
  return found.filter(({ runId }) => scope === undefined || runId === scope);
}
