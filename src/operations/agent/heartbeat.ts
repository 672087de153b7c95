import { defineOperation } from "../define.ts";
import {
  nameField,
  participantJson,
  projectParticipant,
  type ParticipantJson,
} from "./participant-json.ts";

interface Input {
  name?: string;
  note?: string;
  activity?: "working" | "idle";
}

export interface Output {
  ok: true;
  agent: ParticipantJson;
}

export const heartbeat = defineOperation<Input, Output>()({
  name: "agent.heartbeat",
  toolset: "worker",
  summary: "Give a sign of life, and say what is done at the moment",
  about:
    "An agent that says it is working and tells the same for too long is stuck. A session tells of " +
    "itself, and needs no sign of life.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      name: nameField(z).optional().describe("Who gives it; a session is itself"),
      note: z.string().max(500).optional().describe("What it does at the moment"),
      activity: z.enum(["working", "idle"]).optional().describe("Whether it is at work"),
    }),
    output: z.looseObject({ ok: z.boolean(), agent: participantJson(z) }),
  }),
  errors: ["recipient_not_found", "policy_blocked", "invalid_input"],
  cli: {
    command: "agent heartbeat",
    group: "Tasks",
    positionals: ["name"],
    examples: ['agentpool agent heartbeat ci --activity working --note "Test 3 of 9"'],
    render: ({ agent }) => `${agent.participant}  seen ${agent.seen_at}`,
  },
  mcp: {
    tool: "report_progress",
    title: "Say what you do",
    description: "Say in one line what you are doing at the moment, for whoever watches.",
    idempotent: true,
    openWorld: false,
    omit: ["name"],
    workerText: ["agent.note"],
  },
  run: async (ctx, input) => {
    const agent = await ctx.app.agents.heartbeat(
      {
        name: input.name ?? null,
        note: input.note ?? null,
        activity: input.activity ?? null,
      },
      ctx,
    );
    return { ok: true, agent: projectParticipant(agent) };
  },
});
