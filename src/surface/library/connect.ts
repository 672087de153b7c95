import { fileURLToPath } from "node:url";
import { AgentpoolError } from "../../domain/errors.ts";
import { operations } from "../../operations/index.ts";
import type { Operation } from "../../operations/define.ts";
import { homeFrom } from "../../platform/home.ts";
import { readOwnToken } from "../../platform/own-token.ts";
import { packageVersion } from "../../platform/package-version.ts";
import { createRpcClient } from "../../rpc/client.ts";
import type { Caller } from "../../rpc/wire.ts";
import { supervisorCommand } from "../../supervisor/command.ts";
import { ensureSupervisor } from "../../supervisor/ensure.ts";
import { withInlineSupervisor } from "../../supervisor/inline.ts";
import { toCamel, toSnakeFields } from "./camel-case.ts";
import { inProgramWords } from "./program-words.ts";
import type { AgentPoolClient, AgentpoolEvent, CallSettings, EventSettings } from "./client.ts";

export interface ConnectOptions {
  /** Folder for everything agentpool keeps; `AGENTPOOL_HOME`, else `~/.agentpool`. */
  readonly home?: string | undefined;
  /** Environment that sessions started here may take values from; this process's when absent. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Folder that relative paths are meant from; this process's when absent. */
  readonly cwd?: string | undefined;
  /**
   * `detached` (the default): a process of its own acts for everybody and outlives this one.
   * `inline`: this process acts until the client is closed; for tests and containers.
   */
  readonly supervisor?: "detached" | "inline" | undefined;
}

/**
 * Connects to the supervisor of a home and starts it where none runs.
 * @throws supervisor_unreachable, supervisor_stuck, store_locked
 */
export async function connect(options: ConnectOptions = {}): Promise<AgentPoolClient> {
  const env: Readonly<Record<string, string | undefined>> = {
    ...(options.env ?? process.env),
    ...(options.home === undefined ? {} : { AGENTPOOL_HOME: options.home }),
  };
  const cwd = options.cwd ?? process.cwd();
  const home = homeFrom(env);
  const version = packageVersion();
  const wanted = options.supervisor ?? env["AGENTPOOL_SUPERVISOR"];
  const { caller, release } =
    wanted === "inline"
      ? await holdRole({ home, env, version })
      : await reach({ home, env, version });
  return createClient(caller, { cwd, env: definedOnly(env), release });
}

interface Where {
  readonly home: ReturnType<typeof homeFrom>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
}

interface Held {
  readonly caller: Caller;
  readonly release: () => Promise<void>;
}

async function reach(where: Where): Promise<Held> {
  const main = fileURLToPath(new URL("../../supervisor/main.js", import.meta.url));
  const ensure = (): Promise<unknown> =>
    ensureSupervisor({ ...where, entry: supervisorCommand(main) });
  await ensure();
  const token = readOwnToken(where.home, where.env);
  const caller = createRpcClient({
    socketPath: where.home.supervisorSocket,
    version: where.version,
    ...(token === undefined ? {} : { token }),
    reconnect: ensure,
  });
  return { caller, release: () => Promise.resolve() };
}

/** Holds the role from the moment this resolves until `release`. */
function holdRole(where: Where): Promise<Held> {
  return new Promise((resolve, reject) => {
    const held = withInlineSupervisor(
      where,
      (caller) =>
        new Promise<void>((letGo) => {
          const release = async (): Promise<void> => {
            letGo();
            await held;
          };
          resolve({ caller, release });
        }),
    );
    held.catch(reject);
  });
}

function createClient(
  caller: Caller,
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly release: () => Promise<void>;
  },
): AgentPoolClient {
  const closing = new AbortController();
  const signalFor = (signal: AbortSignal | undefined): AbortSignal => {
    if (closing.signal.aborted) throw closed();
    return signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
  };

  async function call(
    operation: Operation,
    input: object = {},
    settings: CallSettings = {},
  ): Promise<unknown> {
    const { idempotencyKey, ...given } = settings;
    const request = {
      input: toSnakeFields(input),
      cwd: options.cwd,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(operation.wantsEnvironment ? { env: options.env } : {}),
    };
    const signal = signalFor(given.signal);
    try {
      return toCamel(await caller.call(operation.name, request, { ...given, signal }));
    } catch (thrown) {
      throw inProgramWords(thrown, operation.name);
    }
  }

  async function* events({
    signal,
    ...request
  }: EventSettings = {}): AsyncGenerator<AgentpoolEvent> {
    const left = new AbortController();
    const any = AbortSignal.any([signalFor(signal), left.signal]);
    try {
      for await (const event of caller.events(request, any)) yield toCamel(event) as AgentpoolEvent;
    } finally {
      left.abort();
    }
  }

  const close = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    closing.abort();
    await options.release();
  };

  const nouns: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const [noun = "", verb = ""] = operation.name.split(".");
    (nouns[noun] ??= {})[verb] = (input?: object, settings?: CallSettings) =>
      call(operation, input, settings);
  }
  return { ...nouns, events, close, [Symbol.asyncDispose]: close } as unknown as AgentPoolClient;
}

function closed(): AgentpoolError {
  return new AgentpoolError("interrupted", "This client is closed", { hint: "Connect again." });
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined),
  );
}
