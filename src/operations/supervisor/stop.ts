import { counted } from "../../domain/counted.ts";
import { defineOperation } from "../define.ts";

export interface Output {
  ok: boolean;
  stopped: boolean;
  live_sessions: number;
}

export const stop = defineOperation<Record<string, never>, Output>()({
  name: "supervisor.stop",
  toolset: "sessions",
  summary: "End the supervisor; agents live on",
  about: "The next command that needs one starts it again and picks the agents up.",
  effect: "write",
  aboutSupervisor: true,
  schemas: (z) => ({
    input: z.strictObject({}),
    output: z.looseObject({ ok: z.boolean(), stopped: z.boolean(), live_sessions: z.number() }),
  }),
  errors: [],
  cli: {
    command: "supervisor stop",
    group: "Setup",
    examples: ["agentpool supervisor stop"],
    render: (output) =>
      output.stopped
        ? `stopped; without it go on: ${counted(output.live_sessions, "session")}`
        : "it was not running",
  },
  run: async (ctx) => {
    const found = await ctx.app.supervisor.status();
    if (found.running) await ctx.app.supervisor.stop("asked to stop");
    return { ok: true, stopped: found.running, live_sessions: found.liveSessions };
  },
});
