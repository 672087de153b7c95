import { AgentpoolError } from "../../domain/errors.ts";
import type { ScreenReading } from "../../domain/observation.ts";
import { isStructured } from "../../domain/source.ts";
import { readScreen } from "../../provider/read-screen.ts";
import type { CapturedScreen } from "../../runtime/terminal.ts";
import type { ApiSource } from "./api.ts";
import { againAfterMs, oneAtATime, type SessionSource, type SourceContext } from "./source.ts";

/** While output does not pause, the screen is still read this often, so that a dialog is seen. */
const busyEveryMs = 250;
const busyWithChannelEveryMs = 1_000;

export interface ScreenSource extends SessionSource {
  /** The pane wrote something. */
  touched(): void;
  /** Reads the screen now; undefined when the pane is gone. */
  look(): Promise<Look | undefined>;
}

export interface Look {
  readonly screen: CapturedScreen;
  /** Undefined when a viewer or picker covers the agent and nothing may be concluded. */
  readonly reading: ScreenReading | undefined;
}

/** A terminal that cannot be asked shows nothing; that it cannot be asked is reported elsewhere. */
function orNothing(thrown: unknown): undefined {
  if (thrown instanceof AgentpoolError && thrown.code === "terminal_failed") return undefined;
  throw thrown;
}

/**
 * Reads the screen after output, once it settled, never on a timer while nothing is written.
 * @param api where the agent tells limits and dialogs itself, these are not concluded from looks
 */
export function watchScreen(
  ctx: SourceContext,
  { api }: { readonly api: () => ApiSource | undefined },
): ScreenSource {
  const { live, parts } = ctx;
  const facts = live.provider.screen;
  let timer: NodeJS.Timeout | undefined;
  let firstTouchAt = 0;
  let last = "";
  let lastReading: ScreenReading | undefined;
  let closed = false;

  async function look(): Promise<Look | undefined> {
    const place = live.session.terminal;
    const screen = place ? await parts.host.capture(place).catch(orNothing) : undefined;
    if (!screen) return undefined;
    const key = `${screen.title}\n${screen.lines.join("\n")}`;
    if (key !== last) {
      last = key;
      lastReading = readScreen(facts, screen, live.session.providerVersion);
    }
    if (lastReading && !screen.inMode) {
      const reading = untold(lastReading);
      await live.observe([{ source: "screen", claim: { kind: "screen", reading } }]);
    }
    return { screen, reading: screen.inMode ? undefined : lastReading };
  }

  /** Without what the agent tells itself. */
  function untold(reading: ScreenReading): ScreenReading {
    const told = api();
    if (!told?.isExpected) return reading;
    const isTold = reading.dialog !== null && told.tells(reading.dialog.kind);
    return { ...reading, limit: null, ...(isTold ? { dialog: null, dialogLines: [] } : {}) };
  }

  const drain = oneAtATime(async () => {
    firstTouchAt = 0;
    await look();
  });

  const run = (): void => {
    timer = undefined;
    drain().catch((thrown: unknown) => {
      parts.log("warn", "the screen could not be read", {
        session: live.id,
        error: String(thrown),
      });
      if (!closed) timer ??= setTimeout(run, againAfterMs).unref();
    });
  };

  return {
    look,
    drain,
    touched: () => {
      if (closed) return;
      const now = parts.now();
      if (firstTouchAt === 0) firstTouchAt = now;
      const told = Object.keys(live.session.evidence.sources).some((source) =>
        isStructured(source as Parameters<typeof isStructured>[0]),
      );
      const patience =
        told && live.session.state === "running" ? busyWithChannelEveryMs : busyEveryMs;
      const dueAt = Math.min(now + facts.settleMs, firstTouchAt + patience);
      clearTimeout(timer);
      timer = setTimeout(run, Math.max(0, dueAt - now));
      timer.unref();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
