import type { ReaderCursor } from "../../domain/decision.ts";
import { runSince } from "../../domain/session.ts";
import type { LogPlace, LogReader } from "../../provider/definition.ts";
import type { Watch } from "../../runtime/machine.ts";
import type { Statement } from "../live-session.ts";
import {
  againAfterMs,
  isForeign,
  lookNowAndThen,
  oneAtATime,
  type SessionSource,
  type SourceContext,
} from "./source.ts";

/** Reading its lines takes a few milliseconds at most, so that nobody waits for a long log. */
const chunkBytes = 64 * 1024;
/** A longer line is no log line; it is skipped so that it cannot fill the memory. */
const maxLineBytes = 32 * 1024 * 1024;
const searchEveryMs = 500;

export interface LogSource extends SessionSource {
  /** The agent told where its log lies; told again, it is a hint to look now. */
  follow(path: string): void;
}

/**
 * Tails the agent's own log. The position is committed together with what the lines led to, so
 * each line counts once, whatever is killed in between. A log that was replaced is read anew from
 * its start; one that was cut is followed from its present end, and said to have a gap.
 */
export function tailLog(ctx: SourceContext, reader: LogReader): LogSource {
  const { live, parts } = ctx;
  let path: string | null = null;
  let offset = 0;
  let identity: string | null = null;
  let memory: unknown = null;
  let watch: Watch | undefined;
  let search: NodeJS.Timeout | undefined;
  let closed = false;

  const drain = oneAtATime(async () => {
    if (path === null) await find();
    if (path === null || closed) return;
    const facts = await parts.machine.stat(path);
    if (!facts || facts.kind !== "file") return;
    if (identity !== null && facts.identity !== identity) offset = 0;
    identity = facts.identity;
    if (facts.sizeBytes < offset) {
      offset = facts.sizeBytes;
      await live.observe(
        [
          {
            source: "log",
            claim: { kind: "channel_lost", channel: "log", because: "the log was cut" },
          },
        ],
        [cursor()],
      );
    }
    await readOn(path);
  });

  async function readOn(from: string): Promise<void> {
    for (;;) {
      let bytes = await parts.machine.read(from, offset, chunkBytes);
      if (!bytes || bytes.length === 0) return;
      let end = bytes.lastIndexOf(0x0a);
      // a line longer than the chunk: widen until it ends, or skip it when it never does
      for (let size = chunkBytes * 4; end < 0 && bytes.length >= size / 4; size *= 4) {
        bytes = (await parts.machine.read(from, offset, size)) ?? bytes;
        end = bytes.lastIndexOf(0x0a);
        if (end < 0 && size > maxLineBytes) {
          offset += bytes.length;
          return;
        }
      }
      if (end < 0) return;
      await takeLines(Buffer.from(bytes.subarray(0, end + 1)));
      if (closed) return;
    }
  }

  async function takeLines(block: Buffer): Promise<void> {
    const before = { offset, memory };
    const statements: Statement[] = [];
    let start = 0;
    while (start < block.length) {
      const end = block.indexOf(0x0a, start);
      const line = block.toString("utf8", start, end).trim();
      const ref = `${identity}:${offset + start}`;
      start = end + 1;
      if (line === "") continue;
      const reading = readLine(line);
      if (!reading) continue;
      memory = reading.memory;
      const { at } = reading;
      // a conversation that was taken up again begins with what happened before this process
      if (at !== undefined && at < runSince(live.session)) continue;
      const foreign = isForeign(live, reading.conversation);
      const stamp = at === undefined ? {} : { at };
      for (const claim of reading.claims) {
        statements.push({ source: "log", ref, foreign, claim, ...stamp });
      }
    }
    offset += block.length;
    try {
      await live.observe(statements, [cursor()]);
    } catch (thrown) {
      // nothing of it was committed: it is still to be read
      ({ offset, memory } = before);
      throw thrown;
    }
  }

  function readLine(line: string): ReturnType<LogReader["read"]> | undefined {
    try {
      return reader.read(line, memory);
    } catch (thrown) {
      parts.log("warn", "a log line could not be read", {
        session: live.id,
        error: String(thrown),
      });
      return undefined;
    }
  }

  function cursor(): ReaderCursor {
    return {
      sessionId: live.id,
      channel: `log:${path}`,
      offset,
      memory: { identity, reader: memory },
    };
  }

  async function find(): Promise<void> {
    const found = await reader.find(place());
    if (found !== null) await begin(found);
  }

  async function begin(found: string): Promise<void> {
    if (found === path || closed) return;
    path = found;
    const known = await parts.store.cursors.get(live.id, `log:${found}`);
    const kept = known?.memory as { identity: string | null; reader: unknown } | undefined;
    offset = known?.offset ?? 0;
    identity = kept?.identity ?? null;
    memory = kept?.reader ?? null;
    clearInterval(search);
    watch?.close();
    watch = parts.machine.watch(found, run);
  }

  function place(): LogPlace {
    const { session } = live;
    return {
      workPath: session.workspace.workPath,
      agentSessionId: session.agentSessionId,
      pid: session.terminal?.pid ?? null,
      startedAt: session.createdAt,
      facts: ctx.facts,
      env: ctx.env,
      list: (folder) => parts.machine.list(folder),
      read: async (file) => {
        const bytes = await parts.machine.read(file, 0, 1024 * 1024);
        return bytes ? Buffer.from(bytes).toString("utf8") : undefined;
      },
      openFiles: async () => {
        const pid = session.terminal?.pid ?? null;
        const root = pid === null ? undefined : await parts.machine.process(pid);
        if (!root) return [];
        const tree = await parts.machine.processTree(root, {
          name: "AGENTPOOL_SESSION_ID",
          value: session.id,
        });
        return (await Promise.all(tree.map((one) => parts.machine.openFiles(one)))).flat();
      },
    };
  }

  const run = (): void => {
    drain().catch((thrown: unknown) => {
      parts.log("error", "the agent's log could not be read", {
        session: live.id,
        error: String(thrown),
      });
      if (!closed) setTimeout(run, againAfterMs).unref();
    });
  };
  // Logs appear with the first prompt: look often while a prompt is under way and none is known.
  search = setInterval(() => {
    if (path === null && live.view.turns.length > 0) run();
  }, searchEveryMs);
  search.unref();
  const stopLooking = lookNowAndThen(live, run);
  run();

  return {
    drain,
    follow: (found) => {
      if (found === path) {
        // somebody just spoke of it: what led to that stands there or will in a moment
        run();
        return;
      }
      // what is left in the log followed so far comes first
      drain()
        .then(() => begin(found))
        .then(run, (thrown: unknown) => {
          parts.log("error", "the agent's log could not be opened", {
            session: live.id,
            error: String(thrown),
          });
        });
    },
    close: () => {
      closed = true;
      watch?.close();
      clearInterval(search);
      stopLooking();
    },
  };
}
