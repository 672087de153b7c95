import { lstatSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pause } from "../../../platform/clock.ts";
import { exec } from "../../../platform/exec.ts";
import { homeFrom } from "../../../platform/home.ts";
import { readHolder } from "../../../supervisor/facts.ts";
import { startToken } from "../../../supervisor/start-token.ts";

/** A folder that was to be thrown away, and whose process was killed before it could. */
export interface LeftBehind {
  readonly folder: string;
  /** Of the process that made it. */
  readonly pid: number;
}

/** In each such folder; says whose it is. One that is kept on purpose has none. */
const markName = ".made-by.json";
const endsWithinMs = 5_000;

/** Says in a folder that it goes with this process. */
export function markThrowAway(folder: string): void {
  const token = startToken(process.pid) ?? null;
  const mark = { pid: process.pid, start_token: token, pid_namespace: pidNamespace() };
  writeFileSync(join(folder, markName), JSON.stringify(mark), { mode: 0o600 });
}

/**
 * What killed commands left below the temporary folder: folders of this user, marked by a process
 * that is not there any more. Anything else with such a name is nobody's business here.
 */
export function findLeftBehind(within = tmpdir()): readonly LeftBehind[] {
  return names(within)
    .filter((name) => /^agentpool-[a-z-]+-\w{6}$/.test(name))
    .flatMap((name) => {
      const folder = join(within, name);
      const mark = isOurs(folder) ? readMark(folder) : undefined;
      const isOver = mark !== undefined && startToken(mark.pid) !== mark.start_token;
      return isOver ? [{ folder, pid: mark.pid }] : [];
    });
}

/** Ends what still runs for such a folder, and removes it. */
export async function removeLeftBehind({ folder }: LeftBehind): Promise<void> {
  const home = homeFrom({ AGENTPOOL_HOME: join(folder, "home") });
  // first whoever would look after the agents, then they
  const holder = readHolder(home.supervisorFacts);
  if (holder) await end([{ pid: holder.pid, token: holder.start_token }], "SIGTERM");
  const tmux = (...words: string[]): Promise<string> =>
    exec(["tmux", "-S", home.tmuxSocket, ...words], { timeoutMs: endsWithinMs }).then(
      ({ stdout }) => stdout,
      () => "", // no server is there
    );
  const panes = (await tmux("list-panes", "-a", "-F", "#{pane_pid}"))
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 1)
    .map((pid) => ({ pid, token: startToken(pid) }));
  await tmux("kill-server");
  await end(panes, "SIGHUP");
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** Numbers of processes mean something within one of these; containers may share a folder. */
function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return ""; // a system without them
  }
}

interface Mark {
  readonly pid: number;
  readonly start_token: string;
  readonly pid_namespace?: string;
}

function readMark(folder: string): Mark | undefined {
  try {
    const mark = JSON.parse(readFileSync(join(folder, markName), "utf8")) as Partial<Mark>;
    const { pid, start_token: token, pid_namespace: namespace } = mark;
    const isHere = namespace === pidNamespace();
    const isMark = isHere && Number.isInteger(pid) && typeof token === "string";
    return isMark ? { pid: Number(pid), start_token: token } : undefined;
  } catch {
    return undefined; // none, or one that was cut off
  }
}

/** The temporary folder is everybody's; what another user put there is not to be believed. */
function isOurs(folder: string): boolean {
  try {
    const facts = lstatSync(folder);
    return facts.isDirectory() && facts.uid === process.getuid?.() && (facts.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Tells processes to go, and makes those go that do not. */
async function end(
  processes: readonly { readonly pid: number; readonly token: string | undefined }[],
  signal: "SIGTERM" | "SIGHUP",
): Promise<void> {
  const living = (): typeof processes =>
    processes.filter(({ pid, token }) => token !== undefined && startToken(pid) === token);
  tell(living(), signal);
  const until = Date.now() + endsWithinMs;
  while (living().length > 0 && Date.now() < until) await pause(20, { keepAlive: true });
  tell(living(), "SIGKILL");
}

function tell(processes: readonly { readonly pid: number }[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // it ended in this moment
    }
  }
}
