import type { Approval } from "../../../src/domain/approval.ts";
import type {
  PlannedApproval,
  PlannedTask,
  Run,
  RunFacts,
  RunKind,
  RunStep,
} from "../../../src/domain/run.ts";
import { endTaskStates, type Task } from "../../../src/domain/task.ts";

export const t0 = 1_750_000_000_000;

/** What a run wants is done to facts alone, as the scheduler and the store would do it. */
export class SimulatedRun {
  readonly kind: RunKind;
  run: Run;
  tasks = new Map<string, Task>();
  approvals = new Map<string, Approval>();
  readonly asked: RunStep[] = [];
  now = t0;
  #ids = 0;

  constructor(kind: RunKind, spec: unknown, run: Partial<Run> = {}) {
    this.kind = kind;
    this.run = { ...blankRun, kind: kind.name, spec, ...run };
  }

  /** What another process would read: nothing but values. */
  facts(): RunFacts {
    return structuredClone({ run: this.run, tasks: this.tasks, approvals: this.approvals });
  }

  /** Asks until nothing new is wanted; throws when a thing is wanted twice. */
  settle(): RunStep {
    for (let round = 0; round < 50; round++) {
      const step = this.ask();
      this.apply(step);
      if (this.isEnded || !wantsMore(step)) return step;
    }
    throw new Error("the run kind wants something for ever");
  }

  ask(): RunStep {
    const step = this.kind.next(this.facts());
    const again = this.kind.next(this.facts());
    if (JSON.stringify(step) !== JSON.stringify(again)) {
      throw new Error("the same facts gave two answers");
    }
    this.asked.push(step);
    return step;
  }

  apply(step: RunStep): void {
    this.now += 1;
    if (this.isEnded) throw new Error("asked after its end");
    const keys = [...step.tasks, ...step.approvals].map(({ key }) => key);
    if (new Set(keys).size < keys.length) throw new Error(`one key twice: ${keys.join(", ")}`);
    for (const task of step.tasks) {
      if (this.tasks.has(task.key)) throw new Error(`task ${task.key} is wanted a second time`);
      this.tasks.set(task.key, this.#record(task));
    }
    for (const approval of step.approvals) {
      if (this.approvals.has(approval.key)) throw new Error(`${approval.key} is asked twice`);
      this.approvals.set(approval.key, this.#request(approval));
    }
    for (const { key, because } of step.cancel) {
      if (isOver(this.task(key))) throw new Error(`${key} is cancelled after its end`);
      this.set(key, { state: "cancelled", because });
    }
    for (const { key, approve, by, comment } of step.verdicts ?? []) {
      const approval = this.approvals.get(key);
      if (approval?.state !== "pending") throw new Error(`${key} is decided twice`);
      const decidedBy =
        by.kind === "policy"
          ? `policy:${by.rule}`
          : (this.task(by.taskKey).claim?.holder ?? "run:rn_1");
      if (decidedBy === approval.requestedBy) throw new Error(`${decidedBy} decides its own wish`);
      this.decide(key, approve, comment, decidedBy);
    }
    if (step.end) {
      const open = [...this.tasks.values()].filter((task) => !isOver(task));
      if (open.length > 0) throw new Error(`it ends while ${open.length} tasks are open`);
      this.run = { ...this.run, ...step.end, endedAt: this.now };
    }
    this.#unblock();
  }

  get isEnded(): boolean {
    return this.run.endedAt !== null;
  }

  task(key: string): Task {
    const task = this.tasks.get(key);
    if (!task) throw new Error(`no task ${key}; there are ${[...this.tasks.keys()].join(", ")}`);
    return task;
  }

  set(key: string, update: Partial<Task>): void {
    const task = { ...this.task(key), ...update };
    const endedAt = isOver(task) ? this.now : null;
    this.tasks.set(key, { ...task, endedAt, updatedAt: this.now });
  }

  complete(key: string, result: string): void {
    const holder = `session:ap_${key}`;
    this.set(key, {
      state: "completed",
      result,
      claim: {
        holder,
        token: ++this.#ids,
        expiresAt: this.now,
        sessionId: holder.slice("session:".length),
        claimedAt: this.now,
        ttlMs: 120_000,
      },
    });
    this.#unblock();
  }

  fail(key: string, error: string): void {
    this.set(key, { state: "failed", error });
    this.#unblock();
  }

  decide(key: string, approve: boolean, comment: string | null = null, by = "person"): void {
    const approval = this.approvals.get(key);
    if (!approval) throw new Error(`no approval ${key}`);
    this.approvals.set(key, {
      ...approval,
      state: approve ? "approved" : "rejected",
      decidedBy: by,
      comment,
      decidedAt: this.now,
    });
  }

  expire(key: string): void {
    const approval = this.approvals.get(key);
    if (approval) this.approvals.set(key, { ...approval, state: "expired" });
  }

  /** Keys of tasks somebody could work on. */
  claimable(): string[] {
    return [...this.tasks].filter(([, { state }]) => state === "pending").map(([key]) => key);
  }

  #record(planned: PlannedTask): Task {
    const { key, dependsOn, refused, ...rest } = planned;
    const refusal: Partial<Task> =
      refused === undefined
        ? {}
        : { state: "failed", error: refused, because: refused, endedAt: this.now };
    return {
      ...blankTask,
      ...rest,
      id: `tk_${++this.#ids}`,
      key,
      dependsOn: dependsOn.map((one) => this.tasks.get(one)?.id ?? `tk_of_${one}`),
      createdAt: this.now,
      updatedAt: this.now,
      ...refusal,
    };
  }

  #request({ key, kind, subject, body, requestedBy, timeoutMs }: PlannedApproval): Approval {
    return {
      id: `av_${++this.#ids}`,
      kind,
      runId: this.run.id,
      key,
      taskId: null,
      sessionId: null,
      subject,
      body,
      requestedBy,
      state: "pending",
      decidedBy: null,
      comment: null,
      createdAt: this.now,
      expiresAt: this.now + timeoutMs,
      decidedAt: null,
      idempotencyKey: null,
    };
  }

  /** Dependants wait, may begin, or are blocked with the reason. */
  #unblock(): void {
    const byId = new Map([...this.tasks.values()].map((task) => [task.id, task]));
    for (const [key, task] of this.tasks) {
      if (task.state !== "pending" && task.state !== "blocked") continue;
      const before = task.dependsOn.map((id) => byId.get(id));
      const lost = before.find((one) => one && ["failed", "cancelled"].includes(one.state));
      const waits = before.some((one) => one?.state !== "completed");
      const because = lost ? `${lost.title} ${lost.state}` : waits ? "waits" : null;
      this.tasks.set(key, { ...task, state: waits ? "blocked" : "pending", because });
    }
  }
}

export function isOver({ state }: Task): boolean {
  return (endTaskStates as readonly string[]).includes(state);
}

function wantsMore(step: RunStep): boolean {
  return [step.tasks, step.approvals, step.cancel, step.verdicts ?? []].some(
    ({ length }) => length > 0,
  );
}

const blankRun: Run = {
  id: "rn_1",
  name: null,
  kind: "pool",
  state: "running",
  because: null,
  spec: null,
  limits: { concurrency: 4, timeoutMs: null, tokens: null, usd: null, minutes: null },
  failFast: false,
  repoPath: "/repo",
  onEvent: null,
  envNames: [],
  output: null,
  author: "person",
  idempotencyKey: null,
  createdAt: t0,
  startedAt: t0,
  updatedAt: t0,
  endedAt: null,
};

const blankTask: Task = {
  id: "",
  runId: "rn_1",
  key: null,
  title: "",
  body: "",
  priority: 0,
  tags: [],
  requires: { providerId: null, model: null, role: null },
  dependsOn: [],
  state: "pending",
  because: null,
  execution: null,
  claim: null,
  attempt: 0,
  maxAttempts: 3,
  notBefore: null,
  result: null,
  error: null,
  artifacts: [],
  author: "run:rn_1",
  idempotencyKey: null,
  createdAt: t0,
  updatedAt: t0,
  endedAt: null,
};
