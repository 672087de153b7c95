import { runIdOf } from "../../orchestration/scheduler/run-error.ts";
import { agentField } from "../approval/approval-json.ts";
import { defineOperation } from "../define.ts";
import {
  bodyField,
  messageJson,
  projectMessage,
  projectReceipt,
  receiptJson,
  type MessageJson,
  type ReceiptJson,
} from "./message-json.ts";
import { renderSent } from "./send.ts";

interface Input {
  body: string;
  run_id?: string;
  agent?: string;
  dry_run: boolean;
}

export interface Output {
  ok: true;
  /** Null where none was sent. */
  message: MessageJson | null;
  receipts: ReceiptJson[];
  dry_run: boolean;
  /** With dry_run: whom it would reach. */
  would_reach?: readonly string[];
}

export const broadcast = defineOperation<Input, Output>()({
  name: "message.broadcast",
  toolset: "messages",
  summary: "Send a message to everybody who is there",
  about:
    "From within a run to everybody in it. Who comes later is not given it, and finds it with " +
    "`msg inbox --history`.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      body: bodyField(z, "The text"),
      run_id: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .describe("To everybody in this run; from within a run that is the one"),
      agent: agentField(z),
      dry_run: z.boolean().default(false).describe("Only say whom it would reach"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      message: messageJson(z).nullable(),
      receipts: z.array(receiptJson(z)),
      dry_run: z.boolean(),
      would_reach: z.array(z.string()).optional(),
    }),
  }),
  errors: [
    "run_not_found",
    "ambiguous_id",
    "text_too_large",
    "policy_blocked",
    "idempotency_conflict",
  ],
  cli: {
    command: "msg broadcast",
    group: "Tasks",
    positionals: ["body"],
    flags: { run_id: ["run"] },
    ids: "message.id",
    examples: ['agentpool msg broadcast "The interface is settled" --agent ci'],
    render: ({ message, would_reach: reached = [], ...rest }, style, input) =>
      message === null
        ? [`It would reach ${reached.length}; nothing was sent`, ...reached].join("\n  ")
        : renderSent({ message, ...rest }, style, input),
  },
  mcp: {
    tool: "broadcast_message",
    title: "Send a message to everybody",
    description: "Send a message to everybody in your run; use send_message for one participant.",
    idempotent: false,
    openWorld: false,
    omit: ["agent", "run_id"],
    unlisted: ["dry_run"],
    workerText: ["message.body"],
  },
  run: async (ctx, input) => {
    const runId = (await runIdOf(ctx.app.store, input.run_id)) ?? null;
    const asked = { runId, body: input.body, agent: input.agent ?? null };
    if (input.dry_run) {
      const reached = await ctx.app.messages.audience(asked, ctx);
      return { ok: true, message: null, receipts: [], dry_run: true, would_reach: reached };
    }
    const { message, receipts } = await ctx.app.messages.send(
      { ...asked, to: null, via: "inbox", timeoutMs: 0 },
      ctx,
    );
    return {
      ok: true,
      message: projectMessage(message),
      receipts: receipts.map(projectReceipt),
      dry_run: false,
    };
  },
});
