import { agentField } from "../approval/approval-json.ts";
import { defineOperation } from "../define.ts";
import {
  bodyField,
  messageJson,
  projectMessage,
  type MessageJson,
} from "../message/message-json.ts";
import { projectThread, threadJson, type ThreadJson } from "./thread-json.ts";

interface Input {
  title: string;
  body: string;
  with: string[];
  priority: "high" | "normal" | "low";
  agent?: string;
}

export interface Output {
  ok: true;
  thread: ThreadJson;
  message: MessageJson;
}

export const open = defineOperation<Input, Output>()({
  name: "thread.open",
  toolset: "messages",
  summary: "Open a thread: a topic that several write to",
  about:
    "Whoever is invited or writes to it is given what is written from then on; everybody can read " +
    "all of it with `thread show`.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      title: z.string().min(1).max(300).describe("What it is about"),
      body: bodyField(z, "The first message"),
      with: z
        .array(z.string().min(1).max(200))
        .max(100)
        .default([])
        .describe("Who is invited: sessions, agents outside, person"),
      priority: z.enum(["high", "normal", "low"]).default("normal").describe("Order of the list"),
      agent: agentField(z),
    }),
    output: z.looseObject({ ok: z.boolean(), thread: threadJson(z), message: messageJson(z) }),
  }),
  errors: [
    "other_run",
    "recipient_not_found",
    "ambiguous_id",
    "text_too_large",
    "policy_blocked",
    "idempotency_conflict",
  ],
  cli: {
    command: "thread open",
    group: "Tasks",
    positionals: ["title", "body"],
    ids: "thread.id",
    examples: ['agentpool thread open "Names" "camelCase or not?" --agent ci --with person'],
    render: ({ thread, message }) => `${thread.id}  ${thread.title}  #${message.n}`,
  },
  mcp: {
    tool: "open_thread",
    title: "Open a thread",
    description: "Open a topic that several participants write to; name whom it concerns in with.",
    idempotent: false,
    openWorld: false,
    omit: ["agent"],
    workerText: ["thread.title", "message.body"],
  },
  run: async (ctx, input) => {
    const { thread, message } = await ctx.app.messages.open(
      {
        title: input.title,
        body: input.body,
        priority: input.priority,
        invited: input.with,
        agent: input.agent ?? null,
      },
      ctx,
    );
    return { ok: true, thread: projectThread(thread), message: projectMessage(message) };
  },
});
