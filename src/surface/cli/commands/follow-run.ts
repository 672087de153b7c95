import type { Operation } from "../../../operations/define.ts";
import type { RunView } from "../../../operations/run/run-json.ts";
import {
  approvalLine,
  brief,
  eventFaultLines,
  headline,
  outcomeLines,
  runTree,
  showLines,
  taskLine,
  tasksOf,
} from "../../../operations/run/run-text.ts";
import { progressText, runExitCode, waitsForPerson } from "../../../operations/run/run-view.ts";
import { cut, widthOf } from "../../../operations/table.ts";
import { fitRows } from "../fit-rows.ts";
import { columns, isTerminal, rows, writeErr, writeOut } from "../io.ts";
import { printable } from "../printable.ts";
import type { Shell } from "../shell.ts";

/** A burst of events is drawn once. */
const settleMs = 40;
/** Ages grow on a screen where nothing else happens. */
const ageMs = 1_000;

/** What is at work or failed is seen first, then what waits, then what is done. */
function worthSeeing(state: string | undefined): number {
  if (state === undefined) return 3;
  return state === "completed" ? 0 : state === "pending" || state === "blocked" ? 1 : 2;
}

/** A terminal that became narrower has broken lines that fitted before. */
function rowsOf(line: string, { columns: wide = 0 }: { readonly columns?: number | undefined }) {
  return wide === 0 ? 1 : Math.max(1, Math.ceil(widthOf(line) / wide));
}

/** Records a run and follows it; it goes on by itself when this command ends before. */
export async function beginRun(
  shell: Shell,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): Promise<number> {
  const begun = (await shell.ask(operation, { ...input, detach: true })) as RunView;
  for (const note of begun.notes ?? []) {
    process.stderr.write(`${printable(shell.style.yellow(`note: ${note}`), shell.style)}\n`);
  }
  return followRun(shell, begun.run.id);
}

/**
 * Shows a run until it is over or a decision is missing, again whenever an event of it came; never
 * asks by the clock. In a terminal one tree is drawn over and over, else each task that changed is
 * told on a line of its own.
 */
export async function followRun(shell: Shell, runId: string): Promise<number> {
  const redraw = isTerminal("stdout");
  const shown = new Map<string, string>();
  let latest: RunView | undefined;
  let drawn: readonly string[] = [];

  const styleNow = () => ({ ...shell.style, columns: columns(), nowMs: Date.now() });

  const draw = (): void => {
    if (!latest) return;
    const style = styleNow();
    // a line that the terminal breaks would be drawn over as one
    const lines = printable(runTree(latest, style), style)
      .split("\n")
      .map((line) => (style.columns === undefined ? line : cut(line, style.columns)));
    const room = Math.max(3, rows() - 1);
    const top = runTree({ ...latest, tasks: [], approvals: [] }, style).split("\n").length;
    const { tasks } = latest;
    const seen = fitRows(lines, room, {
      last: lines.length - top - tasks.length,
      weigh: (line) => worthSeeing(tasks[line - top]?.state),
    });
    // over the lines drawn before, and no others: what stood above stays
    const height = Math.min(
      room,
      drawn.reduce((sum, line) => sum + rowsOf(line, style), 0),
    );
    const up = height > 0 ? `\x1b[${height}A` : "";
    writeOut(`${up}\r${seen.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
    drawn = seen;
  };

  const tell = (view: RunView): void => {
    const style = { ...styleNow(), columns: undefined };
    const say = (key: string, line: string): void => {
      if (shown.get(key) === line) return;
      shown.set(key, line);
      writeOut(`${printable(line, style)}\n`);
    };
    for (const task of tasksOf(view)) say(task.id, taskLine(task, style));
    for (const one of view.approvals) {
      say(one.id, approvalLine(one));
      for (const line of showLines(one)) say(`show ${one.id}`, `  ${line}`);
    }
    for (const line of eventFaultLines(view)) say("on_event", line);
    // each task has told its own reason
    const { because } = brief(view).run;
    if (because !== null) say("because", because);
    say("run", `${headline(view.run, style)}  ${progressText(view)}`);
  };

  return shell.supervised.with(async (caller) => {
    let wanted = runId;
    const show = async (): Promise<RunView> => {
      const input = { run_id: wanted };
      latest = (await caller.call("run.show", { input, cwd: shell.cwd })) as RunView;
      // the newest one now may not be the newest one soon
      wanted = latest.run.id;
      if (redraw) draw();
      else tell(latest);
      return latest;
    };
    const stop = new AbortController();
    const interrupted = (): void => {
      writeErr(goesOn(wanted));
      process.exit(130);
    };
    process.on("SIGINT", interrupted);
    let onReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => (onReady = resolve));
    const events = caller.events({ onReady }, stop.signal)[Symbol.asyncIterator]();
    let next = events.next();
    // looked at when the stream stands: nothing that happens in between goes unseen
    await Promise.race([ready, next]);
    const ages = redraw ? setInterval(draw, ageMs) : undefined;
    try {
      for (;;) {
        const view = await show();
        const isHeldUp = waitsForPerson(view.run);
        if (view.run.ended_at !== null || isHeldUp) {
          if (view.run.ended_at !== null) writeOut(results(view, styleNow()));
          return runExitCode(view);
        }
        const { done } = await next;
        if (done) return runExitCode(view);
        next = events.next();
        await new Promise((resolve) => setTimeout(resolve, settleMs));
      }
    } finally {
      clearInterval(ages);
      process.off("SIGINT", interrupted);
      stop.abort();
      // the last promise of a stream that was left ends with it
      next.catch(() => undefined);
    }
  });

  /** Who leaves off watching may mean to end it: that is another command. */
  function goesOn(id: string): string {
    const says = `\nThe run goes on. Follow it: agentpool run watch ${id}; end it: agentpool run cancel ${id}\n`;
    return printable(says, shell.style);
  }

  function results(view: RunView, style: ReturnType<typeof styleNow>): string {
    const text = outcomeLines(view, style).join("\n").trim();
    return text === "" ? "" : `\n${printable(text, style)}\n`;
  }
}
