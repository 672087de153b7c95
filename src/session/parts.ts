import type { Machine } from "../runtime/machine.ts";
import type { TerminalHost } from "../runtime/terminal.ts";
import type { Home } from "../platform/home.ts";
import type { Log } from "../platform/log.ts";
import type { Store } from "../store/store.ts";
import type { ConfigReader } from "../platform/config/reader.ts";
import type { ProviderDefinition } from "../provider/definition.ts";

/** What the session room is built from; everything in it can be replaced in a test. */
export interface SessionParts {
  readonly store: Store;
  readonly host: TerminalHost;
  readonly machine: Machine;
  readonly home: Home;
  readonly log: Log;
  readonly now: () => number;
  /** The definition of a session's provider. @throws provider_not_found */
  readonly provider: (id: string) => Promise<ProviderDefinition>;
  /** What the person decided, read anew when it changed. @throws invalid_config */
  readonly config: ConfigReader;
}
