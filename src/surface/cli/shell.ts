import { AgentpoolError } from "../../domain/errors.ts";
import type { Operation, Style } from "../../operations/define.ts";
import type { Home } from "../../platform/home.ts";
import type { CallOptions } from "../../rpc/wire.ts";
import type { Format } from "./command.ts";
import type { Supervised } from "./supervised.ts";

/** Everything a command stands in: what was typed around it, and whom it may ask. */
export interface Shell {
  readonly version: string;
  /** Folder of the built package, with `src/`, `help/` and `cli.cjs` in it. */
  readonly dist: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: Home;
  /** Output is JSON, and so are errors. */
  readonly json: boolean;
  /** Only these fields of the output. */
  readonly pick: readonly string[];
  /** Output is the ids alone. */
  readonly idsOnly: boolean;
  readonly format: Format | undefined;
  readonly style: Style;
  readonly supervised: Supervised;
  /** Asks for an operation; its output is what JSON made of it. */
  readonly ask: (
    operation: Operation,
    input: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ) => Promise<unknown>;
}

/** @throws not_a_terminal */
export function requireTerminal(terminal: boolean, what: string, hint: string): void {
  if (terminal) return;
  throw new AgentpoolError("not_a_terminal", `${what} needs a terminal`, { hint });
}
