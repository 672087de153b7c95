import { expect, test } from "vitest";
import { attemptKey } from "../../../src/domain/attempt-key.ts";
import type { Delivery } from "../../../src/domain/delivery.ts";
import type { Run, RunFacts } from "../../../src/domain/run.ts";
import type { Claim, Task } from "../../../src/domain/task.ts";
import { Crew } from "../../../src/orchestration/scheduler/crew.ts";
import {
  makeDelivery,
  makeRun,
  makeTask,
  makeTurn,
  reusable as execution,
} from "../../support/records.ts";
import { makeSession } from "../../support/session.ts";

const author = "run:rn_1";
function claimOf(token: number, sessionId: string | null): Claim {
  const holder = `session:${sessionId}`;
  return { holder, sessionId, token, claimedAt: 1, ttlMs: 1_000, expiresAt: 1_001 };
}

function task(n: number, over: Partial<Task> = {}): Task {
  return makeTask({ id: `tk_${n}`, key: `task-${n}`, runId: "rn_1", execution, ...over });
}

/** A session that did its first task, `tk_1`. */
const session = makeSession({
  id: "ap_1",
  state: "idle",
  author,
  idempotencyKey: attemptKey({ id: "tk_1", attempt: 1 }, 1),
});
const first = task(1, { state: "completed", attempt: 1, claim: claimOf(1, "ap_1") });

function crewOf(
  tasks: readonly Task[],
  {
    further = [],
    run = {},
    isShort = false,
  }: {
    readonly further?: readonly Delivery[];
    readonly run?: Partial<Run>;
    readonly isShort?: boolean;
  } = {},
): Promise<Crew> {
  const facts: RunFacts = {
    run: makeRun({ id: "rn_1", state: "running", ...run }),
    tasks: new Map(tasks.map((one) => [one.key ?? one.id, one])),
    approvals: new Map(),
  };
  const deliveries = [makeDelivery({ id: "dl_1", state: "accepted" }), ...further];
  const turns = deliveries.map(({ id }, index) =>
    makeTurn({ n: index + 1, state: "completed", author, deliveryId: id, endedBy: ["log"] }),
  );
  const store = {
    sessions: { get: async () => session },
    turns: { ofSession: async () => turns },
    deliveries: { ofSession: async () => deliveries },
    prompts: { open: async () => [] },
    leases: { list: async () => [] },
    tasks: { claims: async () => [] },
  } as unknown as Parameters<typeof Crew.read>[0];
  return Crew.read(store, [session], [facts], { isShort: () => isShort });
}

const nobody = (): boolean => false;

test("an idle session is given one task that is like its last, and to nobody else then", async () => {
  const [second, third] = [task(2), task(3)];
  const crew = await crewOf([first, second, third]);
  expect(await crew.isWanted(session)).toBe(true);

  expect(await crew.take(second, nobody)).toBe(session);

  expect(await crew.take(third, nobody)).toBeUndefined();
  expect(await crew.isWanted(session)).toBe(true);
});

test("nobody is given a session with which something is being done", async () => {
  const crew = await crewOf([first, task(2)]);

  expect(await crew.take(task(2), (id) => id === session.id)).toBeUndefined();
});

test("a session is kept for what can be begun and is like its last alone", async () => {
  const wanted = async (...given: Parameters<typeof crewOf>): Promise<boolean> =>
    (await crewOf(...given)).isWanted(session);

  expect(await wanted([first, task(2)])).toBe(true);
  expect(await wanted([first])).toBe(false);
  expect(await wanted([first, task(2, { state: "blocked" })])).toBe(false);
  const other = { ...execution, providerId: "another" };
  expect(await wanted([first, task(2, { execution: other })])).toBe(false);
  expect(await wanted([first, task(2)], { run: { state: "paused" } })).toBe(false);
  expect(await wanted([first, task(2)], { isShort: true })).toBe(false);
  expect(await wanted([{ ...first, state: "failed" }, task(2)])).toBe(false);
});

test("a task that a live session was given is known as that session's, whatever became of its claim", async () => {
  const key = attemptKey({ id: "tk_2", attempt: 1 }, 2);
  const further = [makeDelivery({ id: "dl_2", state: "accepted", idempotencyKey: key })];
  const crew = await crewOf([first, task(2), task(3)], { further });

  expect(crew.byTask.get("tk_2")).toEqual([session]);
  expect(crew.attemptOf(session)).toMatchObject({ taskId: "tk_2", token: 2 });
  // its last one is not completed
  expect(await crew.take(task(3), nobody)).toBeUndefined();
  expect(await crew.isWanted(session)).toBe(false);
});

test("a session that has a claim is its own before the text is on its way, and after any crash", async () => {
  const claimed = task(2, { state: "claimed", attempt: 1, claim: claimOf(2, "ap_1") });
  const crew = await crewOf([first, claimed, task(3)]);

  expect(crew.byTask.get("tk_2")).toEqual([session]);
  expect(await crew.isWanted(session)).toBe(true);
  expect(await crew.take(task(3), nobody)).toBeUndefined();
});
