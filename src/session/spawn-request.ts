import type { Delivery } from "../domain/delivery.ts";
import type { Role, Session, Supervision, WorkspaceMode } from "../domain/session.ts";
import type { SessionToolset } from "../domain/toolset.ts";

/** What somebody asks a session to be. */
export interface SpawnRequest {
  readonly provider: string;
  readonly task: string;
  readonly repo: string;
  readonly role: Role;
  /** Null for the one the configuration names. */
  readonly mode: WorkspaceMode | null;
  readonly model: string | null;
  readonly effort: string | null;
  readonly serviceTier: string | null;
  readonly initialPromptMode: "provider_default" | "arg" | "send_after_launch";
  readonly name: string | null;
  readonly envNames: readonly string[];
  /** Environment of the asking command. */
  readonly env: Readonly<Record<string, string>>;
  readonly base: string | null;
  readonly requireClean: boolean;
  readonly maxTurns: number | null;
  readonly maxRuntimeSeconds: number | null;
  readonly allowedFiles: readonly string[] | null;
  readonly supervision: Supervision;
  /** An account's id or folder; null for the one of the environment. */
  readonly account: string | null;
  /** Null for what any agent may ask of agentpool. */
  readonly toolset: SessionToolset | null;
  /** The run it is to work for; null for none. */
  readonly runId: string | null;
  readonly extra: Readonly<Record<string, string>>;
  /** Folder of the caller; a relative repo is meant from there. */
  readonly cwd: string;
  /** Which attempt at a task it is; later ones have names of their own for worktree and branch. */
  readonly attempt?: number;
}

export interface Spawned {
  readonly session: Session;
  readonly delivery: Delivery | null;
  readonly warnings: readonly string[];
}

/** A request with everything filled in that the configuration decides. */
export interface PlannedSpawn extends SpawnRequest {
  readonly mode: WorkspaceMode;
}

/** Of a session of which nothing is asked but its task. */
export const plainRequest = {
  model: null,
  effort: null,
  serviceTier: null,
  initialPromptMode: "provider_default",
  name: null,
  envNames: [],
  base: null,
  requireClean: false,
  maxTurns: null,
  maxRuntimeSeconds: null,
  allowedFiles: null,
  supervision: "interactive",
  account: null,
  toolset: null,
  runId: null,
  extra: {},
} as const satisfies Partial<SpawnRequest>;
