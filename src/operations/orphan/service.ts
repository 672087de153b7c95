import type { SweptOrphan } from "../../session/orphans/sweep-orphans.ts";

export interface OrphanService {
  /** What of this home nobody looks after, and what became of each. */
  sweep(options: { readonly dryRun: boolean }): Promise<readonly SweptOrphan[]>;
}
