import type { TerminalPlace } from "../../domain/session.ts";
import type { CapturedScreen } from "../terminal.ts";
import { paneOf } from "./guard.ts";
import { quote } from "./quote.ts";
import type { Ask } from "./server.ts";

const format = [
  "#{pane_id}",
  "#{pane_pid}",
  "#{pane_width}",
  "#{pane_height}",
  "#{cursor_x}",
  "#{cursor_y}",
  "#{cursor_flag}",
  "#{alternate_on}",
  "#{pane_in_mode}",
  "#{pane_title}",
].join(" ");

/** The newest client activity per window, of clients that may write. */
const clientFormat = "#{client_control_mode} #{client_readonly} #{window_id} #{client_activity}";

/** The visible screen and who types into it, as of one moment. Undefined when the pane is gone. */
export async function captureScreen(
  ask: Ask,
  place: TerminalPlace,
  now: () => number,
): Promise<CapturedScreen | undefined> {
  const pane = paneOf(place);
  const { blocks } = await ask(
    [
      `display-message -p -t ${pane} ${quote(format)}`,
      `capture-pane -p -e -t ${pane}`,
      `list-clients -F ${quote(clientFormat)}`,
    ],
    { again: true },
  );
  const [facts, lines, clients] = blocks;
  const [id, pid, cols, rows, x, y, cursor, alternate, mode, ...title] = (facts?.[0] ?? "").split(
    " ",
  );
  const isSame = id === pane && (place.pid === null || Number(pid) === place.pid);
  if (!isSame || lines === undefined) return undefined;
  return {
    cols: Number(cols),
    rows: Number(rows),
    lines,
    cursor: { x: Number(x), y: Number(y), visible: cursor === "1" },
    title: title.join(" "),
    alternate: alternate === "1",
    inMode: mode !== "0",
    lastPersonInputAt: lastInput(clients ?? [], place.window, now()),
  };
}

/**
 * tmux counts activity of clients in whole seconds and counts attaching as such. The end of that
 * second is returned, so that nobody types sooner after a person than asked for.
 */
function lastInput(clients: readonly string[], window: string, now: number): number | null {
  let newest: number | null = null;
  for (const client of clients) {
    const [control, readOnly, shown, activity] = client.split(" ");
    if (control !== "0" || readOnly !== "0" || shown !== window) continue;
    const at = Math.min(now, Number(activity) * 1_000 + 999);
    if (newest === null || at > newest) newest = at;
  }
  return newest;
}
