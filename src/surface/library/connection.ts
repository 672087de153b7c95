import type { AgentPoolClient } from "./client.ts";
import { connect, type ConnectOptions } from "./connect.ts";

/** A client that is connected when it is needed first. */
export class Connection {
  readonly #options: ConnectOptions;
  #client: Promise<AgentPoolClient> | undefined;

  constructor({ home, env, cwd, supervisor }: ConnectOptions) {
    this.#options = {
      ...(home === undefined ? {} : { home }),
      ...(env === undefined ? {} : { env }),
      ...(cwd === undefined ? {} : { cwd }),
      ...(supervisor === undefined ? {} : { supervisor }),
    };
  }

  /** @throws supervisor_unreachable, supervisor_stuck, store_locked */
  get(): Promise<AgentPoolClient> {
    return (this.#client ??= connect(this.#options));
  }

  get cwd(): string {
    return this.#options.cwd ?? process.cwd();
  }

  async close(): Promise<void> {
    // one that never came to be has nothing to close
    const client = await this.#client?.catch(() => undefined);
    await client?.close();
  }
}

export const connectFields = [
  "home",
  "env",
  "cwd",
  "supervisor",
] as const satisfies readonly (keyof ConnectOptions)[];
