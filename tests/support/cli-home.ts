// needs: tmux
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { homeFrom, type Home } from "../../src/platform/home.ts";
import { startToken } from "../../src/supervisor/start-token.ts";
import { endTmux } from "./end-tmux.ts";
import { agentpoolBin } from "./built.ts";
import { cliEnvironment, runCli, type CliOptions, type CliResult } from "./run-cli.ts";
import { tempFolder } from "./temp-folder.ts";
import { waitFor } from "./wait.ts";

/** A command that only a supervisor can answer, and that ends with 3 where one does. */
export const asksSupervisor = ["interrupt", "nobody"] as const;

export interface CliHome {
  readonly home: Home;
  readonly folder: string;
  /** Runs a command; fails the test when its status is not the expected one. */
  readonly run: (
    args: readonly string[],
    options?: Partial<CliOptions> & { readonly status?: number },
  ) => Promise<CliResult>;
  /** Runs a command with --json and gives its output. */
  readonly json: <T = Record<string, unknown>>(args: readonly string[]) => Promise<T>;
  /** Starts a command and gives its end. */
  readonly start: (
    args: readonly string[],
    options?: Pick<CliOptions, "env" | "bin">,
  ) => {
    readonly pid: number;
    readonly ended: Promise<CliResult>;
  };
  /** Has a supervisor started where none runs. */
  readonly wake: () => Promise<CliResult>;
  /** The pid of the supervisor that holds the role. */
  readonly supervisor: () => number;
}

/**
 * A home used as people do, through the built command and a detached supervisor of its own.
 * @param given what every command of it is run with, unless it says otherwise
 */
export function cliHome(
  given: Pick<CliOptions, "env" | "bin" | "through"> & { readonly folder?: string } = {},
): CliHome {
  const folder = given.folder ?? tempFolder();
  const root = join(folder, "home");
  const home = homeFrom({ AGENTPOOL_HOME: root });
  const env = { AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "30", ...given.env };
  const supervisor = (): number =>
    (JSON.parse(readFileSync(home.supervisorFacts, "utf8")) as { pid: number }).pid;
  onTestFinished(async () => {
    let pid = 0;
    try {
      pid = supervisor();
      process.kill(pid, "SIGKILL");
    } catch {
      // none was started, or it left
    }
    // a process that ended and that nobody waited for yet is gone too
    await waitFor(() => pid === 0 || startToken(pid) === undefined);
    await endTmux(home.tmuxSocket);
  });
  const run: CliHome["run"] = async (args, { status = 0, ...options } = {}) => {
    const result = await runCli(args, {
      home: root,
      cwd: folder,
      ...given,
      ...options,
      env: { ...env, ...options.env },
    });
    if (result.status === status) return result;
    throw new Error(
      `agentpool ${args.join(" ")} ended with ${result.status}:\n${result.stdout}${result.stderr}`,
    );
  };
  return {
    home,
    folder,
    run,
    wake: () => run(asksSupervisor, { status: 3 }),
    supervisor,
    json: async (args) => JSON.parse((await run([...args, "--json"])).stdout),
    start: (args, options = {}) => {
      const bin = options.bin ?? given.bin ?? agentpoolBin;
      const child = spawn(process.execPath, [bin, ...args], {
        cwd: folder,
        env: cliEnvironment({ home: root, env: { ...env, ...options.env } }),
      });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      const ended = new Promise<CliResult>((resolve) =>
        child.on("close", (status) => resolve({ status, stdout, stderr })),
      );
      return { pid: child.pid ?? 0, ended };
    },
  };
}
