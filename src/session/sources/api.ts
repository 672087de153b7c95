import type { ReaderCursor } from "../../domain/decision.ts";
import type { PromptKind } from "../../domain/prompt.ts";
import type { ApiContext, ApiReader, Reading } from "../../provider/definition.ts";
import { isForeign, type SessionSource, type SourceContext } from "./source.ts";

const firstRetryMs = 100;
/** An agent that starts is asked often, one that was lost more patiently. */
const lastStartRetryMs = 500;
const lastRetryMs = 5_000;
const requestTimeoutMs = 10_000;
/** An agent that has not answered for so long is watched and typed to like one without an API. */
const giveUpAfterMs = 60_000;
/** What the agent sent has come within this time; it is taken in as it comes. */
const arrivedMs = 100;
/** The connection ends a moment before the process does; that is no loss worth telling. */
const exitWithinMs = 500;

export interface ApiSource extends SessionSource {
  /** The agent answers, and all it tells is heard. */
  readonly isUp: boolean;
  /** It answers or, after a start or a loss, may be expected to. */
  readonly isExpected: boolean;
  /** Whether dialogs of this kind are told here, so that nobody need look for them. */
  tells(kind: PromptKind): boolean;
  /** How the reader reaches its agent now. */
  context(): ApiContext;
}

/**
 * Follows the agent's own API, for as long as the agent lives; a lost connection is built anew.
 * @param onGivenUp the agent has not answered for long; others have to look now
 */
export function followApi(
  ctx: SourceContext,
  reader: ApiReader,
  { onGivenUp }: { readonly onGivenUp: () => void },
): ApiSource {
  const { live, parts } = ctx;
  const stop = new AbortController();
  let isUp = false;
  let isExpected = true;
  let giveUp: NodeJS.Timeout | undefined;
  let heard = false;
  let memory: unknown = null;

  function setUp(up: boolean): void {
    isUp = up;
    isExpected ||= up;
    clearTimeout(giveUp);
    if (up || !isExpected || stop.signal.aborted) return;
    giveUp = setTimeout(() => {
      isExpected = false;
      onGivenUp();
    }, giveUpAfterMs).unref();
  }

  const context = (): ApiContext => apiContext(ctx, memory, stop.signal);

  const run = async (): Promise<void> => {
    memory = (await parts.store.cursors.get(live.id, "api"))?.memory ?? null;
    for (let wait = firstRetryMs; !stop.signal.aborted;) {
      try {
        for await (const reading of reader.follow(context(), stop.signal)) {
          await take(reading);
          heard = true;
          wait = firstRetryMs;
          if (!isUp) setUp(true);
        }
      } catch (thrown) {
        if (!stop.signal.aborted) await lose(String(thrown));
      }
      if (isUp) setUp(false);
      await pause(wait, stop.signal);
      wait = Math.min(wait * 2, heard ? lastRetryMs : lastStartRetryMs);
    }
  };

  async function take(reading: Reading): Promise<void> {
    const { claims } = reading;
    const foreign =
      isForeign(live, reading.conversation) &&
      !claims.some((claim) => claim.kind === "agent_identified");
    const cursors: ReaderCursor[] =
      reading.memory === memory
        ? []
        : [{ sessionId: live.id, channel: "api", offset: 0, memory: reading.memory }];
    if (claims.length > 0 || cursors.length > 0) {
      await live.observe(
        claims.map((claim) => ({ source: "api", foreign, claim })),
        cursors,
      );
    }
    memory = reading.memory;
  }

  async function lose(because: string): Promise<void> {
    parts.log("debug", "the agent's API was lost", { session: live.id, error: because });
    if (!isUp) return;
    setUp(false);
    await pause(exitWithinMs, stop.signal);
    if (stop.signal.aborted || !live.isLive) return;
    const claim = { kind: "channel_lost", channel: "api", because } as const;
    await live.observe([{ source: "api", claim }]).catch((thrown: unknown) => {
      // it is taken up again all the same
      parts.log("warn", "the loss of the agent's API could not be recorded", {
        session: live.id,
        error: String(thrown),
      });
    });
  }

  setUp(false);
  run().catch((thrown: unknown) => {
    parts.log("error", "the agent's API could not be followed", {
      session: live.id,
      error: String(thrown),
    });
  });
  return {
    get isUp() {
      return isUp;
    },
    get isExpected() {
      return isExpected;
    },
    tells: (kind) => isExpected && (reader.answers ?? []).includes(kind),
    context,
    drain: () => (isUp ? pause(arrivedMs, stop.signal) : Promise.resolve()),
    close: () => {
      stop.abort();
      clearTimeout(giveUp);
    },
  };
}

function apiContext(ctx: SourceContext, memory: unknown, signal: AbortSignal): ApiContext {
  const { machine } = ctx.parts;
  const port = Number(ctx.facts["port"]);
  const secret = ctx.facts["secret"];
  const headers: Record<string, string> = secret
    ? {
        authorization: `Basic ${Buffer.from(`${ctx.facts["user"] ?? ""}:${secret}`).toString("base64")}`,
      }
    : {};
  return {
    facts: ctx.facts,
    agentSessionId: ctx.live.session.agentSessionId,
    memory,
    request: (method, path, { body, timeoutMs = requestTimeoutMs } = {}) =>
      machine.http({ port, method, path, headers, body, timeoutMs }),
    events: (path, { silenceMs } = {}) =>
      machine.httpEvents(
        { port, method: "GET", path, headers, timeoutMs: requestTimeoutMs, silenceMs },
        signal,
      ),
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener("abort", done, { once: true });
  });
}
