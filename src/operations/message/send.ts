import { agentField } from "../approval/approval-json.ts";
import { defineOperation, type CliPart } from "../define.ts";
import {
  bodyField,
  messageJson,
  projectMessage,
  projectReceipt,
  receiptJson,
  receiptLines,
  type MessageJson,
  type ReceiptJson,
} from "./message-json.ts";

interface Input {
  to: string;
  body: string;
  deliver: "inbox" | "pane";
  timeout_seconds: number;
  agent?: string;
}

export interface Output {
  ok: true;
  message: MessageJson;
  receipts: ReceiptJson[];
}

export const renderSent: CliPart<Output>["render"] = ({ message, receipts }, style) =>
  [
    `${message.id}  #${message.n}  to ${message.to}`,
    ...(receipts.length > 6 ? [`  ${receipts.length} recipients`] : receiptLines(receipts, style)),
  ].join("\n");

export const send = defineOperation<Input, Output>()({
  name: "message.send",
  toolset: "messages",
  summary: "Send a message to a session, an agent outside or the person",
  about:
    "It waits in the recipient's inbox until that acknowledges it, also while the recipient is " +
    "stopped. With --deliver pane it is typed into the session, too, when that takes a text, and " +
    "the receipt says whether the agent took it.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      to: z
        .string()
        .min(1)
        .max(200)
        .describe("Session id or name, name of an agent outside, or person"),
      body: bodyField(z, "The text"),
      deliver: z
        .enum(["inbox", "pane"])
        .default("inbox")
        .describe("pane: also type it into the session"),
      timeout_seconds: z
        .number()
        .min(0)
        .max(3_600)
        .default(10)
        .describe("With pane: how long to wait until the agent took it"),
      agent: agentField(z),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      message: messageJson(z),
      receipts: z.array(receiptJson(z)),
    }),
  }),
  errors: [
    "recipient_not_found",
    "ambiguous_id",
    "text_too_large",
    "policy_blocked",
    "other_run",
    "idempotency_conflict",
    "invalid_input",
  ],
  cli: {
    command: "msg send",
    group: "Tasks",
    positionals: ["to", "body"],
    flags: { timeout_seconds: ["timeout"] },
    ids: "message.id",
    examples: ['agentpool msg send person "The tests pass" --agent ci'],
    render: renderSent,
  },
  mcp: {
    tool: "send_message",
    title: "Send a message",
    description:
      "Send a message to one participant: a session by id or name, an agent outside, or person. An " +
      "unknown recipient is refused with the nearest name.",
    idempotent: false,
    openWorld: false,
    omit: ["agent"],
    unlisted: ["timeout_seconds"],
    workerText: ["message.body"],
  },
  run: async (ctx, input) => {
    const { message, receipts } = await ctx.app.messages.send(
      {
        to: input.to,
        runId: null,
        body: input.body,
        via: input.deliver,
        timeoutMs: input.timeout_seconds * 1000,
        agent: input.agent ?? null,
      },
      ctx,
    );
    return {
      ok: true,
      message: projectMessage(message),
      receipts: receipts.map(projectReceipt),
    };
  },
});
