import { agentField } from "../approval/approval-json.ts";
import { defineOperation } from "../define.ts";
import { timeoutSeconds } from "../schemas.ts";
import {
  messageJson,
  messageLines,
  projectMessage,
  projectReceived,
  type MessageJson,
  type ReceivedJson,
} from "./message-json.ts";

interface Input {
  ack_through?: number;
  timeout_seconds: number;
  limit: number;
  history: number;
  agent?: string;
}

export interface Output {
  participant: string;
  messages: ReceivedJson[];
  /** Say it as ack_through once these are dealt with; null without any. */
  ack_through: number | null;
  /** Not acknowledged, these included. */
  open: number;
  history: MessageJson[];
}

export const check = defineOperation<Input, Output>()({
  name: "message.check",
  toolset: "messages",
  summary: "Read what was sent to one, oldest first",
  about:
    "The same messages come again until they are acknowledged, with `msg ack` or with " +
    "--ack-through at the next look: what was read and not dealt with is not lost with a crash.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      ack_through: z
        .number()
        .int()
        .min(0)
        .optional()
        .describe("First acknowledge all up to this number"),
      timeout_seconds: timeoutSeconds(z, 0),
      limit: z.number().int().min(1).max(500).default(50).describe("Messages at most"),
      history: z
        .number()
        .int()
        .min(0)
        .max(500)
        .default(0)
        .describe("Also the last so many of the past, from before one came, too"),
      agent: agentField(z),
    }),
    output: z.looseObject({
      participant: z.string(),
      messages: z.array(messageJson(z)),
      ack_through: z.number().nullable(),
      open: z.number(),
      history: z.array(messageJson(z)),
    }),
  }),
  errors: ["policy_blocked"],
  cli: {
    command: "msg inbox",
    aliases: ["msg check"],
    group: "Tasks",
    flags: { timeout_seconds: ["wait"] },
    short: { limit: "n" },
    ids: "messages.id",
    examples: ["agentpool msg inbox", "agentpool msg inbox --agent ci --wait 1s"],
    render: ({ messages, history, ack_through: through, open }, style, input) => {
      const past = history.map((one) => messageLines(one, style));
      const fresh = messages.map((one) => messageLines(one, style));
      const left = open > messages.length ? ` (${open} wait)` : "";
      const whose = typeof input["agent"] === "string" ? ` --agent ${input["agent"]}` : "";
      return [
        ...(past.length > 0 ? [style.dim("Before:"), ...past, ""] : []),
        ...(fresh.length > 0 ? fresh : [past.length > 0 ? "No new messages." : "No messages."]),
        ...(through === null
          ? []
          : [style.dim(`agentpool msg ack --through ${through}${whose}${left}`)]),
      ].join("\n");
    },
  },
  mcp: {
    tool: "check_messages",
    title: "Read messages",
    description:
      "Read messages to you, oldest first; timeout_seconds waits for one. They come again until " +
      "acknowledged: pass ack_through of the last answer, or call ack_messages. history adds what " +
      "was said before you came.",
    idempotent: true,
    openWorld: false,
    omit: ["agent"],
    workerText: ["messages[].body", "history[].body"],
  },
  run: async (ctx, input) => {
    const { participant, received, open, history } = await ctx.app.messages.receive(
      {
        ackThrough: input.ack_through ?? null,
        limit: input.limit,
        waitMs: input.timeout_seconds * 1000,
        history: input.history,
        agent: input.agent ?? null,
      },
      ctx,
    );
    return {
      participant,
      messages: received.map(projectReceived),
      ack_through: received.at(-1)?.message.n ?? null,
      open,
      history: history.map(projectMessage),
    };
  },
});
