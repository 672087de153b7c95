import { AgentpoolError } from "../../domain/errors.ts";
import type { LeaseConflict, LeaseWish } from "../../domain/lease-rules.ts";
import { formatTime } from "../../domain/time.ts";

/** Says who holds what, and until when. */
export function conflictError(
  wish: Pick<LeaseWish, "holder" | "sessionId" | "mode">,
  conflicts: readonly LeaseConflict[],
  { waited = false }: { readonly waited?: boolean } = {},
): AgentpoolError {
  const [first] = conflicts;
  const prefix = waited ? "The wait was over. " : "";
  if (!first) {
    return new AgentpoolError("lease_conflict", "The lease was not given", {
      why: `${prefix}The paths are free by now.`,
      hint: "Ask again.",
    });
  }
  const { place, with: lease } = first;
  const until = formatTime(lease.expiresAt);
  const ends = lease.sessionId === null ? "" : `, and renewed while ${lease.sessionId} lives`;
  const intent = lease.intent === null ? "" : ` for "${lease.intent}"`;
  const more = conflicts.length > 1 ? ` There are ${conflicts.length - 1} more like it.` : "";
  const whom =
    wish.sessionId === null
      ? `--agent ${wish.holder.replace(/^agent:/, "")}`
      : `--session-id ${wish.sessionId}`;
  return new AgentpoolError(
    "lease_conflict",
    lease.state === "waiting"
      ? `${place.filePath} was asked for before by ${lease.holder}`
      : `${place.filePath} is held by ${lease.holder} until ${until}`,
    {
      why: `${prefix}${lease.state === "waiting" ? "It is waited for" : "The lease is"} ${lease.mode} on ${lease.filePath}${intent}${ends}.${more}`,
      hint: `Wait for it: agentpool leases acquire ${whom} --file '${place.filePath}' --wait 60s; or see all: agentpool leases list`,
      details: {
        path: place.filePath,
        repo_path: place.repoPath,
        holder: lease.holder,
        session_id: lease.sessionId,
        lease_id: lease.id,
        state: lease.state,
        mode: lease.mode,
        expires_at: until,
        conflicts: conflicts.map((one) => ({
          path: one.place.filePath,
          holder: one.with.holder,
          lease_id: one.with.id,
          held_path: one.with.filePath,
          state: one.with.state,
          mode: one.with.mode,
          expires_at: formatTime(one.with.expiresAt),
        })),
      },
    },
  );
}
