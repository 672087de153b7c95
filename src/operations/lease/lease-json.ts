import type { Lease, LeaseState } from "../../domain/lease.ts";
import { longestLeaseMs } from "../../domain/lease.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import type { Z } from "../define.ts";
import { table } from "../table.ts";
import type { Style } from "../define.ts";

export interface LeaseJson {
  id: string;
  session_id: string | null;
  holder: string;
  repo_path: string;
  file_path: string;
  mode: string;
  state: LeaseState;
  token: number;
  expires_at: string;
  created_at: string;
  released_at: string | null;
  metadata: Record<string, string | number | null>;
}

export function projectLease(lease: Lease): LeaseJson {
  return {
    id: lease.id,
    session_id: lease.sessionId,
    holder: lease.holder,
    repo_path: lease.repoPath,
    file_path: lease.filePath,
    mode: lease.mode,
    state: lease.state,
    token: lease.token,
    expires_at: formatTime(lease.expiresAt),
    created_at: formatTime(lease.createdAt),
    released_at: formatTimeOrNull(lease.endedAt),
    metadata: {
      intent: lease.intent,
      author: lease.author,
      ttl_seconds: lease.ttlMs / 1000,
      waits_until: formatTimeOrNull(lease.waitsUntil),
      because: lease.because,
    },
  };
}

export function leaseJson(z: Z) {
  return z.looseObject({
    id: z.string(),
    session_id: z.string().nullable(),
    holder: z.string(),
    repo_path: z.string(),
    file_path: z.string(),
    mode: z.string(),
    state: z.string(),
    token: z.number(),
    expires_at: z.string(),
    created_at: z.string(),
    released_at: z.string().nullable(),
  });
}

/** Fields that say whose leases are meant. */
export function holderFields(z: Z) {
  return {
    session_id: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Session that holds it; relative paths are meant from its folder"),
    agent: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
      .optional()
      .describe("Name of a holder outside of agentpool, instead of a session"),
  };
}

export function filesField(z: Z, description: string) {
  return z.array(z.string().min(1).max(4096)).max(200).describe(description);
}

export function ttlField(z: Z) {
  return z
    .number()
    .min(1)
    .max(longestLeaseMs / 1000);
}

export function leaseTable(leases: readonly LeaseJson[], style: Style): string {
  return table(
    ["LEASE", "HOLDER", "MODE", "STATE", "TOKEN", "EXPIRES", "PATH"],
    leases.map((one) => [
      one.id,
      one.holder,
      one.mode,
      one.state,
      String(one.token),
      one.expires_at,
      one.file_path,
    ]),
    style,
  );
}
