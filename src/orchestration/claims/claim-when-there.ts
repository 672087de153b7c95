import type { Claimant, Task } from "../../domain/task.ts";
import type { ClaimWish } from "../../domain/claim-rules.ts";
import { Bell } from "../../platform/bell.ts";
import { elapsedMs } from "../../platform/clock.ts";
import type { ClaimParts, Claims } from "./claims.ts";

/** What may have brought work to somebody who waits for it. */
const bringWork: readonly string[] = [
  "task_added",
  "task_unblocked",
  "task_released",
  "task_retried",
];

/**
 * The next task that suits, as soon as there is one; null when the time is over first. Woken by
 * commits and by the end of pauses, in the order in which they began to wait.
 */
export async function claimWhenThere(
  claims: Pick<Claims, "claimNext" | "leftToOthers">,
  claimant: Claimant,
  {
    wish,
    waitMs,
    signal,
    store,
    now,
  }: Pick<ClaimParts, "store" | "now"> & {
    readonly wish: ClaimWish;
    readonly waitMs: number;
    readonly signal: AbortSignal;
  },
): Promise<Task | null> {
  const first = await claims.claimNext(claimant, wish, signal);
  if (first || waitMs <= 0) return first ?? null;
  const bell = new Bell();
  const stop = store.onCommit((events) => {
    if (events.some(({ body }) => bringWork.includes(body.type))) bell.ring();
  });
  const until = elapsedMs() + waitMs;
  try {
    for (;;) {
      // what was given to somebody who went away meanwhile would lie there until it expires
      const task = await claims.claimNext(claimant, wish, signal);
      if (task) return task;
      const left = until - elapsedMs();
      if (left <= 0) return null;
      const ends = [
        await store.tasks.nextPauseEnd(now()),
        (await claims.leftToOthers(claimant, wish))?.until ?? null,
      ];
      const pauses = ends.flatMap((end) => (end === null ? [] : Math.max(1, end - now())));
      await bell.wait(Math.min(left, ...pauses), signal);
    }
  } finally {
    stop();
  }
}
