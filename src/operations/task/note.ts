import { longestNoteChars } from "../../domain/task.ts";
import { defineOperation } from "../define.ts";
import { resolveTask } from "./resolve-task.ts";
import { taskId } from "./task-fields.ts";
import { noteJson, projectNote, type NoteJson } from "./task-json.ts";

interface Input {
  task_id: string;
  text: string;
}

export interface Output {
  ok: true;
  note: NoteJson;
}

export const note = defineOperation<Input, Output>()({
  name: "task.note",
  toolset: "worker",
  summary: "Write down something about a task",
  about: "Whoever looks at the task sees it, and whoever does it after you.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      task_id: taskId(z),
      text: z.string().trim().min(1).max(longestNoteChars).describe("What there is to say"),
    }),
    output: z.looseObject({ ok: z.boolean(), note: noteJson(z) }),
  }),
  errors: ["task_not_found", "ambiguous_id", "idempotency_conflict"],
  cli: {
    command: "task note",
    group: "Tasks",
    positionals: ["task_id", "text"],
    examples: ['agentpool task note @last "The cause is in the lexer"'],
    render: ({ note: written }) => `${written.at}  ${written.author}  ${written.text}`,
  },
  mcp: {
    tool: "add_note",
    title: "Note something",
    description:
      "Write down what you found out about a task, for whoever looks at it or does it next.",
    idempotent: false,
    openWorld: false,
    workerText: ["note.text"],
  },
  run: async (ctx, input) => {
    const { id } = await resolveTask(ctx, input.task_id);
    const written = await ctx.app.tasks.note({ taskId: id, text: input.text }, ctx);
    return { ok: true, note: projectNote(written) };
  },
});
