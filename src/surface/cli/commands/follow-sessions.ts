import type { Operation } from "../../../operations/define.ts";
import { pick } from "../output.ts";
import type { Shell } from "../shell.ts";
import { plainText } from "../../../domain/plain-text.ts";
import { columns, isTerminal, rows, writeOut } from "../io.ts";
import { printable } from "../printable.ts";

interface Listed {
  readonly sessions: readonly Readonly<Record<string, unknown>>[];
}

/** A burst of events, such as a spawn's, is drawn once. */
const settleMs = 40;
/** Ages grow on a screen where nothing else happens. */
const ageMs = 1_000;

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
  let latest: Listed | undefined;

  const draw = (): void => {
    if (!latest) return;
    // the terminal may have another size by now
    const style = { ...shell.style, columns: columns(), nowMs: Date.now() };
    const text = printable(operation.cli?.render(latest as never, style, input) ?? "", style);
    const lines = text.split("\n");
    const room = rows() - 1;
    const seen =
      lines.length > room
        ? [...lines.slice(0, room - 1), `and ${lines.length - room + 1} more`]
        : lines;
    // home, draw, clear what is left of the screen before: no flicker
    writeOut(`\x1b[H${seen.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
  };

  const tell = (listed: Listed): void => {
    for (const session of listed.sessions.toReversed()) {
      const line = shell.json
        ? JSON.stringify(shell.pick.length > 0 ? pick(session, shell.pick) : session)
        : [session["id"], session["name"] ?? "-", session["state"], session["because"]]
            .map((cell) => plainText(String(cell)).replace(/\s+/g, " "))
            .join("\t");
      if (shown.get(session["id"]) === line) continue;
      shown.set(session["id"], line);
      writeOut(`${line}\n`);
    }
  };

  const show = (listed: Listed): void => {
    latest = listed;
    if (redraw) draw();
    else tell(listed);
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
    if (redraw) {
      writeOut("\x1b[2J");
      process.stdout.on("resize", draw);
      setInterval(draw, ageMs).unref();
    }
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
