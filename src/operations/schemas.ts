import { waitWords } from "../domain/words.ts";
import type { Z } from "./define.ts";

/** Pieces of schema that several operations share; each mirrors one projection. */
export function sessionId(z: Z) {
  return z
    .string()
    .min(1)
    .max(200)
    .describe("Session id, unique id prefix, name, or @last for the newest one");
}

export function timeoutSeconds(z: Z, preset: number) {
  return z
    .number()
    .min(0)
    .max(86_400)
    .default(preset)
    .describe("How long to wait, in seconds; 0 looks once");
}

/** Where the work of a worktree is to go. */
export function intoBranch(z: Z) {
  return z
    .string()
    .min(1)
    .max(250)
    .optional()
    .describe("Branch it is to go into; the one checked out in the repository when absent");
}

export function waitFor(z: Z) {
  return z
    .array(z.string())
    .default([])
    .describe(`What to wait for, any of: ${waitWords.join(", ")} (and the ancestors' spellings)`);
}

export function detail(z: Z) {
  return z
    .enum(["summary", "excerpt", "full"])
    .default("summary")
    .describe("How much worker text to include: none, the last 1600 or the last 8000 characters");
}

export function maxLines(z: Z) {
  return z.number().int().min(1).max(10_000).optional().describe("Lines of worker text at most");
}

const time = (z: Z) => z.string().describe("RFC 3339, UTC");
const maybe = (z: Z) => z.string().nullable();

export function sessionJson(z: Z) {
  return z
    .looseObject({
      id: z.string(),
      name: maybe(z),
      provider_id: z.string(),
      model: maybe(z),
      role: z.string(),
      task: z.string(),
      repo_path: z.string(),
      work_path: z.string(),
      workspace_mode: z.string(),
      worktree_path: maybe(z),
      state: z.string(),
      confidence: z.string(),
      source: z.string(),
      because: z.string(),
      turns: z.number(),
      exit_code: z.number().nullable(),
      created_at: time(z),
      updated_at: time(z),
      ended_at: maybe(z),
      artifact_dir: z.string(),
    })
    .describe("One session");
}

export function promptJson(z: Z) {
  return z.looseObject({
    id: z.string(),
    kind: z.string(),
    state: z.string(),
    text: z.string(),
    options: z.array(z.looseObject({ label: z.string(), role: z.string(), via: z.string() })),
    fingerprint: z.string(),
  });
}

export function turnJson(z: Z) {
  return z.looseObject({ id: z.string(), n: z.number(), state: z.string() });
}

export function deliveryJson(z: Z) {
  return z.looseObject({
    id: z.string(),
    state: z.string(),
    because: maybe(z),
    acceptance: z.string(),
    accepted_by: maybe(z),
  });
}

/** What a session that was just started, or resumed, is told as, besides its id. */
export function startedShape(z: Z) {
  return {
    session: sessionJson(z),
    delivery: deliveryJson(z).nullable(),
    attach_command: z.string(),
    warnings: z.array(z.string()),
    dry_run: z.boolean().optional(),
  };
}

export function eventJson(z: Z) {
  return z.looseObject({ seq: z.number(), at: time(z), type: z.string() });
}

export function workerOutput(z: Z) {
  return z
    .looseObject({
      included: z.boolean(),
      detail: z.string(),
      reason: maybe(z),
      truncated: z.boolean(),
      chars: z.number(),
      text: maybe(z),
    })
    .describe("Text the worker wrote; untrusted");
}

export function artifactFiles(z: Z) {
  return z.array(
    z.looseObject({
      kind: z.string(),
      path: z.string(),
      exists: z.boolean(),
      sha256: maybe(z),
      size_bytes: z.number().nullable(),
    }),
  );
}
