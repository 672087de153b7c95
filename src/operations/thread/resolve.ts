import { agentField } from "../approval/approval-json.ts";
import { defineOperation } from "../define.ts";
import { projectThread, threadId, threadJson, type ThreadJson } from "./thread-json.ts";

interface Input {
  thread_id: string;
  agent?: string;
}

export interface Output {
  ok: true;
  thread: ThreadJson;
}

export const resolve = defineOperation<Input, Output>()({
  name: "thread.resolve",
  toolset: "messages",
  summary: "Close a thread; nothing is added to it any more",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({ thread_id: threadId(z), agent: agentField(z) }),
    output: z.looseObject({ ok: z.boolean(), thread: threadJson(z) }),
  }),
  errors: ["other_run", "thread_not_found", "ambiguous_id", "policy_blocked"],
  cli: {
    command: "thread resolve",
    group: "Tasks",
    positionals: ["thread_id"],
    examples: ["agentpool thread resolve @last"],
    render: ({ thread }) => `${thread.id}  ${thread.state}  ${thread.title}`,
  },
  mcp: {
    tool: "resolve_thread",
    title: "Close a thread",
    description: "Close a thread whose question is answered; nothing is added to it any more.",
    idempotent: true,
    openWorld: false,
    omit: ["agent"],
    workerText: ["thread.title"],
  },
  run: async (ctx, input) => {
    const thread = await ctx.app.messages.resolve(
      { thread: input.thread_id, agent: input.agent ?? null },
      ctx,
    );
    return { ok: true, thread: projectThread(thread) };
  },
});
