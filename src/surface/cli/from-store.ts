import { join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import type { App } from "../../operations/app.ts";
import type { Operation } from "../../operations/define.ts";
import type { Home } from "../../platform/home.ts";
import type { CallRequest } from "../../rpc/wire.ts";
import { resolveSession } from "../../session/resolve.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { emptyStore } from "./empty-store.ts";
import { readerApp, withoutSupervisor } from "./reader.ts";
import { runHere } from "./run-here.ts";

interface Options {
  readonly home: Home;
  readonly version: string;
  /** Folder of the built package. */
  readonly dist: string;
}

/**
 * Answers an operation from the store's file while no supervisor runs. Gives undefined when a
 * session in the file is live, or a run or group of workers open: only a supervisor can say whether it still is what the
 * file says.
 * Questions about the supervisor itself are answered all the same; they never start one.
 */
export async function readFromStore(
  operation: Operation,
  request: CallRequest,
  options: Options,
): Promise<{ readonly output: unknown } | undefined> {
  const { home } = options;
  const store = await openForReading(home);
  try {
    const live = await store.sessions.live();
    const open = await store.runs.list({ all: false, limit: 1 });
    // a run that was interrupted goes on as soon as anybody looks at anything
    const groups = await store.workerGroups.open();
    const isAlive = live.length > 0 || open.length > 0 || groups.length > 0;
    if (isAlive && !operation.aboutSupervisor) return undefined;
    return { output: await runHere(operation, request, storeApp(store, options)) };
  } catch (thrown) {
    // it asked for something that only a supervisor does
    if (thrown instanceof AgentpoolError && thrown.code === "supervisor_unreachable") {
      return undefined;
    }
    throw thrown;
  } finally {
    await store.close();
  }
}

async function openForReading(home: Home): Promise<Store> {
  try {
    return await openStore({ file: home.database, mode: "read", now: Date.now() });
  } catch (thrown) {
    if (thrown instanceof AgentpoolError && thrown.code === "store_not_found") return emptyStore();
    throw thrown;
  }
}

/** An app that resolves sessions by the store, and says that nobody acts. */
function storeApp(store: Store, { home, version, dist }: Options): App {
  const app = readerApp(store, home, version);
  return {
    ...app,
    sessions: withoutSupervisor<App["sessions"]>({
      resolve: (idOrName) => resolveSession(store, idOrName),
    }),
    providers: withoutSupervisor<App["providers"]>({
      inventory: async (env) =>
        (await import("./file-providers.ts")).fileProviders(home, dist).inventory(env),
    }),
    usage: withoutSupervisor<App["usage"]>({
      providerId: async (name) => {
        const { Catalogue } = await import("../../provider/discover.ts");
        const catalogue = new Catalogue(home.providers, join(dist, "providers"));
        return (await catalogue.get(name)).definition.id;
      },
      rules: async () => {
        const { usageRules } = await import("../../session/usage/rules.ts");
        return usageRules(await app.config());
      },
    }),
    supervisor: withoutSupervisor<App["supervisor"]>({
      status: async () => ({
        running: false,
        pid: null,
        version: null,
        epoch: await store.meta.epoch(),
        startedAt: null,
        inline: false,
        socket: home.supervisorSocket,
        home: home.root,
        liveSessions: (await store.sessions.live()).length,
      }),
    }),
  };
}
