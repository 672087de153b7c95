import { defineOperation } from "../define.ts";
import {
  nameField,
  participantJson,
  projectParticipant,
  type ParticipantJson,
} from "./participant-json.ts";

interface Input {
  name: string;
  because?: string;
}

export interface Output {
  ok: true;
  agent: ParticipantJson;
}

export const leave = defineOperation<Input, Output>()({
  name: "agent.leave",
  toolset: "messages",
  summary: "Say that an agent outside is gone for good reason",
  about: "What is sent to it waits until it registers again.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      name: nameField(z).describe("Its name"),
      because: z.string().max(500).optional().describe("Why"),
    }),
    output: z.looseObject({ ok: z.boolean(), agent: participantJson(z) }),
  }),
  errors: ["recipient_not_found", "policy_blocked"],
  cli: {
    command: "agent leave",
    group: "Tasks",
    positionals: ["name"],
    examples: ["agentpool agent leave ci"],
    render: ({ agent }) => `${agent.participant}  left`,
  },
  run: async (ctx, input) => {
    const agent = await ctx.app.agents.leave(
      { name: input.name, because: input.because ?? null },
      ctx,
    );
    return { ok: true, agent: projectParticipant(agent) };
  },
});
