import { AgentpoolError } from "../../domain/errors.ts";
import { workingStates, type Session } from "../../domain/session.ts";
import type { TaskExecution } from "../../domain/task.ts";
import type { Config } from "../../platform/config/config.ts";
import type { ConfigReader } from "../../platform/config/reader.ts";
import type { Catalogue } from "../../provider/discover.ts";
import { availableMemory, checkMemory } from "../../session/policy/check-memory.ts";

export interface RoomParts {
  readonly config: ConfigReader;
  readonly catalogue: Pick<Catalogue, "get">;
}

/** `none`: of this provider or at all; `unknown`: only the start itself can say what is wrong. */
export type Place = "taken" | "none" | "no_memory" | "unknown";

/**
 * Whether a session for one more task would be let in, by the same rules as a start itself: looking
 * before the claim spares the task a claim that only comes back. What a start refuses all the same
 * is given back and tried later.
 */
export class Room {
  readonly #parts: RoomParts;
  /** Providers of the sessions at work, and of those that are about to be. */
  readonly #atWork: string[];
  /** Asked for each of many tasks of few providers, in one look. */
  readonly #known = new Map<string, Promise<readonly string[]>>();
  readonly #configs = new Map<string, Promise<Config | undefined>>();

  constructor(parts: RoomParts, live: readonly Session[]) {
    this.#parts = parts;
    this.#atWork = live.filter(isWorking).map(({ providerId }) => providerId);
  }

  /** A task that is claimed and whose session is not there yet, or not at work yet. */
  async expect({ providerId }: Pick<TaskExecution, "providerId">): Promise<void> {
    this.#atWork.push((await this.#names(providerId))[0] ?? providerId);
  }

  async take(execution: Pick<TaskExecution, "providerId" | "repoPath">): Promise<Place> {
    const names = await this.#names(execution.providerId);
    const [id] = names;
    if (id === undefined) return "unknown";
    const config = await this.#config(execution.repoPath);
    if (!config) return "unknown";
    if (this.#atWork.length >= config.get("policy.max_parallel_sessions")) return "none";
    const most = config.ofProvider(names, "max_parallel");
    if (most !== null && this.#atWork.filter((one) => one === id).length >= most) return "none";
    try {
      checkMemory(config, availableMemory());
    } catch (thrown) {
      if (AgentpoolError.from(thrown).code === "policy_blocked") return "no_memory";
      throw thrown;
    }
    this.#atWork.push(id);
    return "taken";
  }

  #config(repoPath: string): Promise<Config | undefined> {
    const known = this.#configs.get(repoPath);
    if (known) return known;
    const config = this.#parts.config(repoPath).catch(() => undefined);
    this.#configs.set(repoPath, config);
    return config;
  }

  /** The provider's id, then the other names it goes by; none for one that nobody knows. */
  #names(provider: string): Promise<readonly string[]> {
    const known = this.#known.get(provider);
    if (known) return known;
    const names = this.#lookUp(provider);
    this.#known.set(provider, names);
    return names;
  }

  async #lookUp(provider: string): Promise<readonly string[]> {
    const found = await this.#parts.catalogue.get(provider).catch(() => undefined);
    if (!found) return [];
    const { id, aliases = [] } = found.definition;
    return [id, ...aliases, provider];
  }
}

/** Whether the bounds count it by itself. */
export function isWorking({ state }: Pick<Session, "state">): boolean {
  return (workingStates as readonly string[]).includes(state);
}
