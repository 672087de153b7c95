import { nothing } from "../../domain/decision.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import type { Run } from "../../domain/run.ts";
import {
  cancelRun,
  changeRun,
  isRunEnd,
  retryRun,
  startRun,
  type RunWish,
} from "../../domain/run-rules.ts";
import { pauseRun } from "../../domain/run-pause.ts";
import { hasCommands, providersIn, widestMode } from "../../domain/starting-rights.ts";
import { newId } from "../../platform/new-id.ts";
import type { Catalogue } from "../../provider/discover.ts";
import { wideningPreset } from "../../provider/widening-preset.ts";
import { whyUnfit } from "../../provider/worker-tools.ts";
import type { Asker } from "../../session/asker.ts";
import { checkStarter, refuseCommandsOfAgents } from "../../session/policy/check-starter.ts";
import { plainRequest } from "../../session/spawn-request.ts";
import type { SessionParts } from "../../session/parts.ts";
import { folderFaults, type FolderFaults } from "../../session/workspace/folder-faults.ts";
import type { WorkerWish } from "../spec/run-reader.ts";
import type { DayBudgets } from "../budgets/day-budgets.ts";
import { waitUntil } from "../wait-until.ts";
import type { RunEnvironments } from "./environment.ts";
import { resolveRun, runEnded } from "./run-error.ts";
import type { Scheduler } from "./scheduler.ts";

type Environment = Readonly<Record<string, string>>;

export type RunRequest = Omit<RunWish, "author" | "idempotencyKey"> & {
  /** Environment of the asking command. */
  readonly env: Environment;
};

export interface RunRequestParts extends Pick<
  SessionParts,
  "store" | "now" | "log" | "machine" | "config"
> {
  readonly catalogue: Pick<Catalogue, "all">;
  readonly environments: RunEnvironments;
  readonly budgets: Pick<DayBudgets, "refuse">;
}

interface NamedProvider {
  readonly definitionId: string;
  readonly whyUnfit: (wish: WorkerWish) => string | null;
}

/** Everything that can be asked of the runs of this home. */
export class RunRequests {
  readonly #parts: RunRequestParts;
  readonly #scheduler: Scheduler;

  constructor(parts: RunRequestParts, scheduler: Scheduler) {
    this.#parts = parts;
    this.#scheduler = scheduler;
  }

  resolve(idOrName: string): Promise<Run> {
    return resolveRun(this.#parts.store, idOrName);
  }

  /**
   * Begins a run; the scheduler carries it out from its commit on, whoever still listens. The same
   * idempotency key gives the same run.
   * @throws idempotency_conflict when the key began a run of something else; budget_used_up;
   * policy_blocked for an agent that may start no such workers
   */
  async start({ env, ...wish }: RunRequest, asker: Asker): Promise<Run> {
    const { store, environments, budgets, now } = this.#parts;
    const { idempotencyKey } = asker;
    const before = await store.runs.byIdempotencyKey(idempotencyKey);
    if (before) return same(before, wish);
    await this.#checkStarter(wish, asker);
    await budgets.refuse(`A ${wish.kind} cannot be started today`);
    const id = newId("run", now());
    // a run without its environment could start nothing
    await this.#keepEnvironment(id, wish.envNames, env);
    const author = formatPrincipal(asker.principal);
    const { run, decision } = startRun({ ...wish, author, idempotencyKey }, { id, now: now() });
    try {
      await store.commit(decision);
      return run;
    } catch (thrown) {
      await environments.forget(id);
      // the same request came twice at once
      const other = await store.runs.byIdempotencyKey(idempotencyKey);
      if (other) return same(other, wish);
      throw thrown;
    }
  }

  /** What runs goes on to its end, and nothing is begun. @throws run_ended */
  async pause(idOrName: string, asker: Asker): Promise<Run> {
    const by = formatPrincipal(asker.principal);
    const because = `${by} paused it`;
    return this.#scheduler.change(await this.#idOf(idOrName), ({ run }, { now }) => {
      if (isRunEnd(run.state)) throw runEnded(run);
      return pauseRun(run, { because, by }, now);
    });
  }

  /** @throws run_ended, budget_used_up, policy_blocked as for its start */
  async resume(idOrName: string, env: Environment, asker: Asker): Promise<Run> {
    const by = formatPrincipal(asker.principal);
    const run = await this.resolve(idOrName);
    const { id, envNames, state } = run;
    if (!isRunEnd(state)) await this.#checkStarter(run, asker);
    if (state === "paused") {
      await this.#parts.budgets.refuse(`Run ${id} cannot go on today`);
    }
    // what was lost, or changed meanwhile, comes from whoever resumes it
    if (!isRunEnd(state)) await this.#keepEnvironment(id, envNames, env);
    return this.#scheduler.change(id, ({ run }, { now }) => {
      if (isRunEnd(run.state)) throw runEnded(run);
      if (run.state !== "paused") return nothing;
      return changeRun(run, { state: "running", because: null, by }, now);
    });
  }

  /** Its tasks are cancelled with it, and its sessions end; one that is over stays as it is. */
  async cancel(idOrName: string, because: string | null, asker: Asker): Promise<Run> {
    const by = formatPrincipal(asker.principal);
    return this.#scheduler.change(await this.#idOf(idOrName), (facts, ctx) =>
      isRunEnd(facts.run.state)
        ? nothing
        : cancelRun(facts, { because: because ?? `${by} cancelled it`, by }, ctx),
    );
  }

  /**
   * Failed and cancelled tasks begin anew, and the run with them.
   * @param request.tasks keys or ids; all when empty
   * @throws nothing_to_retry, budget_used_up, policy_blocked as for its start
   */
  async retry(
    idOrName: string,
    request: {
      readonly tasks: readonly string[];
      readonly env: Environment;
      readonly dryRun: boolean;
    },
    asker: Asker,
  ): Promise<{ readonly run: Run; readonly retried: readonly string[] }> {
    const by = formatPrincipal(asker.principal);
    const before = await this.resolve(idOrName);
    const { id, envNames } = before;
    const { tasks, env, dryRun } = request;
    await this.#checkStarter(before, asker);
    await this.#parts.budgets.refuse(`Run ${id} cannot go on today`);
    let again: readonly string[] = [];
    if (!dryRun) await this.#keepEnvironment(id, envNames, env);
    const run = await this.#scheduler.change(id, (facts, ctx) => {
      const keys = tasks.length === 0 ? null : new Set(tasks);
      const { decision, retried } = retryRun(facts, { keys, by }, ctx);
      again = retried;
      if (retried.length > 0) return dryRun ? nothing : decision;
      throw new AgentpoolError("nothing_to_retry", `Run ${id} has no task to try again`, {
        why: "None of these tasks failed or was cancelled.",
        hint: `agentpool run show ${id}`,
        details: { run_id: id },
      });
    });
    return { run, retried: again };
  }

  /** Whose each name of a provider is, and what it says to a worker it is to start. */
  async providers(): Promise<ReadonlyMap<string, NamedProvider>> {
    const { providers } = await this.#parts.catalogue.all();
    return new Map(
      providers.flatMap(({ definition }) => {
        const { id, aliases = [], presets = {} } = definition;
        const known: NamedProvider = {
          definitionId: id,
          whyUnfit: (wish) => whyUnfit(definition, wish),
        };
        return [id, ...aliases, ...Object.keys(presets)].map((name) => [name, known] as const);
      }),
    );
  }

  /** What speaks against work in these folders. */
  async folders(paths: readonly string[]): Promise<ReadonlyMap<string, FolderFaults>> {
    const { machine } = this.#parts;
    const found = new Map<string, FolderFaults>();
    for (const path of new Set(paths)) found.set(path, await folderFaults(machine, path));
    return found;
  }

  /** Resolves when no session of the run lives any more, or the time is over. */
  async settled(runId: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const { store } = this.#parts;
    const author = formatPrincipal({ kind: "run", runId });
    const isOver = async (): Promise<boolean> =>
      !(await store.sessions.live()).some((session) => session.author === author);
    return waitUntil(store, isOver, { timeoutMs, signal });
  }

  /** What would be refused to each of its workers is said before any of it begins. */
  async #checkStarter(
    { spec, repoPath, onEvent }: Pick<RunRequest, "spec" | "repoPath" | "onEvent">,
    asker: Asker,
  ): Promise<void> {
    const { store, config: read, catalogue } = this.#parts;
    const config = await read(repoPath).catch(() => read());
    const option = await wideningPreset(catalogue, providersIn(spec));
    const rights = { mode: widestMode(spec), supervision: plainRequest.supervision, option };
    await checkStarter({ store, config }, asker.principal, rights);
    if (onEvent !== null || hasCommands(spec)) {
      await refuseCommandsOfAgents({ store }, asker.principal);
    }
  }

  async #idOf(idOrName: string): Promise<string> {
    return (await this.resolve(idOrName)).id;
  }

  async #keepEnvironment(id: string, named: readonly string[], env: Environment): Promise<void> {
    const { providers } = await this.#parts.catalogue.all();
    const declared = providers.flatMap(({ definition }) => definition.env);
    await this.#parts.environments.keep(id, env, { declared, named });
  }
}

function same(run: Run, wish: Omit<RunRequest, "env">): Run {
  if (run.kind === wish.kind && JSON.stringify(run.spec) === JSON.stringify(wish.spec)) return run;
  throw new AgentpoolError("idempotency_conflict", "The idempotency key was used before", {
    why: `Another run was begun with it: ${run.id}.`,
    hint: "Give each request a key of its own.",
    details: { run_id: run.id },
  });
}
