import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { attemptKey } from "../../../src/domain/attempt-key.ts";
import { sessionHolder } from "../../../src/domain/hold.ts";
import { mergeConfig } from "../../../src/platform/config/config.ts";
import { Ongoing } from "../../../src/orchestration/ongoing.ts";
import type { BudgetKeeper } from "../../../src/orchestration/scheduler/budget-keeper.ts";
import { Crew } from "../../../src/orchestration/scheduler/crew.ts";
import {
  Dispatcher,
  type DispatcherParts,
} from "../../../src/orchestration/scheduler/dispatcher.ts";
import { RunBook } from "../../../src/orchestration/scheduler/run-book.ts";
import { openStore } from "../../../src/store/open.ts";
import {
  decide,
  makeDelivery,
  makeRun,
  makeTask,
  makeTurn,
  reusable,
} from "../../support/records.ts";
import { makeSession, t0 } from "../../support/session.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const author = "run:rn_1";
const key = attemptKey({ id: "tk_1", attempt: 1 }, 1);
const session = makeSession({ state: "idle", author, idempotencyKey: key });

/** A run of one place whose only session did the first of three tasks that are alike. */
async function setUp() {
  const store = await openStore({
    file: join(tempFolder(), "agentpool.db"),
    mode: "write",
    now: 0,
  });
  onTestFinished(() => store.close());
  const run = makeRun({ id: "rn_1", state: "running" });
  const claim = {
    holder: sessionHolder(session.id),
    sessionId: session.id,
    token: 1,
    claimedAt: t0,
    ttlMs: 1_000,
    expiresAt: t0 + 1_000,
  };
  const tasks = [1, 2, 3].map((n) =>
    makeTask({
      id: `tk_${n}`,
      key: `task-${n}`,
      runId: run.id,
      execution: reusable,
      createdAt: t0 + n,
      ...(n === 1 ? ({ state: "completed", attempt: 1, claim } as const) : {}),
    }),
  );
  const turn = makeTurn({ state: "completed", author, endedBy: ["log"] });
  await store.commit(
    decide({
      writes: [
        { noun: "run", insert: { ...run, limits: { ...run.limits, concurrency: 1 } } },
        { noun: "session", insert: session },
        { noun: "turn", insert: turn },
        { noun: "delivery", insert: makeDelivery({ state: "accepted" }) },
        ...tasks.map((insert) => ({ noun: "task", insert }) as const),
      ],
    }),
  );
  const book = new RunBook(store);
  let woken = 0;
  const log = (): void => undefined;
  const now = (): number => t0;
  const catalogue = { get: async () => ({ definition: { id: session.providerId } }) };
  const dispatcher = new Dispatcher({
    store,
    now,
    book,
    ongoing: new Ongoing({ log, now, of: "a run", done: () => undefined }),
    config: async () => mergeConfig({}),
    catalogue: catalogue as unknown as DispatcherParts["catalogue"],
    keeper: {
      holds: false,
      withheld: async () => undefined,
      note: async () => undefined,
    } as unknown as BudgetKeeper,
    wake: () => (woken += 1),
  });
  const fill = async (live: readonly (typeof session)[]): Promise<void> => {
    await book.refresh();
    const crew = await Crew.read(store, live, book.facts, { isShort: () => false });
    await dispatcher.fill(live, crew, { now: t0, memoryIsShort: () => undefined });
  };
  return { store, fill, woken: () => woken };
}

test("a task whose idle session changed under its claim is given to it at the next look, and no other in its place", async () => {
  const { store, fill, woken } = await setUp();
  const seen = await store.sessions.live();
  // what the agent told of its turn by a second way
  const update = { updatedAt: t0 + 1, version: 2 };
  await store.commit(decide({ writes: [{ noun: "session", id: session.id, update }] }));

  await fill(seen);

  expect(await store.tasks.claims()).toEqual([]);
  expect(woken()).toBe(1);
  await fill(await store.sessions.live());
  expect(await store.tasks.claims()).toMatchObject([
    { id: "tk_2", claim: { sessionId: session.id } },
  ]);
});
