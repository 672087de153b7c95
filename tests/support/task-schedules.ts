import {
  type Claim,
  isTaskEnd,
  nobodyWaits,
  type Task,
  type Waiting,
} from "../../src/domain/task.ts";
import * as attempts from "../../src/domain/attempt-end-rules.ts";
import * as claims from "../../src/domain/claim-rules.ts";
import { sweep } from "../../src/domain/claim-sweep.ts";
import * as rules from "../../src/domain/task-rules.ts";
import { anybody, TaskBook, want } from "./task-book.ts";

/** What one schedule came to; all that may not be is counted, and has to be 0. */
export interface ScheduleOutcome {
  readonly tasks: number;
  readonly completions: number;
  /** Decisions that were refused because something came between. */
  readonly refused: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly stale: readonly string[];
}

interface Worker {
  readonly name: string;
  /** Null for somebody outside, whose claims expire by the clock alone. */
  readonly sessionId: string | null;
  alive: boolean;
  /** What it believes to have; it does not notice when that is over. */
  readonly has: { readonly id: string; readonly token: number }[];
}

/** A decision made from what was read, and not committed yet. */
interface InFlight {
  readonly decision: Parameters<TaskBook["apply"]>[0];
  readonly landed: () => void;
}

/**
 * Plays one schedule: workers claim, work, crash and come too late, clocks jump, supervisors decide
 * from what they read some time ago. Everything that happens is drawn from the seed.
 */
export function playSchedule(seed: number): ScheduleOutcome {
  const random = randomFrom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
  const book = new TaskBook();
  const accepted = new Map<string, number>();
  const stale: string[] = [];
  const doubled: string[] = [];
  /** The newest claim ever given on each task. */
  const newest = new Map<string, number>();
  let now = 1_000_000_000;
  let refused = 0;
  let made = 0;
  const workers: Worker[] = [];
  const flying: InFlight[] = [];

  const hire = (): void => {
    const name = `w${workers.length}`;
    const sessionId = random() < 0.6 ? `ap_${name}` : null;
    workers.push({ name, sessionId, alive: true, has: [] });
  };
  const isLive = (id: string): boolean =>
    workers.some(({ sessionId, alive }) => alive && sessionId === id);
  const commit = ({ decision, landed }: InFlight): void => {
    if (book.apply(decision)) landed();
    else refused += 1;
  };
  /** Now, or after others have written: what was read may be old by then. */
  const submit = (one: InFlight): void => {
    if (random() < 0.6) commit(one);
    else flying.push(one);
  };
  const heldBy = ({
    id,
    token,
  }: {
    readonly id: string;
    readonly token: number;
  }): Task | undefined => {
    const task = book.get(id);
    return task.state === "claimed" && task.claim?.token === token ? task : undefined;
  };
  const waitingFor = (task: Task): Waiting =>
    attempts.isLastAttempt(task) ? book.waitingFor(task.id) : nobodyWaits;
  const drop = (worker: Worker, token: number): void => {
    const at = worker.has.findIndex((one) => one.token === token);
    if (at >= 0) worker.has.splice(at, 1);
  };

  const acts: Readonly<Record<string, () => void>> = {
    add: () => {
      if (made >= 25) return;
      const ids = [...book.tasks.keys()];
      const dependsOn = Array.from({ length: below(3) }, () => pick(ids) ?? "").filter(
        (id) => id !== "",
      );
      book.add([want({ dependsOn, priority: below(3), maxAttempts: 1 + below(3) })], now);
      made += 1;
    },
    claim: () => {
      const worker = pick(workers.filter(({ alive }) => alive));
      const task = worker && book.next(anybody, now);
      if (!worker || !task) return;
      const holder = worker.sessionId ? `session:${worker.sessionId}` : `agent:${worker.name}`;
      const wish = { holder, sessionId: worker.sessionId, ttlMs: 60_000, requestKey: null };
      const given = claims.claim(task, wish, { now, lastToken: book.lastToken });
      submit({
        decision: given.decision,
        landed: () => {
          const before = newest.get(task.id) ?? 0;
          if (given.claim.token <= before) doubled.push(`${task.id}: token ${given.claim.token}`);
          newest.set(task.id, given.claim.token);
          worker.has.push({ id: task.id, token: given.claim.token });
        },
      });
    },
    complete: () => {
      const { worker, held, task } = someWork();
      if (!worker || !held) return;
      // whoever has lost it is refused before anything is decided
      if (!task) return drop(worker, held.token);
      submit({
        decision: attempts.complete(task, {
          result: "done",
          artifacts: [],
          freed: book.waitingForAlone(task.id),
          now,
        }),
        landed: () => {
          drop(worker, held.token);
          accepted.set(task.id, (accepted.get(task.id) ?? 0) + 1);
          if (newest.get(task.id) !== held.token) stale.push(`${task.id}: ${held.token}`);
        },
      });
    },
    fail: () => {
      const { worker, held, task } = someWork();
      if (!worker || !held || !task) return;
      submit({
        decision: attempts.failAttempt(task, {
          error: "no",
          jitter: random(),
          waiting: waitingFor(task),
          now,
        }),
        landed: () => drop(worker, held.token),
      });
    },
    release: () => {
      const { worker, held, task } = someWork();
      if (!worker || !held || !task) return;
      submit({
        decision: claims.release(task, "not mine", now),
        landed: () => drop(worker, held.token),
      });
    },
    renew: () => {
      const { held, task } = someWork();
      if (!held || !task?.claim) return;
      submit({
        decision: claims.renew({ id: task.id, claim: task.claim }, null, now),
        landed: () => undefined,
      });
    },
    crash: () => {
      const worker = pick(workers);
      if (worker) worker.alive = false;
      hire();
    },
    time: () => {
      now += below(40_000);
    },
    jump: () => {
      now += random() < 0.5 ? 3_600_000 : -3_600_000;
    },
    sweep: () => {
      const isAwake = random() < 0.8;
      const found = sweep(book.claims(), { now, isLive, isAwake });
      const at = now;
      for (const id of found.renew) {
        const { claim } = book.get(id);
        if (claim)
          submit({ decision: claims.renew({ id, claim }, null, at), landed: () => undefined });
      }
      for (const { id, because } of found.lost) {
        const task = book.get(id);
        const waiting = waitingFor(task);
        submit({
          decision: attempts.lose(task, { because, waiting, now: at }),
          landed: () => undefined,
        });
      }
    },
    land: () => {
      const one = flying.splice(below(flying.length), 1)[0];
      if (one) commit(one);
    },
    cancel: () => {
      const task = pick([...book.tasks.values()].filter(({ state }) => !isTaskEnd(state)));
      if (!task || random() < 0.7) return;
      const waiting = book.waitingFor(task.id);
      submit({
        decision: rules.cancel(task, { because: "unwanted", by: "person", waiting, now }),
        landed: () => undefined,
      });
    },
    retry: () => {
      const task = pick(
        [...book.tasks.values()].filter(({ state }) => state === "failed" || state === "cancelled"),
      );
      if (!task) return;
      const [unmet, waiting] = [book.unmet(task), book.waitingFor(task.id)];
      submit({
        decision: rules.retry(task, { by: "person", unmet, waiting, now }),
        landed: () => undefined,
      });
    },
  };

  /** Something a worker believes to have, and the task where it still has it. */
  function someWork(): {
    worker?: Worker;
    held?: { readonly id: string; readonly token: number };
    task?: Task | undefined;
  } {
    // one that lost its claim and does not know it works on, and so does a dead session's last call
    const worker = pick(workers.filter(({ has }) => has.length > 0));
    const held = worker && pick(worker.has);
    return worker && held ? { worker, held, task: heldBy(held) } : {};
  }

  hire();
  hire();
  hire();
  const names = Object.keys(acts);
  for (let step = 0; step < 150; step++) acts[pick(names) ?? "add"]?.();

  // then the storm is over: what is left is done by one who is faithful
  while (flying.length > 0) acts["land"]?.();
  for (const worker of workers) worker.alive = false;
  for (let rounds = 0; rounds < 400; rounds++) {
    now += 700_000;
    const found = sweep(book.claims(), { now, isLive, isAwake: true });
    for (const { id, because } of found.lost) {
      const task = book.get(id);
      book.apply(attempts.lose(task, { because, waiting: waitingFor(task), now }));
    }
    const task = book.next(anybody, now);
    const open = [...book.tasks.values()].some(({ state }) => state === "pending");
    if (!open && book.claims().length === 0) break;
    if (!task) continue;
    const wish = { holder: "agent:last", sessionId: null, ttlMs: 60_000, requestKey: null };
    const given = claims.claim(task, wish, { now, lastToken: book.lastToken });
    if (!book.apply(given.decision)) break;
    const freed = book.waitingForAlone(task.id);
    const result = { result: "done", artifacts: [], freed, now };
    if (book.apply(attempts.complete(book.get(task.id), result))) {
      accepted.set(task.id, (accepted.get(task.id) ?? 0) + 1);
    }
  }

  for (const [id, times] of accepted) if (times > 1) doubled.push(`${id}: ${times} completions`);
  return {
    tasks: book.tasks.size,
    completions: accepted.size,
    refused,
    lost: [...book.tasks.values()].filter((task) => isLost(task, book)).map(describe),
    doubled,
    stale,
  };
}

/** In the end a task has ended, or waits for one that failed and says so. */
function isLost(task: Task, book: TaskBook): boolean {
  if (isTaskEnd(task.state)) return false;
  const unmet = book.unmet(task);
  return task.state !== "blocked" || unmet.length === 0 || task.because === null;
}

function describe({ id, state, because, claim }: Task): string {
  const held: Claim | null = claim;
  return `${id} is ${state} (${because ?? "no reason"}), held by ${held?.holder ?? "nobody"}`;
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 4_294_967_296;
  };
}
