import { existsSync } from "node:fs";
import { join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Operation } from "../../operations/define.ts";
import type { Home } from "../../platform/home.ts";
import { readOwnToken } from "../../platform/own-token.ts";
import { createRpcClient } from "../../rpc/client.ts";
import { ConnectionFailed } from "../../rpc/exchange.ts";
import type { Caller, CallOptions, CallRequest } from "../../rpc/wire.ts";

/** How commands reach whoever acts for this home. */
export interface Supervised {
  /** Asks for one operation, by the shortest way that tells the truth. */
  call(operation: Operation, request: CallRequest, options?: CallOptions): Promise<unknown>;
  /** Runs work that asks for several things or follows events. */
  with<T>(work: (caller: Caller) => Promise<T>): Promise<T>;
}

export interface SupervisedOptions {
  readonly home: Home;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly dist: string;
}

/**
 * The supervisor on the home's socket, started when a command needs it and it is not there; or,
 * with `AGENTPOOL_SUPERVISOR=inline`, this process itself for as long as the command runs.
 */
export function supervised(options: SupervisedOptions): Supervised {
  const mode = options.env["AGENTPOOL_SUPERVISOR"] ?? "";
  if (mode === "inline") return inline(options);
  if (mode !== "" && mode !== "detached") {
    throw new AgentpoolError("invalid_config", `AGENTPOOL_SUPERVISOR is "${mode}"`, {
      hint: "Set it to inline or detached, or unset it.",
    });
  }
  const { home, version } = options;
  let client: { readonly caller: Caller; readonly isSession: boolean } | undefined;
  // what needs nobody's answer goes on where the token is gone
  const connected = (): NonNullable<typeof client> => {
    if (client) return client;
    const token = readOwnToken(home, options.env);
    const caller = createRpcClient({
      socketPath: home.supervisorSocket,
      version,
      ...(token === undefined ? {} : { token }),
      reconnect: () => ensure(options),
    });
    client = { caller, isSession: token !== undefined };
    return client;
  };
  return {
    async call(operation, request, given) {
      const { caller, isSession } = connected();
      // what a session may ask for is for the supervisor to say
      if (isSession) return caller.call(operation.name, request, given);
      if (operation.inPlace) return readFromFiles(operation, request, options);
      if (!operation.fromStore && !operation.fromFiles && !operation.aboutSupervisor) {
        return caller.call(operation.name, request, given);
      }
      // looked for first: opening a socket that is not there costs a command 3 ms
      if (existsSync(home.supervisorSocket)) {
        const running = createRpcClient({ socketPath: home.supervisorSocket, version });
        try {
          return await running.call(operation.name, request, given);
        } catch (thrown) {
          // settings that the supervisor cannot act by do not keep anybody from reading
          if (operation.fromFiles && isWrongConfig(thrown)) {
            return readFromFiles(operation, request, options);
          }
          if (!isUnreachable(thrown)) throw thrown;
          if (!nobodyListens(thrown)) {
            await ensure(options);
            return caller.call(operation.name, request, given);
          }
        }
      }
      if (operation.fromFiles) return readFromFiles(operation, request, options);
      const { readFromStore } = await import("./from-store.ts");
      const read = await readFromStore(operation, request, options);
      return read ? read.output : caller.call(operation.name, request, given);
    },
    with: (work) => work(connected().caller),
  };
}

function inline(options: SupervisedOptions): Supervised {
  const run = async <T>(work: (caller: Caller) => Promise<T>): Promise<T> => {
    const { withInlineSupervisor } = await import("../../supervisor/inline.ts");
    return withInlineSupervisor(options, work);
  };
  return {
    call: (operation, request, given) =>
      operation.fromFiles
        ? readFromFiles(operation, request, options)
        : run((caller) => caller.call(operation.name, request, given)),
    with: run,
  };
}

async function readFromFiles(
  operation: Operation,
  request: CallRequest,
  options: SupervisedOptions,
): Promise<unknown> {
  const { readFromFiles: read } = await import("./from-files.ts");
  return read(operation, request, options);
}

async function ensure({ home, env, version, dist }: SupervisedOptions): Promise<void> {
  const { ensureSupervisor } = await import("../../supervisor/ensure.ts");
  const { supervisorCommand } = await import("../../supervisor/command.ts");
  const entry = supervisorCommand(join(dist, "src", "supervisor", "main.js"));
  await ensureSupervisor({ home, env, version, entry });
}

function nobodyListens(thrown: unknown): boolean {
  const cause = isUnreachable(thrown) ? (thrown as Error).cause : undefined;
  return cause instanceof ConnectionFailed && cause.failure === "absent";
}

function isWrongConfig(thrown: unknown): boolean {
  return thrown instanceof AgentpoolError && thrown.code === "invalid_config";
}

function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof AgentpoolError && thrown.code === "supervisor_unreachable";
}
