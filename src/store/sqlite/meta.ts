import { AgentpoolError } from "../../domain/errors.ts";
import type { MetaStore } from "../store.ts";
import type { Database } from "./database.ts";
import { getMeta, removeMeta, reservedKeys, setMeta } from "./schema.ts";

/**
 * The epoch of this store object: the one it found when it was opened, until it raised it. Every
 * write is fenced by it.
 */
export class Fence {
  readonly #database: Database;
  #own: number;

  constructor(database: Database, own: number) {
    this.#database = database;
    this.#own = own;
  }

  /** To be called first in each writing transaction. @throws stale_epoch */
  check(): void {
    const stored = storedEpoch(this.#database);
    if (stored === this.#own) return;
    throw new AgentpoolError("stale_epoch", "Another supervisor took over; nothing was written", {
      why: `the store is at epoch ${stored}, this process holds epoch ${this.#own}`,
      hint: "See who acts now: agentpool supervisor status",
      details: { stored, own: this.#own },
    });
  }

  async raise(above: number): Promise<number> {
    this.#own = await this.#database.write(() => {
      const next = Math.max(storedEpoch(this.#database), above) + 1;
      setMeta(this.#database, "epoch", String(next));
      return next;
    });
    return this.#own;
  }
}

export function metaStore(database: Database, fence: Fence): MetaStore {
  return {
    get: (key) => database.read(() => getMeta(database, key)),

    set: (key, value) =>
      database.write(() => {
        fence.check();
        refuseReserved(key);
        setMeta(database, key, value);
      }),

    remove: (key) =>
      database.write(() => {
        fence.check();
        refuseReserved(key);
        removeMeta(database, key);
      }),

    epoch: () => database.read(() => storedEpoch(database)),

    raiseEpoch: (above = 0) => fence.raise(above),
  };
}

function refuseReserved(key: string): void {
  if (reservedKeys.has(key)) {
    throw new AgentpoolError("internal", `The store keeps the key "${key}" itself`);
  }
}

export function storedEpoch(database: Database): number {
  return Number(getMeta(database, "epoch"));
}
