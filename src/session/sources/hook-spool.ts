import { join } from "node:path/posix";
import type { Claim } from "../../domain/observation.ts";
import type { ReplyChannel } from "../../domain/prompt.ts";
import type { HookReader, Reading } from "../../provider/definition.ts";
import { parseSpoolName, replyLine, replyPipe } from "../../provider/hooks.ts";
import type { Statement } from "../live-session.ts";
import {
  againAfterMs,
  isForeign,
  lookNowAndThen,
  oneAtATime,
  type SessionSource,
  type SourceContext,
} from "./source.ts";

const maxPayloadBytes = 16 * 1024 * 1024;
/** How long a hook that was answered may take to take its pipe away. */
const releaseAfterMs = 300;

/**
 * Listens to the hooks of one session: each payload is one file in the spool, taken in by its
 * time and removed once it is committed. A payload that was committed and not yet removed when we
 * were killed is recognised by its name.
 */
export function followSpool(
  ctx: SourceContext,
  reader: HookReader,
  onLog: (path: string) => void,
): SessionSource {
  const { live, parts } = ctx;
  const folder = parts.home.session(live.id).spool;
  let memory: unknown;
  let loaded = false;
  let count = 0;
  /** Pipes of no open dialog, and since when. */
  const left = new Map<string, number>();
  let asking = live.view.prompts.length;
  let closed = false;

  const drain = oneAtATime(async () => {
    if (!loaded) {
      const cursor = await parts.store.cursors.get(live.id, "hook");
      memory = cursor?.memory ?? null;
      count = cursor?.offset ?? 0;
      loaded = true;
    }
    const files = await parts.machine.list(folder);
    for (const file of files) {
      const name = parseSpoolName(file.name);
      if (!name || file.kind !== "file") continue;
      await take(file.name, name.event, file.mtimeMs);
    }
    const pipes = files.filter(({ kind }) => kind === "pipe").map(({ name }) => join(folder, name));
    await release(pipes);
  });

  /**
   * Lets the hooks go whose dialog is over without them: somebody answered in the pane. One that
   * was answered through its pipe takes that away by itself in a moment.
   */
  async function release(pipes: readonly string[]): Promise<void> {
    const now = parts.now();
    const needed = new Set(live.view.prompts.map(({ channel }) => channel?.address));
    for (const path of left.keys()) if (!pipes.includes(path)) left.delete(path);
    for (const path of pipes.filter((one) => !needed.has(one))) {
      const since = left.get(path);
      if (since === undefined) {
        left.set(path, now);
        setTimeout(run, releaseAfterMs).unref();
      } else if (now - since >= releaseAfterMs) {
        left.delete(path);
        // a hook that was killed left its pipe behind
        if (!(await parts.machine.writePipe(path, replyLine("")))) await parts.machine.remove(path);
      }
    }
  }

  async function take(fileName: string, event: string, mtimeMs: number): Promise<void> {
    const path = join(folder, fileName);
    const bytes = await parts.machine.read(path, 0, maxPayloadBytes);
    if (!bytes) return;
    if (!(await parts.store.observations.seen(live.id, "hook", fileName))) {
      const reading = readPayload(event, Buffer.from(bytes).toString("utf8"));
      if (reading) {
        const foreign = isForeign(live, reading.conversation) && !identifies(reading);
        if (reading.logPath && !foreign) onLog(reading.logPath);
        const pipe = await parts.machine.stat(replyPipe(path));
        const statements = reading.claims.map((claim): Statement => ({
          source: "hook",
          ref: fileName,
          at: mtimeMs,
          foreign,
          claim:
            claim.kind === "dialog_opened" && pipe?.kind === "pipe"
              ? { ...claim, channel: channelOf(claim, replyPipe(path)) }
              : claim,
        }));
        await live.observe(statements, [
          { sessionId: live.id, channel: "hook", offset: count + 1, memory: reading.memory },
        ]);
        memory = reading.memory;
        count += 1;
      }
    }
    await parts.machine.remove(path);
  }

  function readPayload(event: string, text: string): Reading | undefined {
    try {
      return reader.read(event, JSON.parse(text) as unknown, memory);
    } catch (thrown) {
      parts.log("warn", "a hook payload could not be read", {
        session: live.id,
        event,
        error: String(thrown),
      });
      return undefined;
    }
  }

  const run = (): void => {
    drain().catch((thrown: unknown) => {
      parts.log("error", "the hook spool could not be read", {
        session: live.id,
        error: String(thrown),
      });
      if (!closed) setTimeout(run, againAfterMs).unref();
    });
  };
  const stop = live.onChange(() => {
    const before = asking;
    asking = live.view.prompts.length;
    if (asking < before) run();
  });
  const watch = parts.machine.watch(folder, run);
  const stopLooking = lookNowAndThen(live, run);
  run();
  return {
    drain,
    close: () => {
      closed = true;
      stop();
      watch.close();
      stopLooking();
    },
  };
}

function channelOf(
  { inWords }: Extract<Claim, { kind: "dialog_opened" }>,
  address: string,
): ReplyChannel {
  return { source: "hook", address, ...(inWords === undefined ? {} : { inWords }) };
}

function identifies(reading: Reading): boolean {
  return reading.claims.some((claim) => claim.kind === "agent_identified");
}
