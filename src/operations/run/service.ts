import type { Run, RunKindName, RunLimits } from "../../domain/run.ts";
import type { WorkspaceMode } from "../../domain/session.ts";
import type { SessionToolset } from "../../domain/toolset.ts";
import type { Asker } from "../../session/asker.ts";

export interface StartRunRequest {
  readonly name: string | null;
  readonly kind: RunKindName;
  /** As its kind reads it, checked. */
  readonly spec: unknown;
  readonly limits: RunLimits;
  readonly failFast: boolean;
  /** Absolute. */
  readonly repoPath: string;
  readonly onEvent: string | null;
  readonly envNames: readonly string[];
  /** Environment of the asking command. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RunService {
  /** @throws run_not_found, ambiguous_id */
  resolve(idOrName: string): Promise<Run>;
  /** Returns once it is recorded. @throws idempotency_conflict */
  start(request: StartRunRequest, asker: Asker): Promise<Run>;
  /** @throws run_ended */
  pause(run: string, asker: Asker): Promise<Run>;
  /** @throws run_ended */
  resume(run: string, env: Readonly<Record<string, string>>, asker: Asker): Promise<Run>;
  cancel(run: string, because: string | null, asker: Asker): Promise<Run>;
  /** Of all failed and cancelled tasks, or those named by key or id. @throws nothing_to_retry */
  retry(
    run: string,
    request: {
      readonly tasks: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      /** Changes nothing and refuses the same. */
      readonly dryRun: boolean;
    },
    asker: Asker,
  ): Promise<{ readonly run: Run; readonly retried: readonly string[] }>;
  /**
   * Everything a provider may be called, ids, aliases and presets, each with its id and with what
   * keeps it from starting a worker as wished; null for nothing.
   */
  providers(): Promise<
    ReadonlyMap<
      string,
      {
        readonly definitionId: string;
        readonly whyUnfit: (wish: {
          readonly toolset: SessionToolset | null;
          readonly mode: WorkspaceMode;
        }) => string | null;
      }
    >
  >;
  /** What speaks against work in these folders, in any mode and in a worktree; null for nothing. */
  folders(
    paths: readonly string[],
  ): Promise<
    ReadonlyMap<string, { readonly any: string | null; readonly worktree: string | null }>
  >;
  /** False when sessions of it still live after the time. */
  settled(runId: string, timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}
