import { spawnSync } from "node:child_process";
import { waitFor } from "./wait.ts";

/**
 * Ends the tmux server of a test whose supervisor was killed, and whatever of it does not go. The
 * clients of who was killed go first: told to end while one of them is just leaving, tmux 3.3a
 * waits for it for ever.
 */
export async function endTmux(socketPath: string): Promise<void> {
  const tmux = (...args: string[]): string =>
    spawnSync("tmux", ["-S", socketPath, ...args], { encoding: "utf8" }).stdout;
  await waitFor(() => tmux("list-clients").trim() === "", { timeoutMs: 1_000 }).catch(
    () => undefined,
  );
  tmux("kill-server");
  const left = (): readonly number[] => processesWith(socketPath);
  await waitFor(() => left().length === 0, { timeoutMs: 1_000 }).catch(() => {
    for (const pid of left()) kill(pid);
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it went just now
  }
}

/** Processes of tmux that were started with this socket's path. */
function processesWith(socketPath: string): readonly number[] {
  const { stdout } = spawnSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" });
  return stdout
    .split("\n")
    .filter((line) => line.includes(`tmux -u -S ${socketPath} `))
    .map((line) => Number.parseInt(line, 10));
}
