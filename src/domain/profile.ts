import type { WorkspaceMode } from "./session.ts";
import type { Substitute, TaskExecution } from "./task.ts";

/** A role somebody can work in, as a file says it; null is left to whoever starts the work. */
export interface Profile {
  readonly name: string;
  readonly description: string;
  readonly providerId: string | null;
  readonly model: string | null;
  readonly effort: string | null;
  /** Tools for coordination; null for none. */
  readonly toolset: NonNullable<TaskExecution["toolset"]> | null;
  readonly mode: WorkspaceMode | null;
  readonly timeoutMs: number | null;
  readonly maxAttempts: number | null;
  readonly fallback: readonly Substitute[];
  /** Said to the agent besides its task. */
  readonly instructions: string;
  readonly source: "built_in" | "user" | "project";
  /** Null for a built-in one. */
  readonly file: string | null;
}
