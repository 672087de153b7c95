import { AgentpoolError } from "../../domain/errors.ts";
import type { App } from "../../operations/app.ts";
import type { Operation } from "../../operations/define.ts";
import type { ConfigReader } from "../../platform/config/reader.ts";
import type { Home } from "../../platform/home.ts";
import type { Store } from "../../store/store.ts";
import { inputFields } from "./input-fields.ts";

/** An app of which only the store is there. */
export function readerApp(store: Store, home: Home, version: string): App {
  return {
    version,
    home,
    config: configWhenAsked(home),
    store,
    now: () => Date.now(),
    sessions: withoutSupervisor<App["sessions"]>({}),
    providers: withoutSupervisor<App["providers"]>({}),
    accounts: withoutSupervisor<App["accounts"]>({}),
    worktrees: withoutSupervisor<App["worktrees"]>({}),
    leases: withoutSupervisor<App["leases"]>({}),
    approvals: withoutSupervisor<App["approvals"]>({}),
    messages: withoutSupervisor<App["messages"]>({}),
    agents: withoutSupervisor<App["agents"]>({}),
    tasks: withoutSupervisor<App["tasks"]>({}),
    claims: withoutSupervisor<App["claims"]>({}),
    runs: withoutSupervisor<App["runs"]>({}),
    workerGroups: withoutSupervisor<App["workerGroups"]>({}),
    orphans: withoutSupervisor<App["orphans"]>({}),
    usage: withoutSupervisor<App["usage"]>({}),
    notifications: withoutSupervisor<App["notifications"]>({}),
    supervisor: withoutSupervisor<App["supervisor"]>({}),
  };
}

/** Few reads depend on settings: their table is loaded for those that do. */
function configWhenAsked(home: Home): ConfigReader {
  let reader: Promise<ConfigReader> | undefined;
  return async (folder) => {
    reader ??= import("../../platform/config/reader.ts").then(({ configReader }) =>
      configReader({ home, env: process.env }),
    );
    return (await reader)(folder);
  };
}

/** A part of the app in a process that only reads: what is not given needs the supervisor. */
export function withoutSupervisor<T extends object>(parts: Partial<T>): T {
  return new Proxy(parts as T, {
    get(target, name) {
      if (name in target) return Reflect.get(target, name) as unknown;
      throw new AgentpoolError("supervisor_unreachable", `${String(name)} needs the supervisor`);
    },
  });
}

/** What the schema would have filled in; the schema library is not loaded here. */
export function withDefaults(
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...input };
  for (const field of inputFields(operation)) {
    if (filled[field.name] === undefined && field.default !== undefined) {
      filled[field.name] = field.default;
    }
  }
  return filled;
}
