import { notificationWays, type NotificationWay } from "../../domain/notification.ts";
import type { Config } from "../../platform/config/config.ts";
import {
  notifyDesktop,
  notifyTmux,
  postWebhook,
  writeToTerminals,
  type SinkParts,
} from "./sinks.ts";

/** What is told. */
export interface Told {
  /** One line without a word of a worker's. */
  readonly line: string;
  /** What a desktop shows below it. */
  readonly body: string;
  /** What a webhook is posted. */
  readonly payload: (options: { readonly withText: boolean }) => Readonly<Record<string, unknown>>;
}

export interface GivenNotice {
  readonly way: NotificationWay;
  /** True when whoever shows it took it. */
  readonly delivered: boolean;
  /** By what, or why not. */
  readonly because: string;
}

/** The ways that config.yaml has on. */
export function waysOf(config: Config): NotificationWay[] {
  return notificationWays.filter((way) =>
    way === "webhook"
      ? config.get("notifications.webhook") !== null
      : config.get(`notifications.${way}`),
  );
}

/** Gives it by each of these ways at once, and says what came of each. Never throws. */
export async function giveBy(
  ways: readonly NotificationWay[],
  told: Told,
  { sinks, config }: { readonly sinks: SinkParts; readonly config: Config },
): Promise<GivenNotice[]> {
  return Promise.all(
    ways.map(async (way) => {
      try {
        return { way, ...(await give[way](told, sinks, config)) };
      } catch (thrown) {
        const because = thrown instanceof Error ? thrown.message : String(thrown);
        return { way, delivered: false, because };
      }
    }),
  );
}

type Outcome = Omit<GivenNotice, "way">;

const noTerminal = "no terminal shows a tmux of yours";

const give: Readonly<
  Record<NotificationWay, (told: Told, sinks: SinkParts, config: Config) => Promise<Outcome>>
> = {
  tmux: async ({ line }, sinks) => {
    const shown = await notifyTmux(sinks, line);
    return shown ? yes("shown at the bottom of your tmux") : no(noTerminal);
  },
  bell: async (_told, sinks) => {
    const rung = await writeToTerminals(sinks, "\x07");
    return rung ? yes("rung in the terminals around your tmux") : no(noTerminal);
  },
  desktop: async ({ line, body }, sinks) => {
    if (await notifyDesktop(sinks, line, body)) return yes("the desktop took it");
    // what many terminals show as a message of the desktop
    const written = await writeToTerminals(sinks, `\x1b]9;${line}\x1b\\`);
    return written
      ? yes("no desktop took it; written to the terminals around your tmux, which may show it")
      : no(`no desktop took it, and ${noTerminal}`);
  },
  webhook: async ({ payload }, sinks, config) => {
    const address = config.get("notifications.webhook");
    if (address === null) return no("notifications.webhook names no address");
    const withText = config.get("notifications.webhook_text");
    await postWebhook(sinks, address, payload({ withText }));
    return yes(`${new URL(address).host} took it`);
  },
};

function yes(because: string): Outcome {
  return { delivered: true, because };
}

function no(because: string): Outcome {
  return { delivered: false, because };
}
