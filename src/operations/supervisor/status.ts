import { defineOperation } from "../define.ts";

export interface Output {
  running: boolean;
  pid: number | null;
  version: string | null;
  epoch: number;
  started_at: string | null;
  inline: boolean;
  socket: string;
  home: string;
  live_sessions: number;
}

export const status = defineOperation<Record<string, never>, Output>()({
  name: "supervisor.status",
  toolset: "sessions",
  summary: "Show the process that acts for everybody",
  effect: "read",
  aboutSupervisor: true,
  schemas: (z) => ({
    input: z.strictObject({}),
    output: z.looseObject({
      running: z.boolean(),
      pid: z.number().nullable(),
      version: z.string().nullable(),
      epoch: z.number(),
      started_at: z.string().nullable(),
      socket: z.string(),
      home: z.string(),
      live_sessions: z.number(),
    }),
  }),
  errors: [],
  cli: {
    command: "supervisor status",
    group: "Setup",
    examples: ["agentpool supervisor status"],
    render: (output, style) =>
      output.running
        ? [
            `${style.bold("running")}  pid ${output.pid}  version ${output.version}  epoch ${output.epoch}`,
            `  ${style.dim("since")}     ${output.started_at}`,
            `  ${style.dim("sessions")}  ${output.live_sessions} live`,
            `  ${style.dim("home")}      ${output.home}`,
          ].join("\n")
        : `not running; it starts by itself when it is needed  ${style.dim(output.home)}`,
  },
  run: async (ctx) => {
    const found = await ctx.app.supervisor.status();
    return {
      running: found.running,
      pid: found.pid,
      version: found.version,
      epoch: found.epoch,
      started_at: found.startedAt === null ? null : new Date(found.startedAt).toISOString(),
      inline: found.inline,
      socket: found.socket,
      home: found.home,
      live_sessions: found.liveSessions,
    };
  },
});
