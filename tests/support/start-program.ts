import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { onTestFinished } from "vitest";

const built = new Map<string, Promise<string>>();

/**
 * Compiles tests/support/programs/<name>.ts to a file that any Node runs, once a test file. It lies
 * inside node_modules so that it finds the packages which the sources use.
 */
export function programFile(name: string): Promise<string> {
  const known = built.get(name);
  if (known) return known;
  const made = compile(name);
  built.set(name, made);
  return made;
}

async function compile(name: string): Promise<string> {
  const root = join(import.meta.dirname, "..", "..");
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "programs", `${name}.ts`)],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20.19",
    logLevel: "error",
  });
  const code = outputFiles[0]?.text ?? "";
  const hash = createHash("sha256").update(code).digest("hex").slice(0, 12);
  const folder = join(root, "node_modules", ".cache", "agentpool-tests");
  const file = join(folder, `${name}-${hash}.mjs`);
  mkdirSync(folder, { recursive: true });
  // several test files may do this at once, and none may start half a program
  writeFileSync(`${file}.${process.pid}`, code);
  renameSync(`${file}.${process.pid}`, file);
  return file;
}

export interface RunningProgram {
  readonly child: ChildProcess;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  readonly stderr: () => string;
  /** Exit code, null after a signal. */
  readonly exited: Promise<number | null>;
}

/** Starts a program of the test suite; it is killed with the test at the latest. */
export async function startProgram(
  name: string,
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    /** A command that the program is started through, such as one that takes rights away. */
    readonly through?: readonly string[];
  } = {},
): Promise<RunningProgram> {
  const { env = {}, through = [] } = options;
  const line = [...through, process.execPath, await programFile(name), ...args];
  const child = spawn(line[0] ?? "", line.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    // loading extra certificates makes every start of Node 20 slower by 45 ms
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, ...env },
  });
  const lines: string[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return { child, lines, stderr: () => stderr, exited };
}
