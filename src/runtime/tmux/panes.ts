import { readExit, type Exit } from "./exit.ts";
import { quote } from "./quote.ts";
import { sessionName, type Ask } from "./server.ts";

/** What tmux tells about one pane of the agents' session. */
export interface PaneFacts extends Exit {
  readonly pane: string;
  readonly window: string;
  readonly windowName: string;
  readonly pid: number;
  readonly dead: boolean;
  readonly inMode: boolean;
  readonly logging: boolean;
  readonly cols: number;
  readonly rows: number;
  /** When the window last wrote something, in epoch seconds. */
  readonly activity: string;
  /** Empty for the keeper and for windows that are not ours. */
  readonly sessionId: string;
  readonly title: string;
}

/** `s` and `g` hold the place of what may be empty; the title comes last and may hold anything. */
const format = [
  "#{pane_id}",
  "#{window_id}",
  "#{pane_pid}",
  "#{pane_dead}",
  "s#{pane_dead_status}",
  "g#{pane_dead_signal}",
  "#{pane_in_mode}",
  "#{pane_pipe}",
  "#{pane_width}",
  "#{pane_height}",
  "#{window_activity}",
  "i#{@ap_session}",
  "n#{window_name}",
  "#{pane_title}",
].join(" ");

export async function readPanes(
  ask: Ask,
  options: { readonly onlyDead?: boolean } = {},
): Promise<readonly PaneFacts[]> {
  const filter = options.onlyDead === true ? ` -f ${quote("#{pane_dead}")}` : "";
  const command = `list-panes -s -t ${quote(`=${sessionName}`)} -F ${quote(format)}${filter}`;
  const { blocks } = await ask([command], { again: true });
  return blocks
    .flat()
    .map(parsePane)
    .filter((facts) => facts !== undefined);
}

export async function readPane(ask: Ask, pane: string): Promise<PaneFacts | undefined> {
  const { blocks } = await ask([`display-message -p -t ${pane} ${quote(format)}`], {
    again: true,
  });
  return parsePane(blocks.flat()[0] ?? "");
}

export function parsePane(line: string): PaneFacts | undefined {
  const fields = line.split(" ");
  const [pane, window, pid, dead, status, signal, mode, pipe, cols, rows, activity, id, name] =
    fields;
  // a pane that is gone leaves all its fields empty
  if (!pane?.startsWith("%") || name === undefined || window === undefined) return undefined;
  return {
    pane,
    window,
    windowName: name.slice(1),
    pid: Number(pid),
    dead: dead === "1",
    ...readExit(status ?? "", signal ?? ""),
    inMode: mode !== "0",
    logging: pipe === "1",
    cols: Number(cols),
    rows: Number(rows),
    activity: activity ?? "",
    sessionId: id?.slice(1) ?? "",
    title: fields.slice(13).join(" "),
  };
}
