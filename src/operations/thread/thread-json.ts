import type { Thread } from "../../domain/message.ts";
import { formatTime } from "../../domain/time.ts";
import type { Style, Z } from "../define.ts";
import { table } from "../table.ts";

export interface ThreadJson {
  id: string;
  run_id: string | null;
  title: string;
  state: string;
  priority: string;
  author: string;
  participants: string[];
  created_at: string;
  updated_at: string;
}

export function projectThread(thread: Thread): ThreadJson {
  return {
    id: thread.id,
    run_id: thread.runId,
    title: thread.title,
    state: thread.state,
    priority: thread.priority,
    author: thread.author,
    participants: [...thread.participants],
    created_at: formatTime(thread.createdAt),
    updated_at: formatTime(thread.updatedAt),
  };
}

export function threadJson(z: Z) {
  return z.looseObject({
    id: z.string(),
    run_id: z.string().nullable(),
    title: z.string(),
    state: z.string(),
    priority: z.string(),
    author: z.string(),
    participants: z.array(z.string()),
    created_at: z.string(),
    updated_at: z.string(),
  });
}

export function threadId(z: Z) {
  return z
    .string()
    .min(1)
    .max(64)
    .describe("Thread id, unique beginning of one, or @last for the newest");
}

export function threadTable(threads: readonly ThreadJson[], style: Style): string {
  return table(
    ["THREAD", "STATE", "PRIORITY", "BY", "CHANGED", "TITLE"],
    threads.map((one) => [one.id, one.state, one.priority, one.author, one.updated_at, one.title]),
    style,
  );
}
