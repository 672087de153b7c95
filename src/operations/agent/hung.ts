import { defaultStuckMs } from "../../domain/liveness.ts";
import { defineOperation } from "../define.ts";
import { agentJson, agentRows, agentTable, type AgentJson } from "./agent-rows.ts";

interface Input {
  threshold_seconds: number;
  within_seconds: number;
}

export interface Output {
  ok: boolean;
  stuck: number;
  dead: number;
  agents: AgentJson[];
}

export const hung = defineOperation<Input, Output>()({
  name: "agent.hung",
  toolset: "messages",
  summary: "Say who is stuck or dead",
  about:
    "stuck is a process that lives, says that it runs, and whose screen and tools did not move for " +
    "the threshold; dead is one that ended without anybody's will. Ends with status 1 when there is " +
    "one, with 0 when all are well.",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      threshold_seconds: z
        .number()
        .min(1)
        .max(86_400)
        .default(defaultStuckMs / 1000)
        .describe("At work and still for longer is stuck"),
      within_seconds: z
        .number()
        .min(1)
        .max(365 * 86_400)
        .default(86_400)
        .describe("Only the dead of this time"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      stuck: z.number(),
      dead: z.number(),
      agents: z.array(agentJson(z)),
    }),
  }),
  errors: [],
  cli: {
    command: "hung",
    aliases: ["agent hung"],
    group: "Tasks",
    flags: { threshold_seconds: ["threshold"], within_seconds: ["within"] },
    ids: "agents.participant",
    examples: ["agentpool hung --threshold 300"],
    render: ({ agents }, style) =>
      agents.length === 0 ? "Nobody is stuck or dead." : agentTable(agents, style),
    exitCode: ({ ok }) => (ok ? 0 : 1),
  },
  mcp: {
    tool: "list_stuck_agents",
    title: "List who is stuck or dead",
    description:
      "List workers that live and do not move although they say they run, and those that died.",
    idempotent: true,
    openWorld: false,
    workerText: ["agents[].note"],
  },
  run: async (ctx, input) => {
    const rows = await agentRows(ctx, {
      thresholdMs: input.threshold_seconds * 1000,
      endedSince: ctx.app.now() - input.within_seconds * 1000,
    });
    const agents = rows.filter(({ health }) => health === "stuck" || health === "dead");
    const count = (wanted: string): number =>
      agents.filter(({ health }) => health === wanted).length;
    return { ok: agents.length === 0, stuck: count("stuck"), dead: count("dead"), agents };
  },
});
