import { agentField } from "../approval/approval-json.ts";
import { defineOperation } from "../define.ts";
import { bodyField, messageJson, projectMessage } from "../message/message-json.ts";
import type { Output } from "./open.ts";
import { projectThread, threadId, threadJson } from "./thread-json.ts";

interface Input {
  thread_id: string;
  body: string;
  state: "open" | "waiting";
  agent?: string;
}

export const reply = defineOperation<Input, Output>()({
  name: "thread.reply",
  toolset: "messages",
  summary: "Write to a thread",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      thread_id: threadId(z),
      body: bodyField(z, "The text"),
      state: z
        .enum(["open", "waiting"])
        .default("open")
        .describe("waiting: an answer is needed before things go on"),
      agent: agentField(z),
    }),
    output: z.looseObject({ ok: z.boolean(), thread: threadJson(z), message: messageJson(z) }),
  }),
  errors: [
    "thread_not_found",
    "thread_resolved",
    "ambiguous_id",
    "text_too_large",
    "policy_blocked",
    "other_run",
    "idempotency_conflict",
  ],
  cli: {
    command: "thread reply",
    group: "Tasks",
    positionals: ["thread_id", "body"],
    ids: "message.id",
    examples: ['agentpool thread reply @last "camelCase" --agent ci'],
    render: ({ thread, message }) => `${thread.id}  ${thread.title}  #${message.n}`,
  },
  mcp: {
    tool: "reply_thread",
    title: "Write to a thread",
    description: "Write to a thread; everybody who takes part is given it.",
    idempotent: false,
    openWorld: false,
    omit: ["agent"],
    workerText: ["thread.title", "message.body"],
  },
  run: async (ctx, input) => {
    const { thread, message } = await ctx.app.messages.reply(
      {
        thread: input.thread_id,
        body: input.body,
        state: input.state,
        agent: input.agent ?? null,
      },
      ctx,
    );
    return { ok: true, thread: projectThread(thread), message: projectMessage(message) };
  },
});
