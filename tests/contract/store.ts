import type { Store } from "../../src/store/store.ts";
import { commitContract } from "./store/commit.ts";
import { epochContract } from "./store/epoch.ts";
import { leaseContract } from "./store/leases.ts";
import { listenerContract } from "./store/listeners.ts";
import { messageContract } from "./store/messages.ts";
import { numberContract } from "./store/numbers.ts";
import { processContract } from "./store/processes.ts";
import { readingContract } from "./store/reading.ts";
import { retentionContract } from "./store/retention.ts";
import { roundTripContract } from "./store/round-trip.ts";
import { taskContract } from "./store/tasks.ts";
import { runContract } from "./store/runs.ts";
import { workerGroupContract } from "./store/worker-groups.ts";
import { usageContract } from "./store/usage.ts";

/** Makes places for stores of one kind; a second kind of store is tested by giving another one. */
export interface StoreBackend {
  readonly name: string;
  /** An empty place, gone when the test is over. */
  readonly place: () => StorePlace;
}

export interface StorePlace {
  /** What `openStore` in another process takes as `file`. */
  readonly address: string;
  /** Opens the store here, for writing unless told otherwise; closed when the test is over. */
  readonly open: (mode?: "read" | "write") => Promise<Store>;
}

/** What the comments of src/store/store.ts promise, for every kind of store alike. */
export function storeContract(backend: StoreBackend): void {
  commitContract(backend);
  epochContract(backend);
  numberContract(backend);
  listenerContract(backend);
  readingContract(backend);
  roundTripContract(backend);
  retentionContract(backend);
  usageContract(backend);
  leaseContract(backend);
  runContract(backend);
  workerGroupContract(backend);
  messageContract(backend);
  taskContract(backend);
  processContract(backend);
}
