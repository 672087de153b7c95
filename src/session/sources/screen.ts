import { AgentpoolError } from "../../domain/errors.ts";
import type { ScreenReading } from "../../domain/observation.ts";
import { isStructured } from "../../domain/source.ts";
import { pause } from "../../platform/clock.ts";
import { readScreen } from "../../provider/read-screen.ts";
import type { CapturedScreen } from "../../runtime/terminal.ts";
import type { ApiSource } from "./api.ts";
import { FamiliarFrames } from "./familiar-frames.ts";
import type { LookQueue } from "./look-queue.ts";
import { againAfterMs, oneAtATime, type SessionSource, type SourceContext } from "./source.ts";

/** While output does not pause, the screen is still read this often, so that a dialog is seen. */
const busyEveryMs = 250;
const busyWithChannelEveryMs = 1_000;
/** While only an animation goes on that was looked at before. */
const animatedEveryMs = 2_000;

export interface ScreenSource extends SessionSource {
  /** The pane wrote this, or something that is not known. */
  touched(output?: string): void;
  /**
   * Reads the screen now; undefined when the pane is gone.
   * @param options a look of a moment ago will do, if nothing was written since
   */
  look(options?: { readonly notOlderThanMs: number }): Promise<Look | undefined>;
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
 * @param options `api`: where the agent tells limits and dialogs itself, these are not concluded from
 *   looks; `looks`: that of all sessions of this supervisor
 */
export function watchScreen(
  ctx: SourceContext,
  { api, looks }: { readonly api: () => ApiSource | undefined; readonly looks: LookQueue },
): ScreenSource {
  const { live, parts } = ctx;
  const facts = live.provider.screen;
  let timer: NodeJS.Timeout | undefined;
  /** When the first news came that was not looked at yet; 0 without any. */
  let newsAt = 0;
  const frames = new FamiliarFrames();
  /** What the last look after output found; looks for other reasons come in between. */
  let judged: ScreenReading | undefined;
  /** How often the pane wrote. */
  let writes = 0;
  let latest: { readonly at: number; readonly writes: number; readonly look: Look } | undefined;
  let last = "";
  let lastReading: ScreenReading | undefined;
  let closed = false;

  async function look(options?: { readonly notOlderThanMs: number }): Promise<Look | undefined> {
    const now = parts.now();
    if (latest && latest.writes === writes && now - latest.at <= (options?.notOlderThanMs ?? -1)) {
      return latest.look;
    }
    const asked = { at: now, writes };
    const found = await lookNow();
    latest = found && { ...asked, look: found };
    return found;
  }

  async function lookNow(): Promise<Look | undefined> {
    const place = live.session.terminal;
    const screen = place ? await parts.host.capture(place).catch(orNothing) : undefined;
    if (!screen) return undefined;
    const cursor = facts.composer.atCursor === true ? screen.cursor.y : 0;
    const key = `${cursor} ${screen.title}\n${screen.lines.join("\n")}`;
    if (key !== last) {
      last = key;
      lastReading = readScreen(facts, screen, live.session.providerVersion);
    }
    // another look may replace it while this one is taken in
    const reading = screen.inMode ? undefined : lastReading;
    if (reading) {
      if (mayBeTold(reading)) await pause(facts.dialogLagMs ?? 0);
      await live.observe([
        { source: "screen", claim: { kind: "screen", reading: untold(reading) } },
      ]);
    }
    return { screen, reading };
  }

  /** A dialog of a turn that the log will speak of in a moment, and knows more of. */
  function mayBeTold({ dialog }: ScreenReading): boolean {
    if (facts.dialogLagMs === undefined || dialog === null) return false;
    return live.session.currentTurnId !== null && live.view.prompts.length === 0;
  }

  /** Without what the agent tells itself. */
  function untold(reading: ScreenReading): ScreenReading {
    const told = api();
    if (!told?.isExpected) return reading;
    const isTold = reading.dialog !== null && told.tells(reading.dialog.kind);
    return { ...reading, limit: null, ...(isTold ? { dialog: null, dialogLines: [] } : {}) };
  }

  const drain = oneAtATime(() =>
    looks.run(
      async () => {
        newsAt = 0;
        const looked = frames.look();
        await look();
        looked({ news: !isAlike(judged, lastReading) });
        judged = lastReading;
      },
      { urgent: newsAt !== 0 },
    ),
  );

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
    touched: (output) => {
      if (closed) return;
      writes++;
      if (output !== undefined && frames.isFamiliar(output)) {
        // animations of several agents that began together do not stay together
        timer ??= setTimeout(run, animatedEveryMs * (0.75 + Math.random() / 2)).unref();
        return;
      }
      const now = parts.now();
      if (newsAt === 0) newsAt = now;
      const told = Object.keys(live.session.evidence.sources).some((source) =>
        isStructured(source as Parameters<typeof isStructured>[0]),
      );
      const patience =
        told && live.session.state === "running" ? busyWithChannelEveryMs : busyEveryMs;
      const dueAt = Math.min(now + facts.settleMs, newsAt + patience);
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

/** Whether two readings lead to the same conclusions; what a spinner's line says leads to none. */
function isAlike(one: ScreenReading | undefined, other: ScreenReading | undefined): boolean {
  const conclusions = (reading: ScreenReading | undefined): string =>
    JSON.stringify({ ...reading, because: "" });
  return one === other || conclusions(one) === conclusions(other);
}
