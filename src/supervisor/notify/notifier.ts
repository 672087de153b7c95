import type { NotificationWay } from "../../domain/notification.ts";
import type { Event } from "../../domain/event.ts";
import { isEndState } from "../../domain/session.ts";
import type { Config } from "../../platform/config/config.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Workers } from "../../session/workers.ts";
import { headline, payload, reasonOf, type Notice, type Reason } from "./notice.ts";
import { giveBy, waysOf, type Told } from "./ways.ts";

/** A dialog that a rule is about to answer needs nobody; so long a rule may take. */
const settleMs = 1_000;
/** More at once are a storm, of which the newest are told. */
const maxWaiting = 32;

export interface NotifierOptions {
  readonly parts: Pick<SessionParts, "store" | "config" | "log" | "now" | "machine">;
  readonly workers: Pick<Workers, "get">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch?: typeof fetch;
  /** For tests. */
  readonly settleMs?: number;
}

/**
 * Tells a person when a session needs somebody, by the ways that config.yaml names. Only listens
 * to commits and holds nobody up: one notice is given after the other, outside of everything else,
 * and a way that fails is logged. Returns the end of it.
 */
export function notifyPeople(options: NotifierOptions): () => void {
  const { parts } = options;
  const waiting: (() => Promise<void>)[] = [];
  const told = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  let working = false;

  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        await next().catch((thrown: unknown) =>
          parts.log("warn", "somebody could not be notified", { error: String(thrown) }),
        );
      }
    } finally {
      working = false;
    }
  };

  const consider = (event: Event): void => {
    const found = reasonOf(event);
    const { sessionId, seq } = event;
    if (!found || sessionId === null) return;
    const key = `${found.reason} ${found.promptId ?? seq}`;
    if (told.has(key)) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (waiting.length >= maxWaiting) waiting.shift();
      waiting.push(async () => {
        const notice = await noticeOf(options, sessionId, found);
        if (!notice || told.has(key)) return;
        told.add(key);
        if (told.size > 1_000) told.delete([...told][0] ?? "");
        await give(options, await parts.config(), notice);
      });
      void work();
    }, options.settleMs ?? settleMs);
    timer.unref();
    timers.add(timer);
  };

  const stop = parts.store.onCommit((events) => {
    for (const event of events) consider(event);
  });
  return () => {
    stop();
    for (const timer of timers) clearTimeout(timer);
    waiting.length = 0;
  };
}

/** What is true of it by now; undefined when nobody is needed any more. */
async function noticeOf(
  { parts, workers }: NotifierOptions,
  sessionId: string,
  { reason, promptId }: { readonly reason: Reason; readonly promptId?: string },
): Promise<Notice | undefined> {
  const config = await parts.config();
  if (waysOf(config).length === 0 || !config.get("notifications.on").includes(reason))
    return undefined;
  const session = await parts.store.sessions.get(sessionId);
  if (!session) return undefined;
  const at = parts.now();
  if (promptId === undefined) {
    // an end that somebody asked for is no failure
    const isOver = isEndState(session.state) && session.closing !== null;
    return reason === "failed" && isOver ? undefined : { reason, session, prompt: null, at };
  }
  const open = await parts.store.prompts.open(sessionId);
  const prompt = open.find(({ id, state }) => id === promptId && state === "open");
  const isForSomebody = prompt && (workers.get(sessionId)?.waitsForPerson(prompt) ?? true);
  return prompt && isForSomebody ? { reason, session, prompt, at } : undefined;
}

/** A way that has nobody at its end is how things are; only one that broke is worth a line. */
const worthALine: readonly NotificationWay[] = ["webhook"];

async function give(options: NotifierOptions, config: Config, notice: Notice): Promise<void> {
  const { parts, env } = options;
  const sinks = {
    machine: parts.machine,
    env,
    ...(options.fetch ? { fetch: options.fetch } : {}),
  };
  const told: Told = {
    line: headline(notice),
    body: notice.prompt?.text.split("\n")[0]?.slice(0, 200) ?? notice.session.stateBecause,
    payload: (how) => payload(notice, how),
  };
  for (const { way, delivered, because } of await giveBy(waysOf(config), told, { sinks, config })) {
    if (delivered || !worthALine.includes(way)) continue;
    parts.log("warn", "a notification was not given", { error: because });
  }
}
