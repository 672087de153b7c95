import { watch } from "node:fs";
import type { Operation, Style } from "../../../operations/define.ts";
import type { LogLine, Output } from "../../../operations/session/log.ts";
import { Bell } from "../../../platform/bell.ts";
import { writeOut } from "../io.ts";
import { pick } from "../output.ts";
import { printable } from "../printable.ts";
import type { Shell } from "../shell.ts";

/** What an agent writes into its log brings no event: so often it is looked for all the same. */
const lookEveryMs = 1_000;
/** A terminal that writes on and on is shown this often. */
const settleMs = 150;

/**
 * Shows what sessions said and did, with the name of each before its lines where there are several.
 * Follows them until all are over.
 */
export async function showLogs(
  shell: Shell,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  { follow }: { readonly follow: boolean },
): Promise<number> {
  const several = new Set((input["session_ids"] as readonly string[]) ?? []).size > 1;
  const tell = createTeller(shell, several);
  if (!follow) {
    const output = (await shell.ask(operation, input)) as Output;
    for (const line of output.lines) tell(line);
    return 0;
  }
  return shell.supervised.with(async (caller) => {
    const ask = async (given: Readonly<Record<string, unknown>>): Promise<Output> =>
      (await caller.call(operation.name, { input: given, cwd: shell.cwd })) as Output;
    // from the beginning, without what stands on a screen and may change
    let output = await ask({ ...input, cursor: "{}" });
    for (const line of output.lines) tell(line);
    const ids = Object.keys(JSON.parse(output.cursor) as Record<string, unknown>);
    const bell = new Bell();
    const stop = new AbortController();
    const wakers =
      input["raw"] === true ? watchTerminals(shell, ids, () => bell.ring()) : () => undefined;
    const events = (async () => {
      for await (const _ of caller.events({ sessions: ids }, stop.signal)) bell.ring();
    })();
    // the wait below sees a stream that broke for good
    let broken: unknown;
    events.catch((thrown: unknown) => {
      broken = thrown;
      bell.ring();
    });
    try {
      for (let before = output.ended; ; before = output.ended) {
        output = await ask({
          session_ids: ids,
          cursor: output.cursor,
          ...(input["raw"] === true ? { raw: true } : {}),
        });
        for (const line of output.lines) tell(line);
        // what is written last comes after the end
        if (before && output.lines.length === 0) return 0;
        if (broken !== undefined) throw broken;
        if (output.ended) continue;
        await bell.wait(lookEveryMs, stop.signal);
        if (input["raw"] === true) await new Promise((resolve) => setTimeout(resolve, settleMs));
      }
    } finally {
      stop.abort();
      wakers();
    }
  });
}

/** Rings whenever a terminal's log grows. */
function watchTerminals(shell: Shell, ids: readonly string[], ring: () => void): () => void {
  const watchers = ids.flatMap((id) => {
    const folder = shell.home.session(id).terminal;
    try {
      return [watch(folder, ring)];
    } catch {
      return []; // it is looked at by the clock then
    }
  });
  for (const watcher of watchers) watcher.on("error", () => undefined);
  return () => {
    for (const watcher of watchers) watcher.close();
  };
}

function createTeller(shell: Shell, several: boolean): (line: LogLine) => void {
  const { style } = shell;
  const paints = [style.cyan, style.yellow, style.green, style.red, style.bold];
  const order = new Map<string, number>();
  let widest = 0;
  return (line) => {
    if (shell.json) {
      writeOut(`${JSON.stringify(shell.pick.length > 0 ? pick(line, shell.pick) : line)}\n`);
      return;
    }
    const who = line.name ?? line.session_id;
    widest = Math.max(widest, who.length);
    if (!order.has(who)) order.set(who, order.size);
    const paint = paints[(order.get(who) ?? 0) % paints.length] ?? style.dim;
    const prefix = several ? `${paint(who.padEnd(widest))} ${style.dim("|")} ` : "";
    const text = lineText(line, style)
      .split("\n")
      .map((one) => prefix + one)
      .join("\n");
    writeOut(`${printable(text, style)}\n`);
  };
}

const marks: Readonly<Record<LogLine["kind"], string>> = {
  user: ">",
  assistant: "<",
  tool: "*",
  event: "-",
  terminal: "",
};

function lineText({ at, kind, text }: LogLine, style: Style): string {
  if (kind === "terminal") return text;
  const time = style.dim((at ?? "").slice(11, 19));
  const [first = "", ...more] = text.split("\n");
  const paint = { user: style.bold, event: style.dim, tool: style.dim }[kind as string];
  const shown = paint?.(first) ?? first;
  return [`${time} ${marks[kind]} ${shown}`, ...more.map((one) => `           ${one}`)].join("\n");
}
