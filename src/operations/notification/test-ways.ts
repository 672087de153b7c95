import { notificationWays, type NotificationWay } from "../../domain/notification.ts";
import type { NotificationTry } from "./service.ts";
import { defineOperation } from "../define.ts";
import { table } from "../table.ts";

interface Input {
  ways: NotificationWay[];
}

export interface Output {
  /** Every way that was tried took it, and one was tried. */
  ok: boolean;
  ways: NotificationTry[];
}

export const testWays = defineOperation<Input, Output>()({
  name: "notification.test",
  toolset: "sessions",
  summary: "Send yourself a test notification by every way that is on",
  about:
    "Says of each way whether it was delivered, and if not, why. Ways are switched on in config.yaml: " +
    "notifications.tmux, .bell, .desktop, .webhook; notifications.on names what you are told of. " +
    "--way tries one that is off. The exit status is 1 when nothing was delivered, 7 when not all " +
    "was.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      ways: z
        .array(z.enum(notificationWays))
        .default([])
        .describe(`Only these ways, on or off: ${notificationWays.join(", ")}`),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      ways: z.array(
        z.looseObject({
          way: z.enum(notificationWays),
          on: z.boolean().describe("By the settings"),
          tried: z.boolean(),
          delivered: z.boolean(),
          because: z.string(),
        }),
      ),
    }),
  }),
  errors: ["invalid_config"],
  cli: {
    command: "notify test",
    aliases: ["notify --test"],
    group: "Setup",
    flags: { ways: ["way"] },
    examples: ["agentpool notify test", "agentpool notify test --way bell,desktop"],
    exitCode: ({ ok, ways: all }) => (ok ? 0 : all.some((one) => one.delivered) ? 7 : 1),
    render: (output, style) => {
      const rows = output.ways.map(({ way, tried, delivered, because }) => [
        way,
        !tried ? "off" : delivered ? style.green("delivered") : style.red("not delivered"),
        tried ? because : turnOn(way),
      ]);
      return table(["WAY", "RESULT", "BY WHAT, OR WHY NOT"], rows, style);
    },
  },
  run: async (ctx, input) => {
    const all = await ctx.app.notifications.test(input.ways.length > 0 ? input.ways : null);
    const tried = all.filter((one) => one.tried);
    return { ok: tried.length > 0 && tried.every((one) => one.delivered), ways: [...all] };
  },
});

function turnOn(way: NotificationWay): string {
  const value = way === "webhook" ? "https://..." : "true";
  return `agentpool config set notifications.${way} ${value}`;
}
