import { runIdOf } from "../../orchestration/scheduler/run-error.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { agentHolder, sessionHolder } from "../../domain/hold.ts";
import { nearest } from "../../domain/nearest.ts";
import { openTaskStates, taskStates, type TaskState } from "../../domain/task.ts";
import { defineOperation, type OperationContext } from "../define.ts";
import { scopeOf } from "./resolve-task.ts";
import { projectTaskHead, taskHeadJson, taskTable, type TaskHeadJson } from "./task-json.ts";

interface Input {
  state: string[];
  run_id?: string;
  tag?: string;
  agent?: string;
  session_id?: string;
  all: boolean;
  limit: number;
  offset: number;
}

export interface Output {
  tasks: TaskHeadJson[];
  /** Of all that may be seen, whatever was asked for. */
  counts: Record<TaskState, number>;
  total: number;
}

export const list = defineOperation<Input, Output>()({
  name: "task.list",
  toolset: "worker",
  summary: "List tasks, in the order they were added",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      state: z
        .array(z.string())
        .default([])
        .describe("Only these states, comma-separated; open ones when absent"),
      run_id: z.string().min(1).max(64).optional().describe("Only those of this run"),
      tag: z.string().min(1).max(64).optional().describe("Only those with this tag"),
      agent: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .describe("Only those this agent has, or had last"),
      session_id: z.string().min(1).max(200).optional().describe("Only those of this session"),
      all: z.boolean().default(false).describe("Ended ones too, whatever the limit"),
      limit: z.number().int().min(1).max(1_000).default(100).describe("Tasks at most"),
      offset: z.number().int().min(0).default(0).describe("Tasks to skip"),
    }),
    output: z.looseObject({
      tasks: z.array(taskHeadJson(z)),
      counts: z.record(z.string(), z.number()),
      total: z.number(),
    }),
  }),
  errors: ["invalid_input", "run_not_found", "session_not_found", "ambiguous_id"],
  cli: {
    command: "task list",
    aliases: ["tasks", "tasks list"],
    group: "Tasks",
    ids: "tasks.id",
    short: { all: "a", limit: "n" },
    flags: { run_id: ["run"] },
    examples: ["agentpool tasks", "agentpool task list --state failed,cancelled --json"],
    render: (output, style) => {
      if (output.tasks.length > 0) {
        const more = output.total - output.tasks.length;
        const rest = more > 0 ? [style.dim(`${more} more: --all, or --offset`)] : [];
        return [taskTable(output.tasks, style), ...rest].join("\n");
      }
      const counted = Object.entries(output.counts).filter(([, count]) => count > 0);
      return counted.length === 0
        ? "No tasks."
        : `No such task. ${counted.map(([state, count]) => `${count} ${state}`).join(", ")}.`;
    },
  },
  mcp: {
    tool: "list_tasks",
    title: "List tasks",
    description:
      "List the tasks of your board: state, who works on each, what it waits for. Open ones unless " +
      "you name states.",
    idempotent: true,
    openWorld: false,
    omit: ["all"],
    unlisted: ["offset", "run_id", "agent", "session_id"],
    workerText: ["tasks[].error", "tasks[].because"],
    workerValues: ["tasks[].title", "tasks[].artifacts[]"],
  },
  run: async (ctx, input) => {
    const scope = await scopeOf(ctx);
    const runId = scope === undefined ? await runIdOf(ctx.app.store, input.run_id) : scope;
    const run = runId === undefined ? {} : { runId };
    const holder = await holderOf(ctx, input);
    const states = statesOf(input);
    const { tasks, total } = await ctx.app.store.tasks.list({
      ...run,
      ...(states === null ? {} : { states }),
      ...(input.tag === undefined ? {} : { tag: input.tag }),
      ...(holder === undefined ? {} : { holder }),
      limit: input.all ? Number.MAX_SAFE_INTEGER : input.limit,
      offset: input.offset,
    });
    const counts = { ...(await ctx.app.store.tasks.counts(run)) };
    return { tasks: tasks.map(projectTaskHead), counts, total };
  },
});

async function holderOf(ctx: OperationContext, input: Input): Promise<string | undefined> {
  if (input.session_id !== undefined) {
    return sessionHolder((await ctx.app.sessions.resolve(input.session_id)).id);
  }
  return input.agent === undefined ? undefined : agentHolder(input.agent);
}

/** Null for all. */
function statesOf({ state, all }: Input): readonly TaskState[] | null {
  const words = state.flatMap((word) => word.split(",")).map((word) => word.trim().toLowerCase());
  if (words.length === 0) return all ? null : openTaskStates;
  for (const word of words) {
    if ((taskStates as readonly string[]).includes(word)) continue;
    const near = nearest(word, taskStates);
    throw new AgentpoolError("invalid_input", `No task state "${word}"`, {
      why: `States: ${taskStates.join(", ")}.`,
      ...(near ? { hint: `Did you mean ${near}?` } : {}),
    });
  }
  return words as TaskState[];
}
