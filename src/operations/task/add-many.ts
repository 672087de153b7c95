import { resolve } from "node:path";
import { defaultMaxAttempts } from "../../domain/task.ts";
import type { WantedTask } from "../../domain/task-planning.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { defineOperation, type OperationContext } from "../define.ts";
import { wantedFields, wantedTask, type WantedInput } from "./add.ts";
import { projectTaskHead, taskHeadJson, type TaskHeadJson } from "./task-json.ts";

interface Input {
  tasks?: (WantedInput & { key?: string })[];
  file?: string;
  text?: string;
}

export interface Output {
  tasks: TaskHeadJson[];
}

export const addMany = defineOperation<Input, Output>()({
  name: "task.batch",
  toolset: "lead",
  summary: "Put many tasks on the board at once",
  about:
    "All of them or none. One may name others of the same list by their keys, whatever their order, " +
    "and tasks that are there by id.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      tasks: z
        .array(
          z.strictObject({
            key: z.string().min(1).max(200).optional().describe("For depends_on of the others"),
            ...wantedFields(z),
          }),
        )
        .min(1)
        .max(10_000)
        .optional()
        .describe("The tasks"),
      file: z.string().min(1).optional().describe("Tasks in YAML, JSONL, or a title on each line"),
      text: z.string().optional().describe("The same as a text: YAML or JSONL"),
    }),
    output: z.looseObject({ tasks: z.array(taskHeadJson(z)) }),
  }),
  errors: [
    "dependency_unknown",
    "ambiguous_id",
    "text_too_large",
    "idempotency_conflict",
    "invalid_input",
  ],
  mcp: {
    tool: "add_tasks",
    title: "Add tasks",
    description:
      "Put many tasks on the board at once, all or none. Give each a key where others of the list " +
      "depend on it; depends_on takes these keys and ids of tasks that are there.",
    idempotent: false,
    openWorld: false,
    omit: ["file", "text"],
    required: ["tasks"],
  },
  run: async (ctx, input) => {
    const wanted = await readWanted(ctx, input);
    const tasks = await ctx.app.tasks.add({ tasks: wanted, runId: null }, ctx);
    const prefix = ownKey(ctx, "");
    return {
      tasks: tasks.map(projectTaskHead).map((head) => ({
        ...head,
        key: head.key?.startsWith(prefix) ? head.key.slice(prefix.length) : head.key,
      })),
    };
  },
});

async function readWanted(
  ctx: OperationContext,
  { tasks, file, text }: Input,
): Promise<WantedTask[]> {
  const given = [tasks, file, text].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new AgentpoolError("invalid_input", "Tasks come from one place", {
      why: "It takes one of tasks, file and text.",
    });
  }
  // reading files needs parsers that most commands have no use for
  const { readBoardTasks } = await import("../../orchestration/spec/read-board-tasks.ts");
  const { entries, refuse } = await readBoardTasks(
    file !== undefined
      ? { file: resolve(ctx.cwd, file) }
      : text !== undefined
        ? { text }
        : { tasks: (tasks ?? []).map(asWritten) },
  );
  const own = new Map<string, string>();
  for (const { key } of entries) {
    if (key !== undefined) own.set(key, ownKey(ctx, key));
  }
  const unknown: { at: number; message: string }[] = [];
  const wanted: WantedTask[] = [];
  for (const [at, entry] of entries.entries()) {
    const names = entry.depends_on ?? [];
    const one = await wantedTask(ctx, {
      title: entry.title.trim(),
      body: entry.body ?? "",
      priority: entry.priority ?? 0,
      tags: [...(entry.tags ?? [])],
      depends_on: names.filter((name) => !own.has(name)),
      max_attempts: entry.max_attempts ?? defaultMaxAttempts,
      ...(entry.provider === undefined ? {} : { provider_id: entry.provider }),
      ...(entry.model === undefined ? {} : { model: entry.model }),
      ...(entry.role === undefined ? {} : { role: entry.role }),
    });
    const links = one.dependsOn.length === 0 ? [] : await ctx.app.store.tasks.links(one.dependsOn);
    const there = new Set(links.map(({ id }) => id));
    for (const name of one.dependsOn.filter((id) => !there.has(id))) {
      unknown.push({ at, message: `names ${name}, which is neither a key of the list nor a task` });
    }
    const within = names.flatMap((name) => own.get(name) ?? []);
    const key = entry.key === undefined ? null : (own.get(entry.key) ?? null);
    wanted.push({ ...one, key, dependsOn: [...one.dependsOn, ...within] });
  }
  return unknown.length > 0 ? refuse(unknown) : wanted;
}

/** A key is its list's own: one that another list or a run has used means another task. */
function ownKey({ idempotencyKey }: OperationContext, key: string): string {
  return `added ${idempotencyKey} ${key}`;
}

/** In the words of a file. */
function asWritten({ provider_id: provider, ...rest }: WantedInput & { key?: string }): object {
  const entry = { ...rest, ...(provider === undefined ? {} : { provider }) };
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}
