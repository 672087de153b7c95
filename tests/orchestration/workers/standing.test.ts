import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { seatKey, type Seat, type WorkerGroup } from "../../../src/domain/worker-group.ts";
import { endGroup } from "../../../src/domain/worker-group-rules.ts";
import type { Session } from "../../../src/domain/session.ts";
import { TaskSteps } from "../../../src/orchestration/board/task-steps.ts";
import { Claims } from "../../../src/orchestration/claims/claims.ts";
import type { Standing } from "../../../src/orchestration/claims/standing.ts";
import { standingOf } from "../../../src/orchestration/workers/standing.ts";
import { openStore } from "../../../src/store/open.ts";
import { decide, makeTask, makeWorkerGroup } from "../../support/records.ts";
import { makeSession, t0 } from "../../support/session.ts";
import { anybody } from "../../support/task-book.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const seat: Seat = {
  n: 1,
  sessionId: null,
  at: t0,
  draining: false,
  ending: false,
  proven: false,
  told: null,
};

async function setUp(group: Partial<WorkerGroup>) {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: 0 });
  onTestFinished(() => store.close());
  const session: Session = makeSession({ idempotencyKey: seatKey("wk_1", 1) });
  const tasks = [makeTask({ id: "tk_a" }), makeTask({ id: "tk_b", tags: ["docs"] })];
  await store.commit(
    decide({
      writes: [
        { noun: "session", insert: session },
        { noun: "workers", insert: makeWorkerGroup({ seats: [seat], ...group }) },
        ...tasks.map((insert) => ({ noun: "task", insert }) as const),
      ],
    }),
  );
  let asked = 0;
  const open = (standing: (id: string) => Promise<Standing>): Claims => {
    const parts = { store, log: () => undefined, now: () => t0 };
    const claims = new Claims(parts, new TaskSteps(store), { standing });
    onTestFinished(() => claims.close());
    return claims;
  };
  const claim = async (claims: Claims): Promise<string | undefined> => {
    asked += 1;
    const wish = {
      holder: `session:${session.id}`,
      sessionId: session.id,
      ttlMs: 60_000,
      requestKey: `key ${asked}`,
    };
    return (await claims.claimNext(anybody, wish))?.id;
  };
  const drain = async (): Promise<void> => {
    const [present] = await store.workerGroups.open();
    if (!present) throw new Error("there is no group");
    const how = { state: "draining", because: "enough", by: "person", now: t0 } as const;
    expect((await store.commit(endGroup(present, how))).ok).toBe(true);
  };
  return { store, session, open, claim, drain };
}

test("a worker is given what its group is for, whatever it asks for", async () => {
  const { store, open, claim } = await setUp({ tags: ["docs"] });
  const claims = open((id) => standingOf(store, id));

  expect(await claim(claims)).toBe("tk_b");
  expect(await claim(claims)).toBeUndefined();
});

test("a draining worker is given nothing, and no task that is named", async () => {
  const { store, session, open, claim, drain } = await setUp({});
  const claims = open((id) => standingOf(store, id));
  await drain();

  expect(await claim(claims)).toBeUndefined();
  const wish = { holder: "h", sessionId: session.id, ttlMs: 1_000, requestKey: "k" };
  await expect(claims.claimTask("tk_a", anybody, wish)).rejects.toMatchObject({
    code: "task_not_claimable",
  });
});

test("a claim that was decided before the drain and comes after it is not given", async () => {
  const { store, open, claim, drain } = await setUp({});
  let looks = 0;
  const claims = open(async (id) => {
    const standing = await standingOf(store, id);
    looks += 1;
    if (looks === 1) await drain();
    return standing;
  });

  expect(await claim(claims)).toBeUndefined();
  expect(looks).toBe(2);
  expect(await store.tasks.claims()).toEqual([]);
});

test("whoever is nobody's worker is given tasks as before", async () => {
  const { open, claim, drain, store, session } = await setUp({ seats: [] });
  await drain();
  const none = { noun: "session", id: session.id, update: { idempotencyKey: null } } as const;
  await store.commit(decide({ writes: [none] }));

  expect(await claim(open((id) => standingOf(store, id)))).toBe("tk_a");
});
