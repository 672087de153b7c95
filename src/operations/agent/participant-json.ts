import type { Participant } from "../../domain/participant.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import type { Z } from "../define.ts";

export interface ParticipantJson {
  participant: string;
  run_id: string | null;
  role: string | null;
  activity: string;
  note: string | null;
  ttl_seconds: number;
  registered_at: string;
  seen_at: string;
  progress_at: string;
  left_at: string | null;
}

export function projectParticipant(one: Participant): ParticipantJson {
  return {
    participant: one.id,
    run_id: one.runId,
    role: one.role,
    activity: one.activity,
    note: one.note,
    ttl_seconds: one.ttlMs / 1000,
    registered_at: formatTime(one.registeredAt),
    seen_at: formatTime(one.seenAt),
    progress_at: formatTime(one.progressAt),
    left_at: formatTimeOrNull(one.leftAt),
  };
}

export function participantJson(z: Z) {
  const maybe = z.string().nullable();
  return z.looseObject({
    participant: z.string(),
    run_id: maybe,
    role: maybe,
    activity: z.string(),
    note: maybe,
    ttl_seconds: z.number(),
    registered_at: z.string(),
    seen_at: z.string(),
    progress_at: z.string(),
    left_at: maybe,
  });
}

export function nameField(z: Z) {
  return z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
}
