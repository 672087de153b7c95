import { basename, isAbsolute, resolve } from "node:path";
import { accountState } from "../domain/account.ts";
import type { Decision, Guard } from "../domain/decision.ts";
import type { Delivery } from "../domain/delivery.ts";
import { queueDelivery } from "../domain/delivery-rules.ts";
import { Draft } from "../domain/draft.ts";
import { AgentpoolError } from "../domain/errors.ts";
import { formatPrincipal, type Principal } from "../domain/principal.ts";
import { isEndState, type Session, type Workspace, type WorkspaceMode } from "../domain/session.ts";
import { wideningOption } from "../domain/starting-rights.ts";
import { maxTextBytes, whyNotTask } from "../domain/task-text.ts";
import { formatTime, formatTimeOrNull } from "../domain/time.ts";
import { newId } from "../platform/new-id.ts";
import { redact } from "../platform/redact.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Catalogue } from "../provider/discover.ts";
import { accountFolder, accountOf } from "../provider/account.ts";
import { agentEnvironment } from "../provider/environment.ts";
import { checkQuota } from "./check-quota.ts";
import { chooseAccount } from "./choose-account.ts";
import { applyConfig } from "./policy/apply-config.ts";
import { checkProvider, type ProviderChoice } from "./policy/check-choice.ts";
import { checkFolder } from "./policy/check-folder.ts";
import { availableMemory, checkMemory } from "./policy/check-memory.ts";
import { checkStarter } from "./policy/check-starter.ts";
import { checkParallel, parallelGuards, tooMany } from "./policy/parallel.ts";
import { withBinary, type BinaryFinder } from "../provider/find-binary.ts";
import { checkOptions } from "../provider/launch.ts";
import { untriedWarning } from "../provider/version.ts";
import { whyNoTools } from "../provider/worker-tools.ts";
import { secretsOf, writeLaunch, type LaunchRecord } from "./launch-record.ts";
import { sha256 } from "../provider/sha256.ts";
import { modelWarnings } from "./model-warnings.ts";
import { nameWarning } from "./name-warning.ts";
import { newDelivery } from "./new-delivery.ts";
import { openOutbox } from "./delivery/outbox.ts";
import type { SessionParts } from "./parts.ts";
import { connectTerminals, planAgent, spawnFailed } from "./plan-agent.ts";
import { refuseText } from "./refuse-text.ts";
import { sessionRow } from "./session-row.ts";
import type { Starter } from "./start.ts";
import type { Workers } from "./workers.ts";
import { inspectRepo, type Repo } from "./workspace/repo.ts";
import type { PlannedSpawn, Spawned, SpawnRequest } from "./spawn-request.ts";
import { planWorktree } from "./workspace/worktree.ts";

export interface SpawnParts extends SessionParts {
  readonly catalogue: Catalogue;
  readonly binaries: BinaryFinder;
  readonly workers: Workers;
  readonly starter: Starter;
  /** Told when no agent can be started because of the terminals. */
  readonly cannotStart: (error: AgentpoolError) => void;
}

/**
 * A prompt longer than this, where the provider names no other bound, or one that looks like it
 * holds a secret, is pasted and not an argument: tmux refuses longer command lines.
 */
const maxArgumentBytes = 8 * 1024;
const launchTtlMs = 600_000;

/**
 * Starts an agent. Everything that can be wrong with the request is said before anything is made;
 * then the row stands before the pane, so that a start cut off anywhere is finished or reported by
 * the next supervisor. The same idempotency key gives the same session.
 */
export async function spawnSession(
  parts: SpawnParts,
  asked: SpawnRequest,
  asker: { readonly principal: Principal; readonly idempotencyKey: string },
): Promise<Spawned> {
  const known = await parts.store.sessions.byIdempotencyKey(asker.idempotencyKey);
  if (known) {
    await refuseOtherTask(parts, known, asked);
    return repeated(parts, known);
  }

  const id = newId("session", parts.now());
  const folder = parts.home.session(id);
  const { record, decision, delivery, repo, warnings } = await prepare(parts, asked, { id, asker });
  try {
    await writeLaunch(parts.machine, folder, record);
    openOutbox(folder).putNow(delivery.id, asked.task);
    const committed = await parts.store.commit(decision);
    if (!committed.ok) {
      if (committed.guard.noun === "parallel") throw await tooMany(parts.store, committed.guard);
      throw new AgentpoolError("conflict", `Session ${id} could not be recorded`, {
        details: { guard: committed.guard },
      });
    }
  } catch (thrown) {
    // nothing of a session that nobody knows of stays behind
    await parts.machine.remove(folder.root);
    throw thrown;
  }
  const live = await parts.workers.load(id);
  try {
    await parts.starter.finish(live, record, repo);
  } catch (thrown) {
    throw spawnFailed(id, AgentpoolError.from(thrown));
  }
  return spawned(parts, live.session, warnings);
}

/** Stands where the id of a session would, in what is only said and never made. */
const plannedId = "ap_dry_run";

/**
 * What `spawnSession` would start: all that can be wrong with the request is said as it would be, and
 * nothing is made or written. An idempotency key means nothing here.
 */
export async function planSession(
  parts: SpawnParts,
  asked: SpawnRequest,
  asker: { readonly principal: Principal; readonly idempotencyKey: string },
): Promise<Spawned> {
  const { row, warnings } = await prepare(parts, asked, { id: plannedId, asker });
  return { session: row, delivery: null, warnings };
}

interface Prepared {
  readonly row: Session;
  readonly record: LaunchRecord;
  readonly decision: Decision;
  readonly delivery: Delivery;
  readonly repo: Repo;
  readonly warnings: readonly string[];
}

/** Everything up to the first thing that is written. */
async function prepare(
  parts: SpawnParts,
  asked: SpawnRequest,
  {
    id,
    asker,
  }: {
    readonly id: string;
    readonly asker: { readonly principal: Principal; readonly idempotencyKey: string };
  },
): Promise<Prepared> {
  const provider = await parts.catalogue.get(asked.provider);
  const { definition, extra } = provider;
  checkTask(asked.task);
  const place = absolute(asked.repo, asked.cwd);
  const canonical = (await parts.machine.realPath(place)) ?? place;
  const config = await parts.config(canonical);
  const choice: ProviderChoice = {
    id: definition.id,
    names: [definition.id, ...(definition.aliases ?? []), asked.provider],
  };
  checkProvider(config, choice);
  const chosen = chooseAccount(definition, asked.account, asked);
  const request = applyConfig(config, { ...asked, mode: modeOf(asked), env: chosen.env }, choice);
  const providerOptions = { ...extra, ...request.extra };
  const option = wideningOption(providerOptions, definition.options.agentsMaySet);
  const rights = { mode: request.mode, supervision: request.supervision, option };
  await checkStarter({ store: parts.store, config }, asker.principal, rights);
  if (request.base !== null && request.mode !== "worktree") {
    throw new AgentpoolError("invalid_input", "--base is for a worktree", {
      why: `With --isolation ${request.mode} the agent works in the folder as it stands.`,
      hint: "Add --isolation worktree, or leave --base out.",
    });
  }
  checkOptions(definition, request);
  checkTools(definition, request);
  const agentEnv = agentEnvironment(request.env, {
    declared: definition.env,
    named: request.envNames,
  });
  if (agentEnv.refused.length > 0) {
    throw new AgentpoolError("invalid_input", `--env ${agentEnv.refused[0]} cannot be passed on`, {
      why: "It would make the agent believe it runs inside another agent.",
    });
  }
  const account = accountOf(definition, agentEnv.values);
  await checkFolder(parts, config, canonical, {
    env: request.env,
    accountFolder: accountFolder(definition, agentEnv.values),
  });
  const room = parallelGuards(config, id, choice);
  await checkParallel(parts.store, room);
  checkMemory(config, availableMemory());
  const binary = await parts.binaries.require(
    definition,
    withBinary(definition, request.env, config.ofProvider(choice.names, "binary")),
  );
  const isUnproven = await refuseLimited(parts, account);
  const quota = await checkQuota(parts, { accountId: account, providerId: definition.id, config });
  await connectTerminals(parts);
  const repo = await inspectRepo(parts.machine, canonical);
  if (repo.path !== canonical) {
    throw new AgentpoolError("conflict", `${place} leads elsewhere than a moment ago`, {
      why: `It was ${canonical} when it was checked, and is ${repo.path} now.`,
      hint: "Try again.",
    });
  }

  const worktree =
    request.mode === "worktree"
      ? await planWorktree(parts.machine, repo, {
          folder: parts.home.worktrees,
          providerId: definition.id,
          sessionId: id,
          base: request.base,
          ...(request.attempt === undefined ? {} : { attempt: request.attempt }),
        })
      : null;
  const untried = untriedWarning(
    { id: definition.id, tried: definition.binary.tried },
    binary.version,
  );
  const warnings = [
    ...(untried === null ? [] : [untried]),
    ...quota,
    ...(await modelWarnings(parts, provider, {
      ...request,
      version: binary.version,
      catalogPaths: config.get("model_catalog_paths"),
    })),
    ...(await nameWarning(parts.store, request.name)),
    ...dirtyWarning(repo, request),
    ...agentEnv.missing.map((name) => `${name} is not set where you asked from`),
  ];
  const workspace: Workspace = {
    mode: request.mode,
    repoPath: repo.path,
    workPath: worktree?.workPath ?? repo.path,
    branch: worktree?.branch ?? null,
    baseCommit: null,
    baseTree: null,
  };
  // whether the limit is over is tried by one session at a time, which is so for typed texts
  const promptMode = isUnproven ? "send_after_launch" : choosePromptMode(definition, request);
  refuseText(definition, request.task, promptMode === "arg" ? "argument" : "pasted");
  const { plan, hooksReply, tokenHash } = await planAgent(parts, definition, {
    binary: binary.path,
    version: binary.version,
    sessionId: id,
    resume: null,
    workPath: workspace.workPath,
    mode: request.mode,
    model: request.model ?? definition.options.defaultModel ?? null,
    effort: request.effort,
    serviceTier: request.serviceTier,
    promptArgument: promptMode === "arg" ? request.task : null,
    env: agentEnv.values,
    extra: providerOptions,
    toolset: request.toolset,
  });

  const secrets = secretsOf(plan.env);
  const row = sessionRow(id, parts.now(), definition, {
    request,
    workspace,
    version: binary.version,
    accountId: account,
    accountFolder: chosen.folder,
    promptMode,
    agentSessionId: plan.agentSessionId,
    tokenHash,
    providerOptions,
    author: formatPrincipal(asker.principal),
    idempotencyKey: asker.idempotencyKey,
    secrets,
  });
  const { decision, delivery } = firstDecision(
    row,
    definition,
    newDelivery(definition, request.task, secrets),
    promptMode,
    parts.now(),
    room,
  );
  const record: LaunchRecord = {
    ...plan,
    cwd: workspace.workPath,
    hooksReply,
    launchedDelivery: promptMode === "arg" ? delivery.id : null,
    worktree: worktree && { path: worktree.path, branch: worktree.branch, base: worktree.base },
    prepare: worktree?.path ?? null,
  };
  return { row, record, decision, delivery, repo, warnings };
}

/** True when its limit should be over and nobody has seen so yet. @throws account_limited */
async function refuseLimited(parts: SpawnParts, id: string): Promise<boolean> {
  const account = await parts.store.accounts.get(id);
  if (!account?.limit) return false;
  const { until, resetsAt, sessionId, because } = account.limit;
  if (accountState(account, parts.now()) === "unproven") return true;
  const when = `${resetsAt === null ? "No end was told; it is tried again at" : "Until"} ${formatTime(until)}`;
  throw new AgentpoolError("account_limited", `The account ${id} met a limit`, {
    why: `${when}: ${sessionId} was told "${because}"`,
    hint: `Wait for it, use another provider, or, if it is over: agentpool accounts lift ${id}`,
    details: {
      account_id: id,
      session_id: sessionId,
      resets_at: formatTimeOrNull(resetsAt),
      until: formatTime(until),
    },
  });
}

/** The request was made before, and its supervisor was killed over it: what has become of it. */
/** @throws idempotency_conflict */
async function refuseOtherTask(
  { store }: Pick<SpawnParts, "store">,
  known: Session,
  request: Pick<SpawnRequest, "task">,
): Promise<void> {
  const first = (await store.deliveries.ofSession(known.id)).find((one) => one.n === 1);
  if (!first || first.sha256 === sha256(request.task)) return;
  throw new AgentpoolError(
    "idempotency_conflict",
    "The idempotency key was used for another task",
    {
      why: "Nothing was started.",
      hint: "Use a new key for each request, and the same one only to repeat it.",
      details: { session_id: known.id },
    },
  );
}

async function repeated(parts: SpawnParts, known: Session): Promise<Spawned> {
  await parts.starter.underWay(known.id);
  const session = (await parts.store.sessions.get(known.id)) ?? known;
  if (session.terminal !== null || !isEndState(session.state)) return spawned(parts, session, []);
  throw new AgentpoolError("spawn_failed", `Session ${known.id} could not be started`, {
    why: session.stateBecause,
    hint: "agentpool doctor",
  });
}

async function spawned(
  parts: SessionParts,
  session: Session,
  warnings: readonly string[],
): Promise<Spawned> {
  const [delivery] = await parts.store.deliveries.ofSession(session.id);
  return { session, delivery: delivery ?? null, warnings };
}

/** A lead spreads work and does none of it itself, which its CLI's own mode sees to. */
function modeOf({ toolset, mode }: SpawnRequest): WorkspaceMode | null {
  if (toolset !== "lead") return mode;
  if (mode === null || mode === "read_only") return "read_only";
  throw new AgentpoolError("invalid_input", `--toolset lead does not go with --isolation ${mode}`, {
    why: "A lead only reads files; its workers change them.",
    hint: "Leave out --isolation.",
  });
}

/** A lead or worker without its tools would do nothing, and look at work. @throws invalid_input */
function checkTools(definition: ProviderDefinition, { toolset, mode }: PlannedSpawn): void {
  const why = whyNoTools(definition, { toolset, mode });
  if (why === null || toolset === null) return;
  const { id, displayName } = definition;
  throw new AgentpoolError(
    "invalid_input",
    `${displayName} cannot be a ${toolset} with --isolation ${mode}`,
    {
      why: `${why}.`,
      hint:
        toolset === "lead"
          ? "Let another provider lead: agentpool inventory"
          : `Use --isolation worktree, or leave out --toolset ${toolset}.`,
      details: { provider: id, toolset, mode },
    },
  );
}

function checkTask(task: string): void {
  const size = Buffer.byteLength(task);
  if (size > maxTextBytes) {
    throw new AgentpoolError("text_too_large", `The task has ${size} bytes`, {
      why: `At most ${maxTextBytes} bytes can be delivered.`,
      hint: "Put the material into a file in the repository and name the file in the task.",
      details: { size_bytes: size, max_bytes: maxTextBytes },
    });
  }
  const fault = whyNotTask(task);
  if (fault === null) return;
  const { what, why, hint } = fault;
  throw new AgentpoolError("invalid_task", `The task cannot be sent: ${what}`, { why, hint });
}

function choosePromptMode(
  definition: ProviderDefinition,
  request: PlannedSpawn,
): "arg" | "send_after_launch" {
  const wanted =
    request.initialPromptMode === "provider_default"
      ? definition.options.initialPromptMode
      : request.initialPromptMode;
  if (wanted === "send_after_launch" || !definition.options.promptArgument)
    return "send_after_launch";
  const longest = definition.options.promptArgumentBytes ?? maxArgumentBytes;
  const long = Buffer.byteLength(request.task) > longest;
  // an argument is readable by every user of the machine for as long as the agent lives
  const sensitive = redact(request.task) !== request.task;
  const { padding, commandPrefixes } = definition.input;
  const needsPadding =
    padding !== undefined && commandPrefixes.some((prefix) => request.task.startsWith(prefix));
  return long || sensitive || needsPadding ? "send_after_launch" : "arg";
}

function firstDecision(
  row: Session,
  definition: ProviderDefinition,
  text: ReturnType<typeof newDelivery>,
  promptMode: "arg" | "send_after_launch",
  now: number,
  guards: readonly Guard[],
): { readonly decision: Decision; readonly delivery: Delivery } {
  const draft = new Draft({ session: row, turns: [], deliveries: [], prompts: [] });
  draft.emit(now, {
    type: "session_created",
    provider_id: definition.id,
    workspace_mode: row.workspace.mode,
  });
  const delivery = queueDelivery(
    draft,
    { now, newId: (kind) => newId(kind, now) },
    {
      ...text,
      via: promptMode === "arg" ? "launch" : "pane",
      when: "idle",
      author: row.author,
      idempotencyKey: null,
      promptId: null,
      ttlMs: launchTtlMs,
    },
  );
  const { writes, events } = draft.decision();
  return {
    delivery,
    decision: {
      guards,
      writes: [
        { noun: "session", insert: draft.session },
        ...writes.filter((write) => write.noun !== "session"),
      ],
      events,
    },
  };
}

function dirtyWarning(repo: Repo, request: PlannedSpawn): string[] {
  if (!repo.dirty) return [];
  if (request.requireClean) {
    throw new AgentpoolError("repo_dirty", `${repo.path} has uncommitted work`, {
      why: "--require-clean was given.",
      hint: "Commit or stash it, or leave out --require-clean.",
    });
  }
  return request.mode === "worktree"
    ? [`${basename(repo.path)} has uncommitted work, which is not in the worktree`]
    : [];
}

function absolute(path: string, cwd: string): string {
  return isAbsolute(path) ? path : resolve(cwd, path);
}
