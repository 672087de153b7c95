import type { Operation } from "../../../operations/define.ts";
import { pick } from "../output.ts";
import type { Shell } from "../shell.ts";
import { isTerminal, writeOut } from "../io.ts";

interface Listed {
  readonly sessions: readonly Readonly<Record<string, unknown>>[];
}

/** A burst of events, such as a spawn's, is drawn once. */
const settleMs = 40;

/**
 * Shows the list of sessions and again whenever an event changed it; never asks by the clock. With
 * JSON, or where the output is no terminal, it prints each session that changed on a line of its
 * own.
 */
export async function followSessions(
  shell: Shell,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): Promise<number> {
  const redraw = !shell.json && isTerminal("stdout");
  const shown = new Map<unknown, string>();

  const show = (listed: Listed): void => {
    if (redraw) {
      const text = operation.cli?.render(
        listed as never,
        { ...shell.style, nowMs: Date.now() },
        input,
      );
      // home, draw, clear what is left of the screen before: no flicker
      writeOut(`\x1b[H${(text ?? "").replaceAll("\n", "\x1b[K\n")}\x1b[K\n\x1b[J`);
      return;
    }
    for (const session of listed.sessions.toReversed()) {
      const line = shell.json
        ? JSON.stringify(shell.pick.length > 0 ? pick(session, shell.pick) : session)
        : [session["id"], session["name"] ?? "-", session["state"], session["because"]].join("\t");
      if (shown.get(session["id"]) === line) continue;
      shown.set(session["id"], line);
      writeOut(`${line}\n`);
    }
  };

  return shell.supervised.with(async (caller) => {
    const list = async (): Promise<void> =>
      show((await caller.call(operation.name, { input, cwd: shell.cwd })) as Listed);
    const stop = new AbortController();
    let due: NodeJS.Timeout | undefined;
    let failed: unknown;
    // listed when the stream stands: nothing that happens in between goes unseen
    let onReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => (onReady = resolve));
    const events = caller.events({ onReady }, stop.signal)[Symbol.asyncIterator]();
    let next = events.next();
    await Promise.race([ready, next]);
    if (redraw) writeOut("\x1b[2J");
    await list();
    for (;;) {
      const { done } = await next;
      if (failed !== undefined) throw failed;
      if (done) return 0;
      due ??= setTimeout(() => {
        due = undefined;
        list().catch((thrown: unknown) => {
          failed = thrown;
          stop.abort();
        });
      }, settleMs);
      next = events.next();
    }
  });
}
