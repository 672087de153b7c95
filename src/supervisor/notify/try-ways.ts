import { notificationWays } from "../../domain/notification.ts";
import type { NotificationService } from "../../operations/notification/service.ts";
import { formatTime } from "../../domain/time.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { SinkParts } from "./sinks.ts";
import { giveBy, waysOf, type Told } from "./ways.ts";

/** Tells a person that this is a test, by the ways that they named or have on. */
export function notificationService(options: {
  readonly parts: Pick<SessionParts, "config" | "now" | "machine">;
  readonly env: SinkParts["env"];
  readonly fetch?: typeof fetch;
}): NotificationService {
  const { parts, env } = options;
  return {
    test: async (named) => {
      const config = await parts.config();
      const on = waysOf(config);
      const sinks = {
        machine: parts.machine,
        env,
        ...(options.fetch ? { fetch: options.fetch } : {}),
      };
      const line = "agentpool: this is a test";
      const told: Told = {
        line,
        body: "A session that needs you would be told of like this.",
        payload: () => ({ text: line, reason: "test", at: formatTime(parts.now()) }),
      };
      const given = await giveBy(named ?? on, told, { sinks, config });
      return notificationWays.map((way) => {
        const found = given.find((one) => one.way === way);
        return {
          way,
          on: on.includes(way),
          tried: found !== undefined,
          delivered: found?.delivered ?? false,
          because: found?.because ?? "off",
        };
      });
    },
  };
}
