import { defaultParticipantMs } from "../../domain/participant.ts";
import { defineOperation } from "../define.ts";
import {
  nameField,
  participantJson,
  projectParticipant,
  type ParticipantJson,
} from "./participant-json.ts";

interface Input {
  name: string;
  role?: string;
  note?: string;
  ttl_seconds: number;
  run_id?: string;
}

export interface Output {
  ok: true;
  agent: ParticipantJson;
}

export const register = defineOperation<Input, Output>()({
  name: "agent.register",
  toolset: "messages",
  summary: "Register an agent outside, so that others can reach it",
  about:
    "It is taken for dead when it gives no sign of life for --ttl: a heartbeat, or any message it " +
    "writes or reads. Registering again changes what is known of it. Sessions take part without.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      name: nameField(z).describe("Its name"),
      role: z.string().min(1).max(64).optional().describe("What it is for"),
      note: z.string().max(500).optional().describe("What it does at the moment"),
      ttl_seconds: z
        .number()
        .min(1)
        .max(30 * 86_400)
        .default(defaultParticipantMs / 1000)
        .describe("Without a sign of life for longer it is dead"),
      run_id: z.string().min(1).max(64).optional().describe("The run it takes part in"),
    }),
    output: z.looseObject({ ok: z.boolean(), agent: participantJson(z) }),
  }),
  errors: ["policy_blocked", "invalid_input"],
  cli: {
    command: "agent register",
    group: "Tasks",
    positionals: ["name"],
    flags: { ttl_seconds: ["ttl"], run_id: ["run"] },
    examples: ["agentpool agent register ci --role tester"],
    render: ({ agent }) => `${agent.participant}  registered, dead after ${agent.ttl_seconds} s`,
  },
  mcp: {
    tool: "register_agent",
    title: "Register an agent",
    description: "Register an agent outside of agentpool by a name, so that others can reach it.",
    idempotent: true,
    openWorld: false,
    workerText: ["agent.note"],
  },
  run: async (ctx, input) => {
    const agent = await ctx.app.agents.register(
      {
        name: input.name,
        role: input.role ?? null,
        note: input.note ?? null,
        ttlMs: input.ttl_seconds * 1000,
        runId: input.run_id ?? null,
      },
      ctx,
    );
    return { ok: true, agent: projectParticipant(agent) };
  },
});
