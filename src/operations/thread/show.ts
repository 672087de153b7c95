import { findThread } from "../../orchestration/messages/find-thread.ts";
import { defineOperation } from "../define.ts";
import {
  messageJson,
  messageLines,
  projectMessage,
  type MessageJson,
} from "../message/message-json.ts";
import { projectThread, threadId, threadJson, type ThreadJson } from "./thread-json.ts";

interface Input {
  thread_id: string;
  after: number;
  limit: number;
}

export interface Output {
  thread: ThreadJson;
  messages: MessageJson[];
  /** Hand it back as after to read on. */
  cursor: number;
  has_more: boolean;
}

export const show = defineOperation<Input, Output>()({
  name: "thread.show",
  toolset: "messages",
  summary: "Read a thread from its beginning, or from a message on",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      thread_id: threadId(z),
      after: z
        .number()
        .int()
        .min(0)
        .default(0)
        .describe("Only messages with a higher number than this"),
      limit: z.number().int().min(1).max(1000).default(100).describe("Messages at most"),
    }),
    output: z.looseObject({
      thread: threadJson(z),
      messages: z.array(messageJson(z)),
      cursor: z.number(),
      has_more: z.boolean(),
    }),
  }),
  errors: ["thread_not_found", "ambiguous_id"],
  cli: {
    command: "thread show",
    group: "Tasks",
    positionals: ["thread_id"],
    short: { limit: "n" },
    examples: ["agentpool thread show @last"],
    render: ({ thread, messages, has_more: more, cursor }, style) =>
      [
        `${thread.id}  ${style.bold(thread.title)}  ${thread.state}`,
        ...messages.map((one) => messageLines(one, style)),
        ...(more ? [style.dim(`agentpool thread show ${thread.id} --after ${cursor}`)] : []),
      ].join("\n"),
  },
  mcp: {
    tool: "get_thread",
    title: "Read a thread",
    description: "Read a thread; cursor handed back as after reads on, without gaps.",
    idempotent: true,
    openWorld: false,
    workerText: ["thread.title", "messages[].body"],
  },
  run: async (ctx, input) => {
    const { store } = ctx.app;
    const thread = await findThread(store, input.thread_id);
    const found = await store.messages.ofThread(thread.id, input.after, input.limit + 1);
    const messages = found.slice(0, input.limit);
    return {
      thread: projectThread(thread),
      messages: messages.map(projectMessage),
      cursor: messages.at(-1)?.n ?? input.after,
      has_more: found.length > messages.length,
    };
  },
});
