import { formatPrincipal } from "../../domain/principal.ts";
import type { ScalingRules } from "../../domain/scaling-rules.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { roleIn } from "../../domain/session.ts";
import type { WorkerGroup } from "../../domain/worker-group.ts";
import {
  boundGroup,
  endGroup,
  startGroup,
  type GroupWish,
} from "../../domain/worker-group-rules.ts";
import { newId } from "../../platform/new-id.ts";
import type { Catalogue } from "../../provider/discover.ts";
import { wideningPreset } from "../../provider/widening-preset.ts";
import { InTurn } from "../../session/in-turn.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Asker } from "../../session/asker.ts";
import { checkStarter } from "../../session/policy/check-starter.ts";
import type { Sessions } from "../../session/sessions.ts";
import { plainRequest } from "../../session/spawn-request.ts";
import type { DayBudgets } from "../budgets/day-budgets.ts";
import { RunEnvironments } from "../scheduler/environment.ts";
import { judgeSpawnFailure } from "../scheduler/spawn-failure.ts";
import { waitUntil } from "../wait-until.ts";
import { groupEnded, groupExists, resolveGroup } from "./group-error.ts";
import { workerSpawn } from "./seats.ts";
import type { WorkerGroups } from "./worker-groups.ts";

type Environment = Readonly<Record<string, string>>;

export type StartWorkers = Omit<GroupWish, "author" | "idempotencyKey" | "capability"> & {
  /** Environment of the asking command. */
  readonly env: Environment;
};

export interface WorkerRequestParts extends Pick<SessionParts, "store" | "now" | "config"> {
  readonly catalogue: Pick<Catalogue, "all" | "get">;
  readonly sessions: Pick<Sessions, "plan">;
  readonly environments: RunEnvironments;
  readonly budgets: Pick<DayBudgets, "refuse">;
}

/** Where values of the environments of workers are kept; as those of runs. */
export function workerEnvironments(parts: Pick<SessionParts, "machine" | "home">): RunEnvironments {
  return new RunEnvironments({ machine: parts.machine, home: { run: parts.home.workerGroup } });
}

/** Everything that can be asked of the groups of workers of this home. */
export class WorkerRequests {
  readonly #parts: WorkerRequestParts;
  readonly #groups: WorkerGroups;
  readonly #turns = new InTurn();

  constructor(parts: WorkerRequestParts, groups: WorkerGroups) {
    this.#parts = parts;
    this.#groups = groups;
  }

  /**
   * Records a group; from then on it is kept at its size, whoever still listens. The same
   * idempotency key gives the same group.
   * @throws workers_exist, idempotency_conflict, budget_used_up, and whatever speaks against starting such a worker for good
   */
  start(wish: StartWorkers, asker: Asker): Promise<WorkerGroup> {
    // of two for one name the second has to see the first
    return this.#turns.run("start", () => this.#start(wish, asker));
  }

  async #start({ env, ...wish }: StartWorkers, asker: Asker): Promise<WorkerGroup> {
    const { store, environments, now } = this.#parts;
    const { idempotencyKey, principal } = asker;
    const before = await store.workerGroups.byIdempotencyKey(idempotencyKey);
    if (before) return same(before, wish);
    await this.#refuseTaken(wish.name);
    await this.#parts.budgets.refuse(`Workers ${wish.name} cannot be started today`, wish);
    const capability = await this.#capabilityOf({ env, ...wish }, asker);
    const id = newId("workers", now());
    // without it none could be started
    await this.#keepEnvironment(id, wish.envNames, env);
    const author = formatPrincipal(principal);
    const started = startGroup({ ...wish, capability, author, idempotencyKey }, { id, now: now() });
    try {
      await store.commit(started.decision);
    } catch (thrown) {
      await environments.forget(id);
      throw thrown;
    }
    this.#groups.wake();
    return started.group;
  }

  /**
   * With it a breaker and a lack of room are forgotten.
   * @throws workers_not_found, workers_ended, policy_blocked for an agent that may start no such workers
   */
  async scale(
    idOrName: string,
    change: Partial<ScalingRules>,
    env: Environment,
    asker: Asker,
  ): Promise<WorkerGroup> {
    const { id, envNames, state, mode, repoPath, providerId } = await this.#resolve(idOrName);
    const { store, config: read, catalogue } = this.#parts;
    const config = await read(repoPath).catch(() => read());
    const { supervision } = plainRequest;
    const option = await wideningPreset(catalogue, [providerId]);
    await checkStarter({ store, config }, asker.principal, { mode, supervision, option });
    if (state === "active") await this.#keepEnvironment(id, envNames, env);
    const by = formatPrincipal(asker.principal);
    return this.#groups.change(id, (group) => {
      if (group.state !== "active") throw groupEnded(group);
      const rules = checked({ ...group.rules, ...change });
      return boundGroup(group, { rules, by, now: this.#parts.now() });
    });
  }

  /**
   * Drained, each worker finishes the task it has; stopped, each is ended at once, and its task is
   * somebody else's again. What is over stays as it is.
   * @throws workers_not_found
   */
  async end(
    idOrName: string,
    {
      state,
      because,
    }: { readonly state: "draining" | "stopping"; readonly because: string | null },
    asker: Asker,
  ): Promise<WorkerGroup> {
    const by = formatPrincipal(asker.principal);
    const { id } = await this.#resolve(idOrName);
    const verb = state === "draining" ? "drained" : "stopped";
    return this.#groups.change(id, (group) =>
      endGroup(group, {
        state,
        because: because ?? `${by} ${verb} it`,
        by,
        now: this.#parts.now(),
      }),
    );
  }

  /** Resolves once nothing of it is left; false when the time is over before. */
  settled(id: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const { store } = this.#parts;
    const isStopped = async (): Promise<boolean> =>
      (await store.workerGroups.get(id))?.state === "stopped";
    return waitUntil(store, isStopped, { timeoutMs, signal });
  }

  #resolve(idOrName: string): Promise<WorkerGroup> {
    return resolveGroup(this.#parts.store, idOrName);
  }

  async #refuseTaken(name: string): Promise<void> {
    const taken = await this.#parts.store.workerGroups.resolve(name);
    if (taken && taken.name === name && taken.endedAt === null) throw groupExists(taken);
  }

  /** What its workers will be; looked at as a start is, so that what can never work is said now. */
  async #capabilityOf(
    { env, ...wish }: StartWorkers,
    asker: Asker,
  ): Promise<WorkerGroup["capability"]> {
    const { catalogue, sessions, now } = this.#parts;
    checked(wish.rules);
    const { definition } = await catalogue.get(wish.providerId);
    const role = wish.profile ?? roleIn(wish.mode);
    const capability = { providerId: definition.id, model: wish.model, role };
    const draft = startGroup(
      { ...wish, capability, author: "", idempotencyKey: null },
      { id: "", now: now() },
    ).group;
    try {
      const { session } = await sessions.plan(workerSpawn(draft, env), asker);
      return { ...capability, model: session.model };
    } catch (thrown) {
      const error = AgentpoolError.from(thrown);
      // no room now is what a group waits for
      if (judgeSpawnFailure(error, now()).kind === "wait") return capability;
      throw thrown;
    }
  }

  async #keepEnvironment(id: string, named: readonly string[], env: Environment): Promise<void> {
    const { providers } = await this.#parts.catalogue.all();
    const declared = providers.flatMap(({ definition }) => definition.env);
    await this.#parts.environments.keep(id, env, { declared, named });
  }
}

/** @throws invalid_input */
function checked(rules: ScalingRules): ScalingRules {
  if (rules.min <= rules.max) return rules;
  throw new AgentpoolError("invalid_input", `min ${rules.min} is more than max ${rules.max}`, {
    hint: "Give both: --min N --max N",
  });
}

function same(group: WorkerGroup, wish: Pick<GroupWish, "name" | "providerId">): WorkerGroup {
  if (group.name === wish.name && group.providerId === wish.providerId) return group;
  throw new AgentpoolError("idempotency_conflict", "The idempotency key was used before", {
    why: `Other workers were started with it: ${group.name}.`,
    hint: "Give each request a key of its own.",
    details: { workers_id: group.id },
  });
}
