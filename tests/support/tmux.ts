import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import type { LogLevel } from "../../src/platform/log.ts";
import { createLocalMachine } from "../../src/runtime/local/machine.ts";
import type { OpenTerminal, TerminalHost } from "../../src/runtime/terminal.ts";
import { createTmuxHost, type TmuxHostOptions } from "../../src/runtime/tmux/host.ts";
import { tempFolder } from "./temp-folder.ts";

const run = promisify(execFile);

export interface TmuxTestBed {
  readonly folder: string;
  readonly socketPath: string;
  readonly host: TerminalHost;
  /** What the host wrote to its log, `level message`. */
  readonly logged: readonly string[];
  /** Another host on the same server, as a process that takes over would have. */
  hostWith(options: Partial<TmuxHostOptions>): TerminalHost;
  /** A spec whose program is `sh -c script`. */
  spec(sessionId: string, script: string, more?: Partial<OpenTerminal>): OpenTerminal;
  /** Runs tmux itself on the server and returns what it printed. */
  tmux(...args: string[]): Promise<string>;
  logFolder(sessionId: string): string;
}

/** Environment of a server that carries nothing over from whoever runs the tests. */
export function plainEnv(): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: process.env["HOME"] ?? "/",
    LANG: "C.UTF-8",
    SHELL: "/bin/sh",
  };
}

/** A tmux server of this test's own, ended with all that runs in it when the test is over. */
export function tmuxTestBed(options: Partial<TmuxHostOptions> = {}): TmuxTestBed {
  const folder = tempFolder();
  const socketPath = join(folder, "tmux.sock");
  const logged: string[] = [];
  const hosts: TerminalHost[] = [];
  const machine = createLocalMachine();
  const hostWith = (more: Partial<TmuxHostOptions>): TerminalHost => {
    const host = createTmuxHost({
      socketPath,
      epoch: 1,
      serverEnv: plainEnv(),
      machine,
      log: (level: LogLevel, message: string, facts) =>
        logged.push(`${level} ${message} ${JSON.stringify(facts ?? {})}`),
      now: Date.now,
      ...options,
      ...more,
    });
    hosts.push(host);
    return host;
  };
  const tmux = async (...args: string[]): Promise<string> =>
    (await run("tmux", ["-u", "-S", socketPath, ...args])).stdout;
  const logFolder = (sessionId: string): string => join(folder, sessionId);
  onTestFinished(async () => {
    await Promise.all(hosts.map((host) => host.disconnect()));
    await tmux("kill-server").catch(() => undefined);
  });
  return {
    folder,
    socketPath,
    logged,
    host: hostWith({}),
    hostWith,
    tmux,
    logFolder,
    spec: (sessionId, script, more = {}) => ({
      sessionId,
      argv: ["/bin/sh", "-c", script],
      cwd: folder,
      env: {},
      cols: 200,
      rows: 50,
      logFolder: logFolder(sessionId),
      ...more,
    }),
  };
}
