import { defaultStuckMs } from "../../domain/liveness.ts";
import { defineOperation } from "../define.ts";
import { agentJson, agentRows, agentTable, type AgentJson } from "./agent-rows.ts";

interface Input {
  all: boolean;
  threshold_seconds: number;
}

export interface Output {
  agents: AgentJson[];
}

const dayMs = 86_400_000;

export const list = defineOperation<Input, Output>()({
  name: "agent.list",
  toolset: "messages",
  summary: "List who takes part, and whether they move",
  about:
    "Live sessions, and agents outside that registered. dead is gone without anybody's will; stuck " +
    "is there and at work, and nothing of it moved for too long.",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      all: z.boolean().default(false).describe("Also those that ended in the last day"),
      threshold_seconds: z
        .number()
        .min(1)
        .default(defaultStuckMs / 1000)
        .describe("At work and still for longer is stuck"),
    }),
    output: z.looseObject({ agents: z.array(agentJson(z)) }),
  }),
  errors: [],
  cli: {
    command: "agents",
    aliases: ["agent list"],
    group: "Tasks",
    flags: { threshold_seconds: ["threshold"] },
    ids: "agents.participant",
    examples: ["agentpool agents", "agentpool agents --all --json"],
    render: ({ agents }, style) =>
      agents.length === 0 ? "Nobody takes part." : agentTable(agents, style),
  },
  mcp: {
    tool: "list_agents",
    title: "List who takes part",
    description: "List sessions and agents outside with their names for send_message, and health.",
    idempotent: true,
    openWorld: false,
    unlisted: ["threshold_seconds"],
    workerText: ["agents[].note"],
  },
  run: async (ctx, input) => {
    const now = ctx.app.now();
    const agents = await agentRows(ctx, {
      thresholdMs: input.threshold_seconds * 1000,
      endedSince: input.all ? now - dayMs : now + dayMs,
    });
    return { agents };
  },
});
