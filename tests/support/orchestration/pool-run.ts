import type { Run, RunLimits } from "../../../src/domain/run.ts";
import type { Task } from "../../../src/domain/task.ts";
import type { App } from "../../../src/operations/app.ts";
import type { StartRunRequest } from "../../../src/operations/run/service.ts";
import type { PoolSpec, PoolTask } from "../../../src/orchestration/kinds/pool.ts";
import type { WorkerSpec } from "../../../src/orchestration/kinds/worker.ts";
import { person } from "../../../src/domain/principal.ts";
import { askingEnv, type TestHome } from "../home.ts";
import { waitFor } from "../wait.ts";

export interface PoolOptions extends Partial<
  Pick<StartRunRequest, "failFast" | "onEvent" | "name">
> {
  readonly limits?: Partial<RunLimits>;
  readonly worker?: Partial<WorkerSpec>;
  readonly task?: Partial<PoolTask>;
  readonly key?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A pool with one task for each body, which may be a whole task of its own. */
export async function startPool(
  { app, folder }: Pick<TestHome, "app" | "folder">,
  bodies: readonly (string | Partial<PoolTask>)[],
  options: PoolOptions = {},
): Promise<Run> {
  const worker: WorkerSpec = {
    providerId: "fake",
    model: null,
    effort: null,
    profile: null,
    systemPrompt: null,
    mode: "read_only",
    repoPath: folder,
    timeoutMs: null,
    ...options.worker,
  };
  const tasks = bodies.map((body, index): PoolTask => ({
    title: `task ${index + 1}`,
    body: typeof body === "string" ? body : "",
    priority: 0,
    tags: [],
    maxAttempts: 1,
    worker,
    ...options.task,
    ...(typeof body === "string" ? {} : body),
  }));
  const spec: PoolSpec = { tasks };
  return app.runs.start(
    {
      name: options.name ?? null,
      kind: "pool",
      spec,
      limits: {
        concurrency: 4,
        timeoutMs: null,
        tokens: null,
        usd: null,
        minutes: null,
        ...options.limits,
      },
      failFast: options.failFast ?? false,
      repoPath: folder,
      onEvent: options.onEvent ?? null,
      envNames: [],
      env: options.env ?? askingEnv(),
    },
    {
      principal: person,
      idempotencyKey: options.key ?? crypto.randomUUID(),
      signal: new AbortController().signal,
    },
  );
}

export async function runOver(
  { app }: { readonly app: App },
  runId: string,
  timeoutMs = 60_000,
): Promise<Run> {
  return waitFor(
    async () => {
      const run = await app.store.runs.get(runId);
      return run?.endedAt == null ? undefined : run;
    },
    { timeoutMs, what: "the end of the run" },
  );
}

/** The tasks of a run by their keys. */
export async function tasksOf({ app }: { readonly app: App }, runId: string): Promise<Task[]> {
  const tasks = await app.store.tasks.ofRun(runId);
  return tasks.toSorted((a, b) => ((a.key ?? "") < (b.key ?? "") ? -1 : 1));
}

/** Sessions that were started for tasks of a run, oldest first. */
export async function sessionsOf({ app }: { readonly app: App }, runId: string) {
  const found = await app.store.sessions.list({ author: `run:${runId}`, limit: 1000, offset: 0 });
  return found.sessions.toReversed();
}
