import { accountState } from "../domain/account.ts";
import type { Decision, Guard } from "../domain/decision.ts";
import type { Delivery } from "../domain/delivery.ts";
import { queueDelivery } from "../domain/delivery-rules.ts";
import { Draft } from "../domain/draft.ts";
import { AgentpoolError } from "../domain/errors.ts";
import type { EventBody } from "../domain/event.ts";
import { restate } from "../domain/evidence.ts";
import { formatPrincipal, type Principal } from "../domain/principal.ts";
import { reopen, stillLive } from "../domain/resume-rules.ts";
import { isEndState, isLive, type Session, type SessionState } from "../domain/session.ts";
import { formatTime } from "../domain/time.ts";
import { countTurn } from "../domain/turn-limit.ts";
import type { RuleContext } from "../domain/turn-rules.ts";
import { newId } from "../platform/new-id.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { accountFolder, accountOf } from "../provider/account.ts";
import { channelsOf } from "../provider/channels.ts";
import { agentEnvironment } from "../provider/environment.ts";
import { withBinary } from "../provider/find-binary.ts";
import { untriedWarning } from "../provider/version.ts";
import type { Asker } from "./asker.ts";
import { chooseAccount } from "./choose-account.ts";
import { secretsOf, writeLaunch, type LaunchRecord } from "./launch-record.ts";
import { loadView } from "./live-session.ts";
import { newDelivery } from "./new-delivery.ts";
import { openOutbox } from "./delivery/outbox.ts";
import type { SessionParts } from "./parts.ts";
import { connectTerminals, planAgent, spawnFailed } from "./plan-agent.ts";
import { checkProvider } from "./policy/check-choice.ts";
import { checkFolder } from "./policy/check-folder.ts";
import { availableMemory, checkMemory } from "./policy/check-memory.ts";
import { checkResumer } from "./policy/check-starter.ts";
import { checkParallel, parallelGuards, tooMany } from "./policy/parallel.ts";
import { refuseText } from "./refuse-text.ts";
import { repeatedWithin } from "./requested-before.ts";
import { sealRawFiles } from "./seal.ts";
import { checkText } from "./send.ts";
import { withHash } from "./session-token.ts";
import type { SpawnParts } from "./spawn.ts";
import { endProcessesOf } from "./terminate.ts";
import { notPicked } from "./workers.ts";
import { restoreWorkspace } from "./workspace/restore.ts";

export interface Resume {
  /** Sent as the next prompt once the agent is up; null for none. */
  readonly prompt: string | null;
  /** Environment of the asking command: what was kept of the first start went with its end. */
  readonly env: Readonly<Record<string, string>>;
  /** Only what speaks against it is looked for. */
  readonly dryRun?: boolean;
}

export interface ResumedSession {
  readonly session: Session;
  /** How it had ended. */
  readonly fromState: SessionState;
  readonly delivery: Delivery | null;
  readonly warnings: readonly string[];
}

const promptTtlMs = 600_000;

/**
 * Starts the agent of a session that is over again, with the same conversation. As with a new one,
 * everything that can be wrong is said before anything changes, and then the row stands before the
 * pane. The same idempotency key resumes once.
 * @throws session_live, no_conversation, conversation_in_use, resume_unsupported, other_run, and as a
 *   spawn does
 */
export async function resumeSession(
  parts: SpawnParts,
  id: string,
  request: Resume,
  asker: Omit<Asker, "signal">,
): Promise<ResumedSession> {
  await connectTerminals(parts);
  await takeInEnd(parts, id);
  const begun = await parts.workers.betweenRuns(id, () => begin(parts, id, request, asker));
  const { fromState, warnings } = begun;
  if (begun.record) {
    const live = await parts.workers.load(id);
    try {
      await parts.starter.finish(live, begun.record);
    } catch (thrown) {
      throw spawnFailed(id, AgentpoolError.from(thrown));
    }
  } else {
    await parts.starter.underWay(id);
  }
  const session = await require(parts, id);
  if (!begun.record && session.terminal === null && isEndState(session.state)) {
    throw new AgentpoolError("spawn_failed", `Session ${id} could not be resumed`, {
      why: session.stateBecause,
      hint: "agentpool doctor",
    });
  }
  const delivery = await parts.store.deliveries.byIdempotencyKey(asker.idempotencyKey);
  return { session, fromState, delivery: delivery ?? null, warnings };
}

/**
 * Whether somebody can resume a session, as far as that can be told without looking for its agent.
 * @throws what `resumeSession` would
 */
export async function checkResumable(
  parts: Pick<SessionParts, "provider" | "store" | "config">,
  session: Session,
  by: Principal,
): Promise<{ readonly definition: ProviderDefinition; readonly conversation: string }> {
  if (isLive(session)) throw session.terminal ? stillLive(session) : notPicked(session);
  await checkResumer(parts, by, session);
  const definition = await parts.provider(session.providerId);
  if (definition.options.resume !== true) {
    throw new AgentpoolError(
      "resume_unsupported",
      `${definition.displayName} goes on with no earlier conversation`,
      {
        why: "That CLI, or its description here, has no way to.",
        hint: `Its work stays where it is: agentpool collect ${session.id}`,
        details: { provider: definition.id },
      },
    );
  }
  const { agentSessionId: conversation } = session;
  if (conversation === null || session.turnCount === 0) {
    throw new AgentpoolError("no_conversation", `Session ${session.id} has no conversation yet`, {
      why: "Its agent never took a prompt, so there is nothing to go on with.",
      hint: `Start it anew: agentpool spawn --provider ${session.providerId} --task "..."`,
    });
  }
  const other = (await parts.store.sessions.live()).find(
    (one) => one.agentSessionId === conversation && one.providerId === session.providerId,
  );
  if (other) throw inUse(session.id, conversation, other.id);
  return { definition, conversation };
}

interface Begun {
  readonly fromState: SessionState;
  readonly warnings: readonly string[];
  /** Undefined when the same request was made before. */
  readonly record?: LaunchRecord;
}

async function begin(
  parts: SpawnParts,
  id: string,
  request: Resume,
  asker: Omit<Asker, "signal">,
): Promise<Begun> {
  const before = await findResumed(parts, id, asker.idempotencyKey);
  if (before) return { fromState: before, warnings: [] };
  const session = await require(parts, id);
  const { definition, conversation } = await checkResumable(parts, session, asker.principal);
  if (request.prompt !== null) checkPrompt(definition, request.prompt);
  const config = await parts.config(session.workspace.repoPath);
  const choice = { id: definition.id, names: [definition.id, ...(definition.aliases ?? [])] };
  checkProvider(config, choice);
  // one that is sent nothing comes up idle, and works at nothing
  const room = request.prompt === null ? [] : parallelGuards(config, id, choice);
  await checkParallel(parts.store, room);
  checkMemory(config, availableMemory());
  const chosen = chooseAccount(definition, session.accountFolder, { env: request.env, cwd: "/" });
  const env = agentEnvironment(chosen.env, {
    declared: definition.env,
    named: session.envNames.filter((name) => !definition.env.includes(name)),
  });
  const { repoPath } = session.workspace;
  await checkFolder(parts, config, (await parts.machine.realPath(repoPath)) ?? repoPath, {
    env: request.env,
    accountFolder: accountFolder(definition, env.values),
  });
  const binary = await parts.binaries.require(
    definition,
    withBinary(definition, request.env, config.ofProvider(choice.names, "binary")),
  );
  const account = accountOf(definition, env.values);
  const limitedUntil = await limitOf(parts, account);
  const folder = parts.home.session(id);
  const { worktrees } = parts.home;
  const restored = await restoreWorkspace(parts.machine, session, {
    worktrees,
    objects: folder.objects,
    branchWasEmpty: await wasBranchEmpty(parts, id),
  });
  await clearAway(parts, session);
  const { workspace } = session;
  const { plan, hooksReply, tokenHash } = await planAgent(parts, definition, {
    binary: binary.path,
    version: binary.version,
    sessionId: id,
    resume: conversation,
    workPath: workspace.workPath,
    mode: workspace.mode,
    model: session.model,
    effort: session.reasoningEffort,
    serviceTier: session.serviceTier,
    promptArgument: null,
    env: env.values,
    extra: session.providerOptions,
    toolset: session.toolset,
  });
  const record: LaunchRecord = {
    ...plan,
    cwd: workspace.workPath,
    hooksReply,
    launchedDelivery: null,
    worktree: null,
    prepare: restored.worktree?.path ?? null,
  };
  const { decision, delivery } = await decide(parts, id, {
    definition,
    conversation,
    version: binary.version,
    account,
    forgetBase: restored.baseLost,
    worktree: restored.worktree,
    heldForMs: limitedUntil === null ? 0 : limitedUntil - parts.now(),
    prompt: request.prompt,
    secrets: secretsOf(plan.env),
    tokenHash,
    asker,
    room,
  });
  try {
    await writeLaunch(parts.machine, folder, record);
    if (delivery) openOutbox(folder).putNow(delivery.id, request.prompt ?? "");
    const committed = await parts.store.commit(decision);
    if (!committed.ok) {
      if (committed.guard.noun === "parallel") throw await tooMany(parts.store, committed.guard);
      if (committed.guard.noun === "conversation") throw inUse(id, conversation, null);
      throw new AgentpoolError("conflict", `Session ${id} changed meanwhile`, {
        details: { guard: committed.guard },
      });
    }
  } catch (thrown) {
    // it is over as before, and keeps no values of anybody's environment
    await parts.machine.remove(folder.outbox);
    await parts.machine.remove(folder.launch);
    throw thrown;
  }
  const untried = untriedWarning(
    { id: definition.id, tried: definition.binary.tried },
    binary.version,
  );
  return {
    fromState: session.state,
    record,
    warnings: [
      ...(limitedUntil === null
        ? []
        : [`its account is limited: nothing is sent before ${formatTime(limitedUntil)}`]),
      ...(untried === null ? [] : [untried]),
      ...(restored.worktree ? [`its worktree was gone and is made anew from its branch`] : []),
      ...(restored.baseLost
        ? ["what its diff was compared with is gone; from now on the diff shows what comes"]
        : []),
      ...(session.accountId === null || session.accountId === account
        ? []
        : [`it was started on the account ${session.accountId}, and now uses ${account}`]),
      ...env.missing.map(
        (name) => `${name}, which it was started with, is not set where you asked from`,
      ),
    ],
  };
}

/** Its process may be dead, and nobody has taken that in yet. */
async function takeInEnd(parts: SpawnParts, id: string): Promise<void> {
  const { workers, host } = parts;
  if (workers.get(id)) {
    const info = (await host.list()).find((one) => one.sessionId === id);
    if (info && !info.dead) return;
  }
  await workers.ended(id);
}

/** The same request, made before its supervisor was killed over it: how the session had ended. */
async function findResumed(
  parts: Pick<SessionParts, "store">,
  id: string,
  requestKey: string,
): Promise<SessionState | undefined> {
  const resumed = await resumptions(parts, { sessionIds: [id] });
  return resumed.find((one) => one.requestKey === requestKey)?.fromState;
}

/** What was resumed lately, by which request. */
export async function resumptions(
  { store }: Pick<SessionParts, "store">,
  filter: { readonly sessionIds?: readonly string[] },
): Promise<
  readonly {
    readonly sessionId: string | null;
    readonly requestKey: string | null;
    readonly fromState: SessionState;
  }[]
> {
  const { events } = store;
  const found = await events.since(Math.max(0, (await events.last()) - repeatedWithin), {
    ...filter,
    types: ["session_resumed"],
    limit: repeatedWithin,
  });
  return found.flatMap(({ sessionId, body }) =>
    body.type === "session_resumed"
      ? [{ sessionId, requestKey: body.request_key, fromState: body.from_state }]
      : [],
  );
}

/** Whether the last that became of its worktree was a clean-up that found no commits on its branch. */
async function wasBranchEmpty(
  { store }: Pick<SessionParts, "store">,
  id: string,
): Promise<boolean> {
  const types = ["worktree_created", "worktree_removed"];
  let last: EventBody | undefined;
  try {
    for (let after = 0; ;) {
      const found = await store.events.since(after, { sessionIds: [id], types, limit: 100 });
      last = found.at(-1)?.body ?? last;
      if (found.length < 100) break;
      after = found.at(-1)?.seq ?? after;
    }
  } catch (thrown) {
    if (AgentpoolError.from(thrown).code !== "cursor_expired") throw thrown;
  }
  return last?.type === "worktree_removed" && last.branch_removed;
}

/** What is left of the earlier process: its pane, and processes that outlived an end by force. */
async function clearAway(parts: SpawnParts, session: Session): Promise<void> {
  const panes = (await parts.host.list()).filter((one) => one.sessionId === session.id);
  const { process, exitSignal } = session;
  // what a signal ended may be only the launcher of the agent
  if (process.value === "gone" || exitSignal !== null || panes.some((one) => !one.dead)) {
    const survivors = await endProcessesOf(parts, session);
    if (survivors.length > 0) {
      throw new AgentpoolError("conflict", `Processes of ${session.id} live on`, {
        why: "Two agents with one conversation would spoil it for each other.",
        hint: `End them: kill -9 ${survivors.map((one) => one.pid).join(" ")}`,
        details: { pids: survivors.map((one) => one.pid) },
      });
    }
  }
  for (const { place } of panes) await parts.host.close(place);
  // files of its end that are not sealed yet
  if (await parts.machine.stat(parts.home.session(session.id).launch)) {
    await sealRawFiles(parts, session.id);
  }
}

async function decide(
  parts: SpawnParts,
  id: string,
  facts: {
    readonly definition: ProviderDefinition;
    readonly conversation: string;
    readonly version: string | null;
    readonly account: string;
    readonly forgetBase: boolean;
    readonly worktree: { readonly path: string; readonly branch: string } | null;
    /** So long its account takes no prompt. */
    readonly heldForMs: number;
    readonly prompt: string | null;
    readonly secrets: readonly string[];
    readonly tokenHash: string;
    readonly asker: Omit<Asker, "signal">;
    readonly room: readonly Guard[];
  },
): Promise<{ readonly decision: Decision; readonly delivery: Delivery | null }> {
  const { definition, asker, prompt } = facts;
  const now = parts.now();
  const ctx: RuleContext = { now, newId: (kind) => newId(kind, now) };
  const by = formatPrincipal(asker.principal);
  const draft = new Draft(await loadView(parts, id));
  reopen(draft, ctx, {
    agentSessionId: facts.conversation,
    providerVersion: facts.version,
    accountId: facts.account,
    channels: channelsOf(definition),
    tokenHashes: withHash(draft.session.tokenHashes, facts.tokenHash),
    by,
    requestKey: asker.idempotencyKey,
    forgetBase: facts.forgetBase,
  });
  for (const guard of facts.room) draft.require(guard);
  if (prompt !== null) countTurn(draft);
  if (facts.worktree) draft.emit(now, { type: "worktree_created", ...facts.worktree });
  const delivery =
    prompt === null
      ? null
      : queueDelivery(draft, ctx, {
          ...newDelivery(definition, prompt, facts.secrets),
          via: "pane",
          when: "idle",
          author: by,
          idempotencyKey: asker.idempotencyKey,
          promptId: null,
          ttlMs: promptTtlMs + facts.heldForMs,
        });
  restate(draft, now, now);
  // what a reader of hooks remembers is about the process that told it
  const cursors = [{ sessionId: id, channel: "hook", offset: 0, memory: null }];
  return { decision: { ...draft.decision(), cursors }, delivery };
}

/** @throws invalid_task, text_too_large */
export function checkPrompt(definition: ProviderDefinition, prompt: string): void {
  if (prompt === "") {
    throw new AgentpoolError("invalid_task", "The prompt is empty", {
      hint: "Say what the agent should do, or leave --prompt out.",
    });
  }
  checkText(prompt);
  refuseText(definition, prompt, "pasted");
}

async function require({ store }: Pick<SessionParts, "store">, id: string): Promise<Session> {
  const session = await store.sessions.get(id);
  if (!session) throw new AgentpoolError("session_not_found", `No session "${id}"`);
  return session;
}

function inUse(id: string, conversation: string, other: string | null): AgentpoolError {
  return new AgentpoolError(
    "conversation_in_use",
    `The conversation of ${id} goes on in another session`,
    {
      why: `${other ?? "A live session"} has the agent's conversation ${conversation}.`,
      hint: other === null ? "agentpool sessions" : `agentpool observe ${other}`,
      details: { agent_session_id: conversation, ...(other === null ? {} : { session_id: other }) },
    },
  );
}

/** Until when the account takes no prompt, epoch ms; null when it does. */
async function limitOf(parts: SpawnParts, accountId: string): Promise<number | null> {
  const account = await parts.store.accounts.get(accountId);
  if (!account?.limit || accountState(account, parts.now()) !== "limited") return null;
  return account.limit.until;
}
