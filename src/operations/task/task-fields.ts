import { longestClaimMs } from "../../domain/task.ts";
import type { ErrorCode } from "../../domain/errors.ts";
import type { Z } from "../define.ts";

/** Pieces of schema that several operations on tasks share. */
export function taskId(z: Z) {
  return z
    .string()
    .min(1)
    .max(64)
    .describe("Task id, unique beginning of one, or @last for the newest one");
}

/** Fields that say who works. */
export function workerFields(z: Z) {
  return {
    agent: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
      .optional()
      .describe("Name of somebody outside of agentpool who works on it"),
    session_id: z.string().min(1).max(200).optional().describe("Session that works on it, instead"),
  };
}

function token(z: Z) {
  return z.number().int().min(1).optional().describe("The claim's token, as it was given");
}

/** Fields that say which claim is meant. */
export function claimFields(z: Z) {
  return { task_id: taskId(z), token: token(z), ...workerFields(z) };
}

export function tag(z: Z) {
  return z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._:/@+-]{0,63}$/u);
}

export function ttl(z: Z) {
  return z
    .number()
    .min(1)
    .max(longestClaimMs / 1000);
}

export function artifacts(z: Z) {
  return z
    .array(z.string().min(1).max(4096))
    .max(200)
    .default([])
    .describe("Paths that belong to the result");
}

/** What whoever ends or prolongs a claim may be told. */
export const claimErrors: readonly ErrorCode[] = [
  "task_not_found",
  "ambiguous_id",
  "claim_lost",
  "claim_not_held",
  "task_ended",
  "session_not_found",
  "policy_blocked",
  "invalid_input",
];

/** A claim as an operation's input names it. */
export interface ClaimInput {
  task_id: string;
  token?: number;
  agent?: string;
  session_id?: string;
}

/** How a tool about somebody's own claim appears to a host: it knows who asks, and may ask again. */
export const claimTool = {
  idempotent: true,
  openWorld: false,
  unlisted: ["agent", "session_id"],
  workerText: ["task.error", "task.because"],
  workerValues: ["task.title", "task.artifacts[]"],
} as const;
