import { isTaskEnd, type Claim, type Task } from "../../domain/task.ts";
import { taskEnded } from "../board/board-error.ts";
import { claimLost, claimNotHeld } from "./claim-error.ts";

/** Who ends or prolongs a claim: by its token, by being its holder, or both. */
export interface ClaimProof {
  readonly token: number | null;
  /** Who asks, where that is known. */
  readonly holder: string | null;
}

/** The claim of whoever asks: a token of before is worth nothing. @throws claim_lost, claim_not_held, task_ended */
export function requireClaim(task: Task, { token, holder }: ClaimProof): Claim {
  const { state, claim } = task;
  if (isTaskEnd(state)) throw taskEnded(task);
  if (state !== "claimed" || claim === null) {
    throw token === null ? claimNotHeld(task, holder) : claimLost(task, token);
  }
  if (token !== null && token !== claim.token) throw claimLost(task, token);
  if (holder !== null && holder !== claim.holder) throw claimNotHeld(task, holder);
  if (token === null && holder === null) throw claimNotHeld(task, null);
  return claim;
}
