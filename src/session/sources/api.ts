import type { ApiContext, ApiReader } from "../../provider/definition.ts";
import { isForeign, type SessionSource, type SourceContext } from "./source.ts";

const firstRetryMs = 100;
const lastRetryMs = 5_000;
const requestTimeoutMs = 10_000;

/** How a provider's API reader reaches its agent. */
export function apiContext(ctx: SourceContext, signal: AbortSignal): ApiContext {
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
    request: (method, path, body) =>
      machine.http({ port, method, path, headers, body, timeoutMs: requestTimeoutMs }),
    events: (path) =>
      machine.httpEvents(
        { port, method: "GET", path, headers, timeoutMs: requestTimeoutMs },
        signal,
      ),
  };
}

/** Follows the agent's own API, for as long as the agent lives; a lost connection is built anew. */
export function followApi(ctx: SourceContext, reader: ApiReader): SessionSource {
  const { live, parts } = ctx;
  const stop = new AbortController();
  let heard = false;

  const run = async (): Promise<void> => {
    for (let wait = firstRetryMs; !stop.signal.aborted; wait = Math.min(wait * 2, lastRetryMs)) {
      try {
        for await (const reading of reader.follow(apiContext(ctx, stop.signal), stop.signal)) {
          heard = true;
          wait = firstRetryMs;
          const foreign =
            isForeign(live, reading.conversation) &&
            !reading.claims.some((claim) => claim.kind === "agent_identified");
          await live.observe(reading.claims.map((claim) => ({ source: "api", foreign, claim })));
        }
      } catch (thrown) {
        if (stop.signal.aborted) return;
        parts.log("debug", "the agent's API was lost", { session: live.id, error: String(thrown) });
        if (heard && live.isLive) {
          heard = false;
          await live.observe([
            {
              source: "api",
              claim: { kind: "channel_lost", channel: "api", because: String(thrown) },
            },
          ]);
        }
      }
      await pause(wait, stop.signal);
    }
  };
  run().catch((thrown: unknown) => {
    parts.log("error", "the agent's API could not be followed", {
      session: live.id,
      error: String(thrown),
    });
  });
  return { drain: () => Promise.resolve(), close: () => stop.abort() };
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
