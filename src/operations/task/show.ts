import type { TaskLink } from "../../domain/task.ts";
import { defineOperation } from "../define.ts";
import { resolveTask } from "./resolve-task.ts";
import { taskId } from "./task-fields.ts";
import {
  noteJson,
  projectNote,
  projectTask,
  taskJson,
  taskText,
  type NoteJson,
  type TaskJson,
} from "./task-json.ts";

interface Input {
  task_id: string;
}

export interface Output {
  task: TaskJson;
  /** What it depends on, with the state of each. */
  dependencies: { id: string; state: string; because: string | null }[];
  notes: NoteJson[];
}

/** Notes shown with a task. */
const mostNotes = 50;

export const show = defineOperation<Input, Output>()({
  name: "task.show",
  toolset: "tasks",
  summary: "Show a task: its text, its claim, its result, its notes",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({ task_id: taskId(z) }),
    output: z.looseObject({
      task: taskJson(z),
      dependencies: z.array(z.looseObject({ id: z.string(), state: z.string() })),
      notes: z.array(noteJson(z)),
    }),
  }),
  errors: ["task_not_found", "ambiguous_id"],
  cli: {
    command: "task show",
    group: "Tasks",
    positionals: ["task_id"],
    examples: ["agentpool task show @last"],
    render: (output, style) => {
      const { task, dependencies, notes } = output;
      const facts = [
        `priority ${task.priority}, attempt ${task.attempt} of ${task.max_attempts}, by ${task.author} at ${task.created_at}`,
        ...(task.tags.length > 0 ? [`tags ${task.tags.join(", ")}`] : []),
        ...dependencies.map(({ id, state }) => `depends on ${id} (${state})`),
      ];
      const parts = [
        [taskText(task, style), ...facts.map((fact) => `  ${style.dim(fact)}`)].join("\n"),
        ...(task.body === "" ? [] : [task.body]),
        ...(notes.length === 0
          ? []
          : [
              notes
                .map(({ at, author, text }) => `${style.dim(`${at} ${author}`)}  ${text}`)
                .join("\n"),
            ]),
        // why it failed stands beside its state
        ...(task.error === null || task.error === task.because
          ? []
          : [`${style.red("Error:")} ${task.error}`]),
        ...(task.result === null ? [] : [`${style.green("Result:")} ${task.result}`]),
        ...(task.artifacts.length === 0 ? [] : [task.artifacts.join("\n")]),
      ];
      return parts.join("\n\n");
    },
  },
  mcp: {
    tool: "get_task",
    title: "Show a task",
    description: "Show one task: its text, who works on it, its result and notes.",
    idempotent: true,
    openWorld: false,
    workerText: [
      "task.body",
      "task.result",
      "task.error",
      "task.because",
      "notes[].text",
      "dependencies[].because",
    ],
    workerValues: ["task.title", "task.artifacts[]"],
  },
  run: async (ctx, input) => {
    const { tasks } = ctx.app.store;
    const { id } = await resolveTask(ctx, input.task_id);
    const task = await tasks.get(id);
    if (!task) throw new Error(`task ${id} was resolved and is gone`);
    const links = new Map((await tasks.links(task.dependsOn)).map((link) => [link.id, link]));
    const dependencies = task.dependsOn.flatMap((one): TaskLink[] => {
      const link = links.get(one);
      return link ? [link] : [];
    });
    return {
      task: projectTask(task),
      dependencies: dependencies.map((link) => ({
        id: link.id,
        state: link.state,
        because: link.because,
      })),
      notes: (await tasks.notes(id, mostNotes)).map(projectNote),
    };
  },
});
