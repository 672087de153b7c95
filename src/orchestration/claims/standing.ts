import type { Guard } from "../../domain/decision.ts";
import type { Claimant } from "../../domain/task.ts";

/** How a session that asks for work stands with whoever looks after it. */
export interface Standing {
  /** Why it is given nothing; null where it may be given work. */
  readonly refusal: string | null;
  /** What it may be given, over what it says itself. */
  readonly claimant: Claimant | null;
  /** What has to hold still when it is given something. */
  readonly guards: readonly Guard[];
}

/** Of whoever nobody looks after: it is given what it asks for. */
export const onItsOwn: Standing = { refusal: null, claimant: null, guards: [] };
