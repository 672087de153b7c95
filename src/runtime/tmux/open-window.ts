import { mkdir, stat } from "node:fs/promises";
import { AgentpoolError } from "../../domain/errors.ts";
import type { OpenTerminal } from "../terminal.ts";
import { logWriter, type LogLimits } from "./log-writer.ts";
import { isWindowName, literalInFormat, quote } from "./quote.ts";
import { isEpoch, sessionName, staleEpoch, type Ask } from "./server.ts";

export interface OpenedWindow {
  readonly window: string;
  readonly pane: string;
  readonly pid: number;
}

/**
 * Opens a window whose process is the agent, with its size, tag and log, in one command list: the
 * server reads nothing from the new pane before the list is through, so that the log has it all.
 * @throws invalid_input, spawn_failed, stale_epoch, terminal_failed
 */
export async function openWindow(
  ask: Ask,
  spec: OpenTerminal,
  options: { readonly epoch: number; readonly logLimits: LogLimits },
): Promise<OpenedWindow> {
  check(spec);
  await prepare(spec);
  const { cols, rows, sessionId } = spec;
  // `=agents:` is the current window, which is the new one until the end of this list
  const target = quote(`=${sessionName}:`);
  const create = [
    `set-option -t ${target} default-size ${cols}x${rows}`,
    `new-window -t ${target} -n ${sessionId} -c ${quote(literalInFormat(spec.cwd))} -P -F ${quote("#{window_id} #{pane_id} #{pane_pid}")} ${environment(spec.env)} -- ${command(spec.argv)}`,
    // of this window only: set for all, tmux 3.3 to 3.6 crash when the next window is made
    `set-option -w -t ${target} window-size manual`,
    `resize-window -t ${target} -x ${cols} -y ${rows}`,
    `set-option -p -t ${target} @ap_session ${sessionId}`,
    // tmux begins with the name of the host, which is no title of the agent's
    `select-pane -t ${target} -T ""`,
    `pipe-pane -t ${target} ${logWriter(spec.logFolder, options.logLimits)}`,
  ].join(" ; ");
  const { blocks, error } = await ask([
    `if-shell -F ${quote(isEpoch(options.epoch))} { ${create} } { display-message -p ap:stale_epoch }`,
  ]);
  const words = blocks.flat();
  if (words.includes("ap:stale_epoch")) throw staleEpoch(options.epoch);
  const [window, pane, pid] = words.find((line) => /^@\d+ %\d+ \d+$/.test(line))?.split(" ") ?? [];
  if (error === undefined && window !== undefined && pane !== undefined) {
    return { window, pane, pid: Number(pid) };
  }
  if (pane !== undefined) await ask([`kill-window -t ${pane}`]);
  throw new AgentpoolError("spawn_failed", `No terminal could be opened for ${sessionId}`, {
    why: error ?? "tmux did not say why",
  });
}

function check(spec: OpenTerminal): void {
  const { sessionId, argv, cols, rows } = spec;
  const texts = [...argv, spec.cwd, spec.logFolder, ...Object.entries(spec.env).flat()];
  const problem = !isWindowName(sessionId)
    ? `"${sessionId}" is no session id`
    : argv.length === 0 || argv[0] === ""
      ? "there is no program to run"
      : ![cols, rows].every((size) => Number.isInteger(size) && size > 1 && size <= 10_000)
        ? `${cols}x${rows} is no size of a terminal`
        : texts.some((text) => text.includes("\0"))
          ? "an argument holds a NUL byte"
          : Object.keys(spec.env).some((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
            ? "a variable has no valid name"
            : undefined;
  if (problem === undefined) return;
  throw new AgentpoolError("invalid_input", "No terminal can be opened", { why: problem });
}

async function prepare({ cwd, logFolder }: OpenTerminal): Promise<void> {
  // tmux would silently start the agent elsewhere
  const folder = await stat(cwd).catch(() => undefined);
  if (!folder?.isDirectory()) {
    throw new AgentpoolError("spawn_failed", `The agent cannot start in ${cwd}`, {
      why: folder ? "It is no folder." : "It does not exist.",
    });
  }
  try {
    await mkdir(logFolder, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw new AgentpoolError("spawn_failed", `The terminal cannot be logged in ${logFolder}`, {
      why: String(thrown),
      cause: thrown,
    });
  }
}

function environment(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `-e ${quote(`${name}=${value}`)}`)
    .join(" ");
}

/** A single word would be run by the user's shell; this way it never is. */
function command(argv: readonly string[]): string {
  const words = argv.length === 1 ? ["/bin/sh", "-c", 'exec "$0"', ...argv] : argv;
  return words.map(quote).join(" ");
}
