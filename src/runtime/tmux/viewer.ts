import { randomBytes } from "node:crypto";
import { AgentpoolError } from "../../domain/errors.ts";
import type { TerminalPlace } from "../../domain/session.ts";
import { isSamePane, paneOf } from "./guard.ts";
import { isTarget, literalInTimeFormat, quote } from "./quote.ts";
import { isEpoch, staleEpoch, type Ask } from "./server.ts";

const prefix = "ap_view_";
/** A viewer that nobody attached to for so long is not waited for any more. */
export const viewerPatienceMs = 60_000;

export const viewerDetachKeys = "C-b d, or F12 inside another tmux";

/**
 * Makes a throw-away session that shows only this pane's window. The window's size is its own and
 * does not follow the person's terminal. The session is ended by `sweepViewers` once the person
 * left, and not by the option `destroy-unattached`: with that, tmux 3.3a frees a session whose
 * client is just leaving, and crashes with all agents when another client ends in that moment.
 * @returns the session's name
 */
export async function createViewer(
  ask: Ask,
  place: TerminalPlace,
  options: {
    readonly epoch: number;
    readonly write: boolean;
    readonly title: string;
    /** Lines of the pane down to the last that is not blank. */
    readonly usedLines: number;
  },
): Promise<string> {
  const name = prefix + randomBytes(6).toString("hex");
  const session = quote(`=${name}:`);
  if (!isTarget(place.window)) {
    throw new AgentpoolError("invalid_input", `"${place.window}" is no window of tmux`);
  }
  const set = (option: string, value: string): string =>
    `set-option -t ${session} ${option} ${quote(value)}`;
  const create = [
    // the session needs a window to begin with; the agent's takes its place at once
    `new-session -d -s ${name} -x 80 -y 24 cat`,
    `link-window -k -s ${place.window} -t ${quote(`=${name}:0`)}`,
    set("status", "on"),
    set("status-interval", "0"),
    set("status-left-length", "300"),
    set("status-left", literalInTimeFormat(statusLine(options.title, options.write))),
    set("status-right", ""),
    set("window-status-format", ""),
    set("window-status-current-format", ""),
    ...["client-attached", "client-resized"].map(
      (hook) => `set-hook -t ${session} ${hook} { ${showLastLine(options.usedLines)} }`,
    ),
    "display-message -p ap:done",
  ].join(" ; ");
  const pane = paneOf(place);
  const { blocks, error } = await ask([
    `if-shell -F ${quote(isEpoch(options.epoch))} { if-shell -F -t ${pane} ${quote(isSamePane(place))} { ${create} } { display-message -p ap:pane_gone } } { display-message -p ap:stale_epoch }`,
  ]);
  const words = blocks.flat();
  if (words.includes("ap:done")) return name;
  if (words.includes("ap:stale_epoch")) throw staleEpoch(options.epoch);
  throw new AgentpoolError("terminal_failed", `Pane ${pane} cannot be shown`, {
    why: words.includes("ap:pane_gone") ? "It is gone." : (error ?? "tmux did not say why"),
  });
}

/**
 * Ends viewers whose person left, and those that nobody attached to in time.
 * @returns whether others still wait for their person
 */
export async function sweepViewers(
  ask: Ask,
  options: { readonly epoch: number; readonly now: number },
): Promise<boolean> {
  const format = quote(
    "#{session_name} #{session_attached} #{session_created} #{session_last_attached}",
  );
  const { blocks } = await ask([`list-sessions -F ${format}`], { again: true });
  let othersWait = false;
  for (const line of blocks.flat()) {
    const [name, attached, created, lastAttached] = line.split(" ");
    if (!name?.startsWith(prefix) || attached !== "0") continue;
    const wasAttached = lastAttached !== "" && lastAttached !== "0";
    // tmux counts in whole seconds
    if (!wasAttached && options.now - Number(created) * 1_000 < viewerPatienceMs) {
      othersWait = true;
      continue;
    }
    const unattended = `#{&&:${isEpoch(options.epoch)},#{==:#{session_attached},0}}`;
    const target = quote(`=${name}:`);
    await ask([`if-shell -F -t ${target} ${quote(unattended)} { kill-session -t ${target} }`]);
  }
  return othersWait;
}

/**
 * In a terminal lower than the pane tmux shows the lines around the cursor; of agents that hide
 * their cursor it would show the top, and not the dialog or the composer at the bottom.
 */
function showLastLine(usedLines: number): string {
  const hidden = `#{e|-|:${usedLines},#{e|-|:#{client_height},1}}`;
  const isNeeded = `#{&&:#{?cursor_flag,0,1},#{e|>|:${hidden},0}}`;
  const move = quote(`refresh-client -D ${hidden}`);
  return `if-shell -F ${quote(isNeeded)} { refresh-client -U 10000 ; run-shell -C ${move} }`;
}

function statusLine(title: string, write: boolean): string {
  const what = write
    ? `${title} | your keys reach the agent | scroll: C-b [`
    : `${title} | read-only`;
  return ` ${what} | leave: ${viewerDetachKeys} `;
}
