import { counted } from "../../domain/counted.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { agentField } from "../approval/approval-json.ts";
import { defineOperation } from "../define.ts";

interface Input {
  message_ids: string[];
  through?: number;
  agent?: string;
}

export interface Output {
  ok: true;
  participant: string;
  acked: number;
}

export const ack = defineOperation<Input, Output>()({
  name: "message.ack",
  toolset: "messages",
  summary: "Say that messages were dealt with",
  about: "They do not come again. All of them are named: by ids, or by the number of the last.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      message_ids: z
        .array(z.string().min(1).max(64))
        .max(500)
        .default([])
        .describe("Ids of messages"),
      through: z.number().int().min(0).optional().describe("All up to this number"),
      agent: agentField(z),
    }),
    output: z.looseObject({ ok: z.boolean(), participant: z.string(), acked: z.number() }),
  }),
  errors: ["message_not_found", "policy_blocked", "invalid_input"],
  cli: {
    command: "msg ack",
    group: "Tasks",
    positionals: ["message_ids..."],
    examples: ["agentpool msg ack --through 12"],
    render: ({ acked, participant }) =>
      `${counted(acked, "message")} of ${participant} acknowledged`,
  },
  mcp: {
    tool: "ack_messages",
    title: "Acknowledge messages",
    description: "Say that messages were dealt with: by ids, or all through a number.",
    idempotent: true,
    openWorld: false,
    omit: ["agent"],
  },
  run: async (ctx, input) => {
    if (input.message_ids.length === 0 && input.through === undefined) {
      throw new AgentpoolError("invalid_input", "No message is named", {
        hint: "Name some by id, or all up to a number: --through N",
        details: { fields: ["message_ids", "through"] },
      });
    }
    const { participant, acked } = await ctx.app.messages.ack(
      { ids: input.message_ids, through: input.through ?? null, agent: input.agent ?? null },
      ctx,
    );
    return { ok: true, participant, acked };
  },
});
