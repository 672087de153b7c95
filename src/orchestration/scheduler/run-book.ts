import type { Approval } from "../../domain/approval.ts";
import type { Event } from "../../domain/event.ts";
import type { Run, RunFacts } from "../../domain/run.ts";
import type { Task } from "../../domain/task.ts";
import type { Store } from "../../store/store.ts";

interface Page {
  run: Run;
  readonly tasks: Map<string, Task>;
  readonly approvals: Map<string, Approval>;
}

type BookStore = Pick<Store, "runs" | "tasks" | "approvals">;

/**
 * All runs that are not over, with their tasks and approvals, as the store has them: read whole
 * once, and afterwards only what commits changed, so that a run of thousands costs what happens in it.
 */
export class RunBook {
  readonly #store: BookStore;
  readonly #pages = new Map<string, Page>();
  readonly #changedTasks = new Set<string>();
  readonly #changedApprovals = new Set<string>();
  readonly #changedRuns = new Set<string>();
  #isRead = false;

  constructor(store: BookStore) {
    this.#store = store;
  }

  /** Takes in what a commit changed. Returns whether it was about a run. */
  heard(events: readonly Event[]): boolean {
    let isAbout = false;
    for (const { runId, body } of events) {
      if (runId === null || runId === undefined) continue;
      isAbout = true;
      if ("task_id" in body && typeof body.task_id === "string")
        this.#changedTasks.add(body.task_id);
      if ("approval_id" in body) this.#changedApprovals.add(body.approval_id);
      if ("run_id" in body) this.#changedRuns.add(runId);
    }
    return isAbout;
  }

  /** The task may have changed without an event; ids of anything else change nothing. */
  touch(taskId: string): void {
    this.#changedTasks.add(taskId);
  }

  /** The run was not as it is written here. */
  distrust(runId: string): void {
    this.#pages.delete(runId);
    this.#isRead = false;
  }

  /** A run that this process changed, with no event to tell of it. */
  put(run: Run): void {
    const page = this.#pages.get(run.id);
    if (page) page.run = run;
  }

  /** Brings it up to the last commit. */
  async refresh(): Promise<void> {
    const runs = [...this.#changedRuns];
    const tasks = [...this.#changedTasks];
    const approvals = [...this.#changedApprovals];
    this.#changedRuns.clear();
    this.#changedApprovals.clear();
    this.#changedTasks.clear();
    if (!this.#isRead) {
      this.#isRead = true;
      for (const run of await this.#store.runs.open()) {
        if (!this.#pages.has(run.id)) this.#pages.set(run.id, await this.#read(run));
      }
    }
    for (const id of runs) await this.#refreshRun(id);
    for (const task of await this.#store.tasks.byIds(tasks)) this.#putTask(task);
    for (const id of approvals) {
      const approval = await this.#store.approvals.get(id);
      if (approval) this.#putApproval(approval);
    }
  }

  get facts(): readonly RunFacts[] {
    return [...this.#pages.values()];
  }

  of(runId: string): RunFacts | undefined {
    return this.#pages.get(runId);
  }

  async #refreshRun(id: string): Promise<void> {
    const run = await this.#store.runs.get(id);
    if (!run || run.endedAt !== null) this.#pages.delete(id);
    else if (this.#pages.has(id)) this.put(run);
    else this.#pages.set(id, await this.#read(run));
  }

  async #read(run: Run): Promise<Page> {
    const page: Page = {
      run,
      tasks: new Map(),
      approvals: new Map(),
    };
    for (const task of await this.#store.tasks.ofRun(run.id)) put(page, task);
    for (const approval of await this.#store.approvals.ofRun(run.id)) {
      page.approvals.set(approval.key ?? approval.id, approval);
    }
    return page;
  }

  #putTask(task: Task): void {
    const page = task.runId === null ? undefined : this.#pages.get(task.runId);
    if (page) put(page, task);
  }

  #putApproval(approval: Approval): void {
    const page = approval.runId === null ? undefined : this.#pages.get(approval.runId);
    page?.approvals.set(approval.key ?? approval.id, approval);
  }
}

/** Facts of any run, read anew; a task without a key stands under its id. */
export async function readFacts(store: BookStore, run: Run): Promise<RunFacts> {
  const tasks = await store.tasks.ofRun(run.id);
  const approvals = await store.approvals.ofRun(run.id);
  return {
    run,
    tasks: new Map(tasks.map((task) => [task.key ?? task.id, task])),
    approvals: new Map(approvals.map((approval) => [approval.key ?? approval.id, approval])),
  };
}

function put(page: Page, task: Task): void {
  page.tasks.set(task.key ?? task.id, task);
}
