import { accessSync } from "node:fs";
import { join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Reply } from "./control-client.ts";
import { ringCommand } from "./doorbell.ts";
import { quote } from "./quote.ts";

/** The one session that holds all agents, each as a window. */
export const sessionName = "agents";
export const keeperWindow = "keeper";

/**
 * The keeper holds the session while no agent lives, and is our doorbell. In raw mode cat gives
 * back each byte, loses none and cannot be interrupted by one.
 */
export const keeperCommand = ["sh", "-c", "stty raw -echo; exec cat"] as const;

/** Asks tmux to run commands as one list. */
export type Ask = (
  commands: readonly string[],
  options?: { readonly again?: boolean },
) => Promise<Reply>;

/** Condition for `if-shell -F`: this epoch still is the server's. */
export function isEpoch(epoch: number): string {
  return `#{==:#{@ap_epoch},${epoch}}`;
}

export interface TakenServer {
  readonly pid: number;
  /** The keeper's pane. */
  readonly keeper: string;
}

/**
 * Takes the server for this epoch and sets it up; safe to repeat.
 * @throws stale_epoch when the server already has a higher one
 */
export async function takeServer(ask: Ask, epoch: number): Promise<TakenServer> {
  await raiseEpoch(ask, epoch);
  const keeper = await findKeeper(ask, epoch);
  const { blocks, error } = await ask([
    `if-shell -F ${quote(isEpoch(epoch))} { ${setUpCommands(keeper).join(" ; ")} } { display-message -p ap:stale_epoch }`,
  ]);
  if (blocks.flat().includes("ap:stale_epoch")) throw staleEpoch(epoch);
  if (error !== undefined) {
    throw new AgentpoolError("terminal_failed", "tmux could not be set up", { why: error });
  }
  const asked = await ask([`display-message -p ${quote("#{pid}")}`], { again: true });
  return { keeper, pid: Number(asked.blocks[0]?.[0]) };
}

export function staleEpoch(epoch: number): AgentpoolError {
  return new AgentpoolError("stale_epoch", `Epoch ${epoch} of the tmux server is over`, {
    why: "Another supervisor took over.",
  });
}

/** The epoch only rises: it is replaced only while it still is the lower one that was read. */
async function raiseEpoch(ask: Ask, epoch: number): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const read = await ask([`display-message -p ${quote("#{@ap_epoch}")}`], { again: true });
    const found = read.blocks[0]?.[0] ?? "";
    if (found !== "" && Number(found) === epoch) return;
    if (found !== "" && !(Number(found) < epoch)) throw staleEpoch(epoch);
    await ask([
      `if-shell -F ${quote(`#{==:#{@ap_epoch},${found}}`)} { set-option -s @ap_epoch ${epoch} }`,
    ]);
  }
  throw staleEpoch(epoch);
}

/** The keeper's pane; brought back when a person or a signal ended it. */
async function findKeeper(ask: Ask, epoch: number): Promise<string> {
  const target = quote(`=${sessionName}`);
  const format = quote("#{pane_dead} #{pane_id} #{window_name}");
  const { blocks } = await ask([`list-panes -s -t ${target} -F ${format}`], { again: true });
  for (const line of blocks.flat()) {
    const [dead, pane, name] = line.split(" ");
    if (name !== keeperWindow || pane === undefined) continue;
    if (dead === "1") await ask([`if-shell -F ${quote(isEpoch(epoch))} { ${respawn(pane)} }`]);
    return pane;
  }
  const command = keeperCommand.map(quote).join(" ");
  const created = await ask([
    `new-window -d -t ${quote(`=${sessionName}:`)} -n ${keeperWindow} -P -F ${quote("#{pane_id}")} ${command}`,
  ]);
  const pane = created.blocks.flat()[0];
  if (pane !== undefined) return pane;
  throw new AgentpoolError("terminal_failed", "tmux could not be set up", {
    why: created.error ?? "its first window is missing",
  });
}

function respawn(pane: string): string {
  return `respawn-pane -k -t ${pane} ${keeperCommand.map(quote).join(" ")}`;
}

/** Lines kept per pane for copy mode; the log holds the rest. About 0.5 kB each at most. */
const historyLines = 2_000;

function setUpCommands(keeper: string): readonly string[] {
  const options: readonly (readonly [string, string])[] = [
    // death leaves the last screen and the exit code behind
    ["remain-on-exit", "on"],
    // tmux 3.3 and newer scroll the last screen by one line to write a notice below it; not this
    ["remain-on-exit-format", ""],
    // agents must not rename the window that carries their session's id
    ["allow-rename", "off"],
    ["automatic-rename", "off"],
    ["history-limit", String(historyLines)],
    ["status", "off"],
    // nothing of a viewer's environment passes into the server
    ["update-environment", ""],
    ["default-terminal", defaultTerminal()],
    ["mode-keys", "emacs"],
    ["prefix", "C-b"],
    ["prefix2", "None"],
    ["mouse", "off"],
    // keys of a fast typist, or of a program, are keys too; pastes carry brackets
    ["assume-paste-time", "0"],
    ["destroy-unattached", "off"],
    ["detach-on-destroy", "on"],
    ["lock-after-time", "0"],
  ];
  const revive = `if-shell -F -t ${keeper} '#{pane_dead}' ${quote(respawn(keeper))}`;
  return [
    "set-option -s exit-empty on",
    "set-option -s exit-unattached off",
    ...options.map(([name, value]) => `set-option -gq ${name} ${quote(value)}`),
    "unbind-key -a -T prefix",
    "unbind-key -a -T root",
    ...viewerKeys,
    // a keeper that died, perhaps this very moment, comes back before it is rung
    `set-hook -g pane-died[0] ${quote(revive)}`,
    `set-hook -g pane-died[1] ${quote(ringCommand(keeper))}`,
  ];
}

/** All that a person's keys can do in a viewer besides reaching the agent. */
const viewerKeys = [
  "bind-key -T prefix d detach-client",
  "bind-key -T prefix [ copy-mode",
  "bind-key -T prefix PPage copy-mode -u",
  "bind-key -T prefix C-b send-prefix",
  // reachable also inside another tmux, which keeps the prefix for itself
  "bind-key -T root F12 detach-client",
];

/** tmux-256color describes tmux best and is missing on older systems. */
function defaultTerminal(): string {
  const folders = ["/etc/terminfo", "/lib/terminfo", "/usr/lib/terminfo", "/usr/share/terminfo"];
  // some systems name the folders by the letter, some by its code
  const places = folders.flatMap((folder) => ["t", "74"].map((letter) => join(folder, letter)));
  return places.some((place) => isThere(join(place, "tmux-256color")))
    ? "tmux-256color"
    : "screen-256color";
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
