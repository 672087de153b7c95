import { beforeProcess, noEvidence, type Session, type Workspace } from "../domain/session.ts";
import { redact } from "../platform/redact.ts";
import { channelsOf } from "../provider/channels.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { PlannedSpawn } from "./spawn-request.ts";

interface RowFacts {
  readonly request: PlannedSpawn;
  readonly workspace: Workspace;
  readonly version: string | null;
  readonly accountId: string;
  /** Where the caller chose it. */
  readonly accountFolder: string | null;
  readonly promptMode: "arg" | "send_after_launch";
  readonly agentSessionId: string | null;
  /** Null where no process is given one. */
  readonly tokenHash: string | null;
  readonly providerOptions: Readonly<Record<string, string>>;
  readonly author: string;
  readonly idempotencyKey: string;
  /** Values to keep out of the row. */
  readonly secrets: readonly string[];
}

/** The record of a session that was asked for and does not run yet. */
export function sessionRow(
  id: string,
  now: number,
  definition: ProviderDefinition,
  facts: RowFacts,
): Session {
  const { request } = facts;
  const because = "it was asked for";
  const fact = { source: "operation", at: now, because } as const;
  return {
    id,
    version: 1,
    name: request.name,
    providerId: definition.id,
    providerVersion: facts.version,
    accountId: facts.accountId,
    model: request.model ?? definition.options.defaultModel ?? null,
    reasoningEffort: request.effort,
    serviceTier: request.serviceTier,
    role: request.role,
    task: redact(request.task, facts.secrets),
    initialPromptMode: facts.promptMode,
    workspace: facts.workspace,
    agentSessionId: facts.agentSessionId,
    channels: channelsOf(definition),
    acceptance: definition.input.acceptance,
    idleHoldMs: definition.screen.idleHoldMs,
    envNames: [...definition.env, ...request.envNames],
    providerOptions: facts.providerOptions,
    author: facts.author,
    idempotencyKey: facts.idempotencyKey,
    maxTurns: request.maxTurns,
    maxRuntimeMs: request.maxRuntimeSeconds === null ? null : request.maxRuntimeSeconds * 1_000,
    allowedFiles: request.allowedFiles,
    supervision: request.supervision,
    accountFolder: facts.accountFolder,
    toolset: request.toolset,
    runId: request.runId,
    tokenHashes: facts.tokenHash === null ? null : [facts.tokenHash],
    turnsSent: 0,
    ...beforeProcess(fact),
    turnCount: 0,
    lastTurnN: 0,
    lastDeliveryN: 0,
    evidence: noEvidence,
    state: "starting",
    stateSource: "operation",
    stateConfidence: "certain",
    stateBecause: because,
    stateAt: now,
    createdAt: now,
    updatedAt: now,
    endedAt: null,
  };
}
