import { runIdOf } from "../../orchestration/scheduler/run-error.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import type { TaskHead } from "../../domain/task.ts";
import { defineOperation, type OperationContext } from "../define.ts";
import { cut } from "../table.ts";
import { drawDot, drawMermaid, drawTree, type GraphNode } from "./draw-graph.ts";
import { resolveTask, scopeOf } from "./resolve-task.ts";

interface Input {
  task_id?: string;
  run_id?: string;
  dot: boolean;
  mermaid: boolean;
}

export interface Output {
  format: "tree" | "dot" | "mermaid";
  graph: string;
  count: number;
}

export const graph = defineOperation<Input, Output>()({
  name: "task.graph",
  toolset: "tasks",
  summary: "Draw which task waits for which",
  about:
    "Below each task stands what waits for it. With a task named, only what it depends on and what " +
    "depends on it, near and far.",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      task_id: z.string().min(1).max(64).optional().describe("Only what hangs together with it"),
      run_id: z.string().min(1).max(64).optional().describe("Only tasks of this run"),
      dot: z.boolean().default(false).describe("For Graphviz"),
      mermaid: z.boolean().default(false).describe("For Mermaid, as Markdown viewers draw it"),
    }),
    output: z.looseObject({ format: z.string(), graph: z.string(), count: z.number() }),
  }),
  errors: ["task_not_found", "run_not_found", "ambiguous_id", "invalid_input"],
  cli: {
    command: "task graph",
    group: "Tasks",
    positionals: ["task_id"],
    flags: { run_id: ["run"] },
    examples: ["agentpool task graph", "agentpool task graph --dot"],
    render: ({ count, format, graph: drawn }, { columns }) => {
      if (count === 0) return "No tasks.";
      if (columns === undefined || format !== "tree") return drawn;
      const lines = drawn.split("\n");
      return lines.map((line) => cut(line, columns)).join("\n");
    },
  },
  mcp: {
    tool: "get_task_graph",
    title: "Draw the tasks",
    description: "Show as a tree, or for Graphviz or Mermaid, which task waits for which.",
    idempotent: true,
    openWorld: false,
    workerText: ["graph"],
  },
  run: async (ctx, input) => {
    if (input.dot && input.mermaid) {
      throw new AgentpoolError("invalid_input", "--dot and --mermaid were given both", {
        hint: "Leave one of them out.",
      });
    }
    const nodes = (await chosen(ctx, input)).map(
      ({ id, title, state, because, dependsOn }): GraphNode => ({
        id,
        title,
        state,
        because,
        depends_on: dependsOn,
      }),
    );
    const format = input.dot ? "dot" : input.mermaid ? "mermaid" : "tree";
    const draw = { tree: drawTree, dot: drawDot, mermaid: drawMermaid }[format];
    return { format, graph: draw(nodes), count: nodes.length };
  },
});

async function chosen(ctx: OperationContext, input: Input): Promise<readonly TaskHead[]> {
  const scope = await scopeOf(ctx);
  const runId = scope === undefined ? await runIdOf(ctx.app.store, input.run_id) : scope;
  const root = input.task_id === undefined ? null : await resolveTask(ctx, input.task_id);
  const of = root === null ? (runId === undefined ? {} : { runId }) : { runId: root.runId };
  const { tasks } = await ctx.app.store.tasks.list({ ...of, limit: Number.MAX_SAFE_INTEGER });
  return root === null ? tasks : around(root.id, tasks);
}

/** What a task depends on and what depends on it, through any number of others. */
function around(id: string, tasks: readonly TaskHead[]): readonly TaskHead[] {
  const up = new Map(tasks.map((task) => [task.id, task.dependsOn]));
  const down = new Map<string, string[]>();
  for (const task of tasks) {
    for (const one of task.dependsOn) {
      const list = down.get(one);
      if (list) list.push(task.id);
      else down.set(one, [task.id]);
    }
  }
  const wanted = new Set([...reach(id, up), ...reach(id, down)]);
  return tasks.filter((task) => wanted.has(task.id));
}

function reach(from: string, edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set([from]);
  // grows while it is walked
  for (const id of reached) for (const next of edges.get(id) ?? []) reached.add(next);
  return reached;
}
