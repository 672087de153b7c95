import { dirname, join } from "node:path/posix";
import type { Home } from "../../platform/home.ts";
import { agentEnvironment } from "../../provider/environment.ts";
import type { Machine } from "../../runtime/machine.ts";

export type Environment = Readonly<Record<string, string>>;

type EnvironmentMachine = Pick<Machine, "read" | "write" | "remove" | "makeFolder" | "list">;

const maxBytes = 8 * 1024 * 1024;

/**
 * What the agents of a run are given of the environment of whoever began it: values in a file of
 * mode 0600 that goes when the run is over; the store keeps names only.
 */
export class RunEnvironments {
  readonly #machine: EnvironmentMachine;
  readonly #home: Pick<Home, "run">;
  readonly #known = new Map<string, Environment>();

  constructor(parts: { readonly machine: EnvironmentMachine; readonly home: Pick<Home, "run"> }) {
    this.#machine = parts.machine;
    this.#home = parts.home;
  }

  /**
   * Keeps what any agent may get: the allow-list, what providers declare and what was named.
   * @param options.declared names of all providers, since a run may come to use any of them
   */
  async keep(
    runId: string,
    env: Environment,
    options: { readonly declared: readonly string[]; readonly named: readonly string[] },
  ): Promise<void> {
    const { values } = agentEnvironment(env, options);
    await this.#machine.makeFolder(this.#home.run(runId));
    await this.#machine.write(this.#file(runId), JSON.stringify(values));
    this.#known.set(runId, values);
  }

  /** Undefined where it is gone, and nothing can be started for the run. */
  async read(runId: string): Promise<Environment | undefined> {
    const known = this.#known.get(runId);
    if (known) return known;
    const bytes = await this.#machine.read(this.#file(runId), 0, maxBytes);
    if (!bytes) return undefined;
    const values = JSON.parse(Buffer.from(bytes).toString("utf8")) as Environment;
    this.#known.set(runId, values);
    return values;
  }

  async forget(runId: string): Promise<void> {
    this.#known.delete(runId);
    await this.#machine.remove(this.#file(runId));
  }

  /** Ids of runs that something is kept of. */
  async kept(): Promise<string[]> {
    const folders = await this.#machine.list(dirname(this.#home.run("any")));
    const found: string[] = [];
    for (const { name } of folders) if (await this.read(name)) found.push(name);
    return found;
  }

  /** Removes what was left of all others. */
  async keepOnly(open: ReadonlySet<string>): Promise<void> {
    const folders = await this.#machine.list(dirname(this.#home.run("any")));
    for (const { name } of folders) if (!open.has(name)) await this.forget(name);
  }

  #file(runId: string): string {
    return join(this.#home.run(runId), "environment.json");
  }
}
