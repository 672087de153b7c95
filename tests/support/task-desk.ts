import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Task } from "../../src/domain/task.ts";
import type { ClaimWish } from "../../src/domain/claim-rules.ts";
import type { Session } from "../../src/domain/session.ts";
import { Board } from "../../src/orchestration/board/board.ts";
import { TaskRequests } from "../../src/orchestration/board/task-requests.ts";
import { TaskSteps } from "../../src/orchestration/board/task-steps.ts";
import { ClaimRequests } from "../../src/orchestration/claims/claim-requests.ts";
import type { ClaimRequestOptions } from "../../src/orchestration/claims/claim-requests.ts";
import { Claims } from "../../src/orchestration/claims/claims.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { decide } from "./records.ts";
import { makeSession } from "./session.ts";
import { tempFolder } from "./temp-folder.ts";

export const never: AbortSignal = new AbortController().signal;
export const me = { runId: null, author: "person", idempotencyKey: null };
export const minute = 60_000;

/** Board and claims over a store of their own, with clocks that stand still. */
export async function openDesk(options: ClaimRequestOptions = {}) {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: 0 });
  onTestFinished(() => store.close());
  const clock = { now: 1_000_000, elapsed: 0 };
  const parts = { store, log: () => undefined, now: () => clock.now };
  const steps = new TaskSteps(store);
  const start = async (): Promise<Claims> => {
    const claims = new Claims(parts, steps, { elapsed: () => clock.elapsed });
    onTestFinished(() => claims.close());
    await claims.open();
    return claims;
  };
  const board = new Board(parts, steps);
  const claims = await start();
  const pass = (ms: number): void => {
    clock.now += ms;
    clock.elapsed += ms;
  };
  const requests = new TaskRequests(parts, board, options);
  const claimRequests = new ClaimRequests(parts, claims, options);
  return { store, clock, pass, start, board, claims, requests, claimRequests };
}

let asked = 0;
export function wish(more: Partial<ClaimWish> = {}): ClaimWish {
  const requestKey = `key ${++asked}`;
  return { holder: "agent:me", sessionId: null, ttlMs: minute, requestKey, ...more };
}

export async function addSession(store: Store, fields: Partial<Session>): Promise<Session> {
  const session = makeSession(fields);
  await store.commit(decide({ writes: [{ noun: "session", insert: session }] }));
  return session;
}

export const tokenOf = (task: Task | undefined): number => task?.claim?.token ?? 0;
