import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Why a person's terminal cannot be played here: node itself has no pseudo terminals. */
export const whyNoPerson =
  spawnSync("python3", ["-c", "import pty"]).status === 0 ? undefined : "python3 absent";

export interface Person {
  readonly process: ChildProcess;
  /** All that their terminal showed so far, escapes included. */
  readonly screen: () => string;
  type(keys: string): void;
  /** Resolves with the exit code of the program in their terminal. */
  readonly left: Promise<number | null>;
}

/** A person with a terminal of this size who runs a program in it. */
export function person(
  argv: readonly string[],
  options: {
    readonly cols: number;
    readonly rows: number;
    readonly env?: Readonly<Record<string, string>>;
  },
): Person {
  const program = join(import.meta.dirname, "terminal-program.py");
  const child = spawn("python3", [program, String(options.cols), String(options.rows), ...argv], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...options.env },
  });
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => (shown += chunk.toString("latin1")));
  child.stdin.on("error", () => undefined);
  const left = new Promise<number | null>((resolve) => child.on("close", resolve));
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    process: child,
    screen: () => shown,
    type: (keys) => child.stdin.write(keys),
    left,
  };
}
