import type { ScalingRules } from "../../domain/scaling-rules.ts";
import type { WorkspaceMode } from "../../domain/session.ts";
import type { WorkerGroup } from "../../domain/worker-group.ts";
import type { Asker } from "../../session/asker.ts";

export interface StartWorkersRequest {
  readonly name: string;
  readonly providerId: string;
  readonly model: string | null;
  readonly effort: string | null;
  readonly profile: string | null;
  /** Said to each worker before how to work; null for nothing. */
  readonly instructions: string | null;
  readonly tags: readonly string[];
  readonly mode: WorkspaceMode;
  /** Absolute. */
  readonly repoPath: string;
  /** Tasks of this run; null for those of no run. */
  readonly runId: string | null;
  readonly envNames: readonly string[];
  readonly rules: ScalingRules;
  /** Environment of the asking command. */
  readonly env: Readonly<Record<string, string>>;
}

export interface WorkerGroupService {
  /** Returns once it is recorded. @throws workers_exist, and what a start of such a worker throws */
  start(request: StartWorkersRequest, asker: Asker): Promise<WorkerGroup>;
  /** @throws workers_not_found, workers_ended, invalid_input */
  scale(
    idOrName: string,
    change: Partial<ScalingRules>,
    env: Readonly<Record<string, string>>,
    asker: Asker,
  ): Promise<WorkerGroup>;
  /** @throws workers_not_found */
  end(
    idOrName: string,
    request: { readonly state: "draining" | "stopping"; readonly because: string | null },
    asker: Asker,
  ): Promise<WorkerGroup>;
  /** False when workers of it still live after the time. */
  settled(id: string, timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}
