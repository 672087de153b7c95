import { spawn } from "node:child_process";
import { once } from "node:events";
import { agentpoolBin } from "./built.ts";

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly home: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  /** A command that it is run through, such as one that takes rights away. */
  readonly through?: readonly string[];
  /** The installation that is run; the repository's own when absent. */
  readonly bin?: string;
}

/** Environment of a command of tests: this machine's, without anything that shapes agentpool. */
export function cliEnvironment(options: Pick<CliOptions, "home" | "env">): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(AGENTPOOL_|NO_COLOR|FORCE_COLOR|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|CI$)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    AGENTPOOL_HOME: options.home,
    AGENTPOOL_MAX_PARALLEL_SESSIONS: "1000",
    ...options.env,
  };
}

/** Runs the built command to its end. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const line = [...(options.through ?? []), process.execPath, options.bin ?? agentpoolBin, ...args];
  const child = spawn(line[0] ?? "", line.slice(1), {
    cwd: options.cwd ?? process.cwd(),
    env: cliEnvironment(options),
    timeout: 110_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => undefined).end(options.input ?? "");
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout, stderr };
}
