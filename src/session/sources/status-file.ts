import type { StatusFileReader } from "../../provider/definition.ts";
import {
  againAfterMs,
  isForeign,
  lookNowAndThen,
  oneAtATime,
  type SessionSource,
  type SourceContext,
} from "./source.ts";

const maxBytes = 1024 * 1024;

/** Follows a small file in which the agent keeps its present status. */
export function followStatusFile(
  ctx: SourceContext,
  reader: StatusFileReader,
): SessionSource | undefined {
  const { live, parts } = ctx;
  const path = reader.path({
    workPath: live.session.workspace.workPath,
    agentSessionId: live.session.agentSessionId,
    pid: live.session.terminal?.pid ?? null,
    startedAt: live.session.createdAt,
    facts: ctx.facts,
    env: ctx.env,
  });
  if (path === null) return undefined;
  let memory: unknown = null;
  let last = "";
  let closed = false;

  const drain = oneAtATime(async () => {
    const bytes = await parts.machine.read(path, 0, maxBytes);
    const text = bytes ? Buffer.from(bytes).toString("utf8") : "";
    if (text === "" || text === last) return;
    const reading = reader.read(text, memory);
    const foreign = isForeign(live, reading.conversation);
    await live.observe(reading.claims.map((claim) => ({ source: "log", foreign, claim })));
    last = text;
    memory = reading.memory;
  });
  const run = (): void => {
    drain().catch((thrown: unknown) => {
      parts.log("warn", "the status file could not be read", {
        session: live.id,
        error: String(thrown),
      });
      if (!closed) setTimeout(run, againAfterMs).unref();
    });
  };
  const watch = parts.machine.watch(path, run);
  const stopLooking = lookNowAndThen(live, run);
  run();
  return {
    drain,
    close: () => {
      closed = true;
      watch.close();
      stopLooking();
    },
  };
}
