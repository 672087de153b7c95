import type { Principal } from "../domain/principal.ts";

/** Who asks and how; handed to everything that is asked for. */
export interface Asker {
  readonly principal: Principal;
  /** The same request under the same key is carried out once. */
  readonly idempotencyKey: string;
  /** Whoever asked is gone, or waits no longer. */
  readonly signal: AbortSignal;
}
