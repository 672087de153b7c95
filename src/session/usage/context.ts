import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { converse } from "../../platform/converse.ts";
import { httpsRequest } from "../../platform/https-request.ts";
import type { UsageContext, UsageProbe } from "../../provider/definition.ts";
import type { Machine } from "../../runtime/machine.ts";
import type { TerminalHost } from "../../runtime/terminal.ts";
import { watchProgram } from "./watch-program.ts";

/** What a refresh acts with. */
export interface ProbeParts {
  readonly machine: Machine;
  readonly host: TerminalHost;
  readonly now: () => number;
  /** For tests. */
  readonly fetch?: typeof fetch;
}

const maxFileBytes = 1024 * 1024;
const maxOutputBytes = 1024 * 1024;
const execWithinMs = 20_000;
/** Shorter words occur by chance. */
const shortestSecret = 6;

/**
 * What one probe reaches the world by. Everything ends with the signal. `secrets` gathers what it
 * sends as a credential, so that no word of it gets into what is told.
 */
export function probeContext(
  parts: ProbeParts,
  asked: {
    readonly probe: UsageProbe;
    readonly binary: string | null;
    readonly folder: string | null;
    readonly env: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
): { readonly ctx: UsageContext; readonly secrets: () => readonly string[] } {
  const { machine } = parts;
  const { probe, binary, folder, env, signal } = asked;
  const secrets = new Set<string>();
  const keep = (text: string): void => {
    for (const word of text.split(/[\s"'=,;:]+/)) {
      if (word.length >= shortestSecret) secrets.add(word);
    }
  };
  const ctx: UsageContext = {
    binary,
    env,
    folder,
    now: parts.now(),
    read: async (path) => {
      const bytes = await machine.read(path, 0, maxFileBytes);
      return bytes && Buffer.from(bytes).toString("utf8");
    },
    list: (path) => machine.list(path),
    exec: async (argv, { input, timeoutMs = execWithinMs } = {}) => {
      const { exitCode, stdout } = await machine.exec(argv, {
        timeoutMs,
        env,
        signal,
        cwd: tmpdir(),
        maxBytes: maxOutputBytes,
        ...(input === undefined ? {} : { input }),
      });
      return { exitCode, stdout };
    },
    converse: (argv, talk) => inEmptyFolder((cwd) => converse(argv, { env, cwd, signal }, talk)),
    watch: (argv, options, talk) =>
      inEmptyFolder((cwd) =>
        watchProgram(parts, argv, { cwd, env: { ...env, ...options.env }, signal }, talk),
      ),
    request: (url, options) => {
      for (const [name, value] of Object.entries(options.headers ?? {})) {
        if (/auth|key|token|cookie/i.test(name)) keep(value);
      }
      const { fetch } = parts;
      const { hosts } = probe;
      return httpsRequest(url, options, { hosts, signal, ...(fetch ? { fetch } : {}) });
    },
  };
  return { ctx, secrets: () => [...secrets] };
}

async function inEmptyFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "agentpool-usage-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
