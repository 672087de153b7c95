import { isObject } from "../../domain/json/json-schema.ts";
import type { PoolTask } from "../kinds/pool.ts";
import type { RunReader } from "./run-reader.ts";

/**
 * The tasks of a pool that idle sessions of it may do, where the pool says so: all but those that
 * say otherwise. Those that need a session of their own are told of, since nobody would notice.
 */
export function withReuse(
  reader: RunReader,
  values: Readonly<Record<string, unknown>>,
  tasks: readonly PoolTask[],
): PoolTask[] {
  const isWanted = reader.context.reuseSessions ?? values["reuse_sessions"] === true;
  if (!isWanted) return [...tasks];
  const listed = (values["tasks"] ?? []) as readonly unknown[];
  const own = { worktree: 0, toolset: 0 };
  const reused = tasks.map((task, index): PoolTask => {
    const entry = listed[index];
    const { worker } = task;
    if ("refused" in worker || (isObject(entry) && entry["reuse"] === false)) return task;
    if (worker.mode === "worktree") own.worktree += 1;
    else if (worker.toolset !== undefined) own.toolset += 1;
    else return { ...task, worker: { ...worker, reuse: true } };
    return task;
  });
  const warn = (count: number, why: string): void => {
    if (count === 0) return;
    const which = count === tasks.length ? "every task" : `${count} of ${tasks.length} tasks`;
    reader.warn(["reuse_sessions"], `leaves ${which} in a session of its own: ${why}`);
  };
  warn(own.worktree, "so is its worktree (not with isolation read_only or shared)");
  warn(own.toolset, "so are the tools of its profile");
  return reused;
}
