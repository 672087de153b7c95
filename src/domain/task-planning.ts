import type { Decision } from "./decision.ts";
import type { NewEvent } from "./event.ts";
import { AgentpoolError } from "./errors.ts";
import type { PlannedTask } from "./run.ts";
import type { Task, TaskHead, TaskLink } from "./task.ts";

/** A task that somebody wants on the board; with a key, others of the same request may name it. */
export type WantedTask = Omit<PlannedTask, "key"> & { readonly key: string | null };

export interface PlanningContext {
  readonly runId: string | null;
  /** Principal, as in `formatPrincipal`. */
  readonly author: string;
  /** Of the first one; a request that is made again finds it by this, and the others by `keyOfMember`. */
  readonly idempotencyKey: string | null;
  readonly now: number;
  readonly newId: () => string;
  /** What is there already, by key and by id: of the run, and what the wanted ones name. */
  readonly known: ReadonlyMap<string, TaskLink>;
  /** Of the graph that was read from. */
  readonly revision: number;
}

/**
 * Puts tasks on the board, all or none. Dependencies are ids, or keys of the same request or run.
 * A key that is known already is left out: a step that was committed is not made a second time.
 * In the order given they are also claimed, among those of equal priority.
 * @throws dependency_unknown, dependency_cycle naming the circle
 */
export function addTasks(
  wanted: readonly WantedTask[],
  context: PlanningContext,
): { readonly decision: Decision; readonly tasks: readonly Task[] } {
  const { known, now, runId } = context;
  const missing = wanted.filter(({ key }) => key === null || !known.has(key));
  checkDependencies(missing, known);
  const ids = missing.map(() => context.newId()).toSorted();
  const idByKey = new Map(missing.flatMap(({ key }, i) => (key === null ? [] : [[key, ids[i]]])));
  const tasks = missing.map((want, i): Task => {
    const dependsOn = [
      ...new Set(want.dependsOn.map((name) => idByKey.get(name) ?? known.get(name)?.id ?? name)),
    ];
    const others = want.dependsOn.flatMap((name) => known.get(name) ?? []);
    const waits = dependsOn.length > 0 && !others.every(({ state }) => state === "completed");
    const isBlocked = waits || want.dependsOn.some((name) => idByKey.has(name));
    return {
      id: ids[i] ?? "",
      runId,
      key: want.key,
      title: want.title,
      body: want.body,
      priority: want.priority,
      tags: [...new Set(want.tags)],
      requires: want.requires,
      dependsOn,
      state: isBlocked ? "blocked" : "pending",
      because: null,
      execution: want.execution,
      claim: null,
      pastClaim: null,
      attempt: 0,
      maxAttempts: want.maxAttempts,
      notBefore: null,
      result: null,
      error: null,
      artifacts: [],
      author: context.author,
      idempotencyKey: keyOfMember(context.idempotencyKey, i),
      createdAt: now,
      updatedAt: now,
      endedAt: null,
    };
  });
  const byId = new Map([...known.values()].map((link) => [link.id, link]));
  const settled = withCauses(tasks, byId);
  return {
    decision: {
      guards: settled.some(({ dependsOn }) => dependsOn.length > 0)
        ? [{ noun: "token", of: "graph", last: context.revision }]
        : [],
      writes: settled.map((insert) => ({ noun: "task", insert })),
      events: settled.map((task) => added(task, now)),
    },
    tasks: settled,
  };
}

/** The idempotency key of one of the tasks that a request adds. */
export function keyOfMember(requestKey: string | null, at: number): string | null {
  return requestKey === null || at === 0 ? requestKey : `${requestKey}#${at}`;
}

/** Why a task cannot go on as things are: the first of what it waits for that never ends well. */
export function causeOf(
  { dependsOn }: Pick<TaskHead, "dependsOn">,
  others: ReadonlyMap<string, TaskLink>,
): string | null {
  for (const id of dependsOn) {
    const other = others.get(id);
    if (other?.state === "failed") return reason(`${id} failed`, other.because);
    if (other?.state === "cancelled") return reason(`${id} was cancelled`, other.because);
    if (other?.state === "blocked" && other.because !== null) return other.because;
  }
  return null;
}

/** Reasons are told along the whole chain of those that wait, so each is kept short. */
function reason(what: string, because: string | null): string {
  return because === null || because === "" ? what : `${what}: ${because.slice(0, 300)}`;
}

/**
 * Dependencies of what is there already hold no circle, and nothing there can come to depend on
 * what is new: so a circle lies within the request.
 */
function checkDependencies(
  wanted: readonly WantedTask[],
  known: ReadonlyMap<string, TaskLink>,
): void {
  const byKey = new Map<string, WantedTask>();
  for (const want of wanted) {
    if (want.key === null) continue;
    if (byKey.has(want.key)) {
      throw new AgentpoolError("invalid_input", `Two tasks have the key ${want.key}`, {
        why: "A key names one task of a request or run.",
        details: { key: want.key },
      });
    }
    byKey.set(want.key, want);
  }
  for (const want of wanted) {
    for (const name of want.dependsOn) {
      if (byKey.has(name) || known.has(name)) continue;
      throw new AgentpoolError("dependency_unknown", `No task "${name}" to depend on`, {
        why: `"${want.key ?? want.title}" names it, and nothing was added.`,
        hint: "See which there are: agentpool task list",
        details: { task: want.key ?? want.title, dependency: name },
      });
    }
  }
  const circle = findCircle(byKey);
  if (!circle) return;
  throw new AgentpoolError("dependency_cycle", `Tasks wait for each other: ${circle.join(" → ")}`, {
    why: "None of them could ever begin, and nothing was added.",
    hint: "Leave one of these dependencies out.",
    details: { cycle: circle },
  });
}

/** The keys of a circle, from one of them back to it; iterative, chains may be thousands long. */
function findCircle(byKey: ReadonlyMap<string, WantedTask>): readonly string[] | undefined {
  const done = new Set<string>();
  for (const start of byKey.keys()) {
    const path: { readonly key: string; next: number }[] = [];
    const onPath = new Set<string>();
    const enter = (key: string): void => {
      path.push({ key, next: 0 });
      onPath.add(key);
    };
    if (!done.has(start)) enter(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const name = byKey.get(top.key)?.dependsOn[top.next++];
      if (name === undefined) {
        done.add(top.key);
        onPath.delete(top.key);
        path.pop();
      } else if (onPath.has(name)) {
        const keys = path.map(({ key }) => key);
        return [...keys.slice(keys.indexOf(name)), name];
      } else if (byKey.has(name) && !done.has(name)) enter(name);
    }
  }
  return undefined;
}

/** What is blocked by something that failed before is told so from the start. */
function withCauses(tasks: readonly Task[], byId: ReadonlyMap<string, TaskLink>): readonly Task[] {
  const others = new Map<string, TaskLink>([
    ...byId,
    ...tasks.map((task) => [task.id, task] as const),
  ]);
  const caused = new Map<string, string>();
  for (const link of inOrder(tasks)) {
    const because = causeOf(link, others);
    if (because === null) continue;
    caused.set(link.id, because);
    others.set(link.id, { ...link, because });
  }
  return tasks.map((task) => ({ ...task, because: caused.get(task.id) ?? null }));
}

/** Each after those of the same list that it waits for; iterative. */
export function inOrder<T extends Pick<TaskHead, "id" | "dependsOn">>(links: readonly T[]): T[] {
  const byId = new Map(links.map((link) => [link.id, link]));
  const left = new Map<string, number>();
  const dependants = new Map<string, T[]>();
  for (const link of links) {
    const within = link.dependsOn.filter((id) => byId.has(id));
    left.set(link.id, within.length);
    for (const id of within) {
      const list = dependants.get(id);
      if (list) list.push(link);
      else dependants.set(id, [link]);
    }
  }
  const order = links.filter(({ id }) => left.get(id) === 0);
  // grows while it is walked
  for (const link of order) {
    for (const dependant of dependants.get(link.id) ?? []) {
      const rest = (left.get(dependant.id) ?? 0) - 1;
      left.set(dependant.id, rest);
      if (rest === 0) order.push(dependant);
    }
  }
  return order;
}

function added({ id, runId, title, state, author }: Task, at: number): NewEvent {
  return {
    sessionId: null,
    runId,
    at,
    body: {
      type: "task_added",
      task_id: id,
      title: title.slice(0, 200),
      state: state === "blocked" ? "blocked" : "pending",
      by: author,
    },
  };
}
