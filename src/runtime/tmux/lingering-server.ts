import { readFile, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../platform/exec.ts";

const lsofTimeoutMs = 5_000;

/**
 * Ends the tmux server that listens on a socket of ours, outright. For one that was told to end and
 * does not: it waits for a client that hangs, or a session was made in it in its last moment. It
 * has let go of its panes by then and turns every client away.
 * @returns the pids it ended
 */
export async function endLingeringServer(socketPath: string): Promise<readonly number[]> {
  const pids =
    process.platform === "linux"
      ? await listenersFromProc(socketPath)
      : await listenersFromLsof(socketPath);
  return pids.filter((pid) => {
    try {
      return process.kill(pid, "SIGKILL");
    } catch {
      // it got there after all
      return false;
    }
  });
}

async function listenersFromProc(socketPath: string): Promise<readonly number[]> {
  const inodes = parseUnixSockets(await readFile("/proc/net/unix", "utf8"), socketPath);
  if (inodes.length === 0) return [];
  const names = inodes.map((inode) => `socket:[${inode}]`);
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    // gone, or another user's
    const command = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    if (!command.startsWith("tmux")) continue;
    const folder = `/proc/${pid}/fd`;
    const numbers = await readdir(folder).catch(() => []);
    const files = await Promise.all(
      numbers.map((number) => readlink(join(folder, number)).catch(() => "")),
    );
    if (files.some((file) => names.includes(file))) found.push(Number(pid));
  }
  return found;
}

/** Inodes of the sockets that listen on a path, from /proc/net/unix. */
export function parseUnixSockets(text: string, socketPath: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const [, , , flags, , , inode, ...path] = line.trim().split(/\s+/);
    // 0x10000: it takes connections
    const listens = (Number.parseInt(flags ?? "", 16) & 0x10000) !== 0;
    return listens && inode !== undefined && path.join(" ") === socketPath ? [inode] : [];
  });
}

async function listenersFromLsof(socketPath: string): Promise<readonly number[]> {
  const argv = ["lsof", "-w", "-a", "-c", "tmux", "-t", "--", socketPath];
  // without lsof it cannot be told
  const found = await exec(argv, { timeoutMs: lsofTimeoutMs }).catch(() => undefined);
  return (found?.stdout ?? "").split("\n").filter(Boolean).map(Number);
}
