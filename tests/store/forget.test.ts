import { join } from "node:path";
import { expect, test } from "vitest";
import type { Write } from "../../src/domain/decision.ts";
import { openStore } from "../../src/store/open.ts";
import type { ForgetOptions, Store } from "../../src/store/store.ts";
import {
  decide,
  makeApproval,
  makeMessage,
  makeParticipant,
  makeReceipt,
  makeRun,
  makeTask,
  makeWorkerGroup,
} from "../support/records.ts";
import { makeSession, t0 } from "../support/session.ts";
import { tempFolder } from "../support/temp-folder.ts";

const day = 86_400_000;
const old = { createdAt: t0 - 9 * day, updatedAt: t0 - 9 * day, endedAt: t0 - 8 * day };
const done = { ...old, state: "completed" } as const;
const week: ForgetOptions = {
  endedBefore: t0 - 7 * day,
  messagesBefore: t0 - 7 * day,
  now: t0,
  dryRun: false,
};

async function storeWith(writes: readonly Write[]): Promise<Store> {
  const store = await openStore({ file: join(tempFolder(), "s.db"), mode: "write", now: t0 });
  await store.commit(decide({ writes }));
  return store;
}

const task = (fields: Parameters<typeof makeTask>[0]) =>
  ({ noun: "task", insert: makeTask(fields) }) as const;
const run = (fields: Parameters<typeof makeRun>[0]) =>
  ({ noun: "run", insert: makeRun(fields) }) as const;
const approval = (fields: Parameters<typeof makeApproval>[0]) =>
  ({ noun: "approval", insert: makeApproval(fields) }) as const;
const participant = (fields: Parameters<typeof makeParticipant>[0]) =>
  ({ noun: "participant", insert: makeParticipant(fields) }) as const;
const tasksIn = async (store: Store): Promise<string[]> =>
  (await store.tasks.list({ limit: 99 })).tasks.map(({ id }) => id).toSorted();
const nothing = { runs: 0, tasks: 0, approvals: 0, participants: 0, messages: 0 };

test("what is long over goes, counted as the dry run said; what is younger or open stays", async () => {
  const store = await storeWith([
    task({ id: "tk_old", ...done }),
    task({ id: "tk_young", ...done, endedAt: t0 - day }),
    task({ id: "tk_open", createdAt: t0 - 90 * day }),
    run({ id: "rn_old", ...done }),
    run({ id: "rn_open", createdAt: t0 - 90 * day }),
    task({ id: "tk_of_old_run", runId: "rn_old", key: "a", ...done }),
    task({ id: "tk_of_open_run", runId: "rn_open", key: "a", ...done }),
    approval({ id: "av_old", state: "approved", decidedAt: t0 - 8 * day }),
    approval({ id: "av_expired", state: "expired", expiresAt: t0 - 8 * day }),
    approval({ id: "av_pending", createdAt: t0 - 90 * day }),
    approval({ id: "av_run", runId: "rn_open", state: "rejected", decidedAt: t0 - 8 * day }),
    participant({ id: "agent:gone", seenAt: t0 - 8 * day }),
    participant({ id: "agent:left", seenAt: t0 - 9 * day, leftAt: t0 - 8 * day }),
    participant({ id: "agent:there", seenAt: t0 }),
  ]);
  for (const key of ["run_events:rn_old", "run_events_fault:rn_old", "run_events:rn_open"]) {
    await store.meta.set(key, "1");
  }
  const dry = await store.forget({ ...week, dryRun: true });

  expect(dry).toEqual({ ...nothing, runs: 1, tasks: 2, approvals: 2, participants: 2 });
  expect(await store.forget(week)).toEqual(dry);
  expect(await store.forget(week)).toEqual(nothing);

  expect(await tasksIn(store)).toEqual(["tk_of_open_run", "tk_open", "tk_young"]);
  expect(await store.meta.get("run_events:rn_old")).toBeUndefined();
  expect(await store.meta.get("run_events_fault:rn_old")).toBeUndefined();
  expect(await store.meta.get("run_events:rn_open")).toBe("1");
  expect((await store.runs.list({ all: true, limit: 9 })).map(({ id }) => id)).toEqual(["rn_open"]);
  expect(await store.approvals.get("av_run")).toBeDefined();
  expect(await store.approvals.get("av_pending")).toBeDefined();
  expect((await store.participants.list()).map(({ id }) => id)).toEqual(["agent:there"]);
  await store.close();
});

test("what something open depends on or belongs to stays, with all that led to it", async () => {
  const store = await storeWith([
    task({ id: "tk_first", ...done }),
    task({ id: "tk_failed", ...old, state: "failed", dependsOn: ["tk_first"] }),
    task({ id: "tk_blocked", state: "blocked", dependsOn: ["tk_failed"] }),
    // of a run that is over, and somebody waits for one of its tasks
    run({ id: "rn_needed", ...done }),
    task({ id: "tk_needed", runId: "rn_needed", key: "a", ...done }),
    task({ id: "tk_beside", runId: "rn_needed", key: "b", ...done }),
    task({ id: "tk_waits", dependsOn: ["tk_needed"], state: "pending" }),
    run({ id: "rn_lives", ...done }),
    task({ id: "tk_lives", runId: "rn_lives", key: "a", ...done }),
    { noun: "session", insert: makeSession({ runId: "rn_lives", state: "idle" }) },
    run({ id: "rn_group", ...done }),
    { noun: "workers", insert: makeWorkerGroup({ runId: "rn_group" }) },
    run({ id: "rn_asks", ...done }),
    approval({ id: "av_asks", runId: "rn_asks", requestedBy: "agent:asks" }),
    participant({ id: "agent:asks", seenAt: t0 - 30 * day }),
    // nobody needs these two any more, though one names the other
    task({ id: "tk_a", ...done }),
    task({ id: "tk_b", ...done, dependsOn: ["tk_a"] }),
  ]);

  expect(await store.forget(week)).toEqual({ ...nothing, tasks: 2 });

  expect(await tasksIn(store)).not.toContain("tk_a");
  expect(await store.tasks.get("tk_first")).toBeDefined();
  expect(await store.tasks.get("tk_beside")).toBeDefined();
  await store.close();
});

test("null keeps everything but messages that everybody acknowledged", async () => {
  const message = (n: number, state: "acked" | "queued") =>
    [
      {
        noun: "message",
        insert: makeMessage({ id: `ms_${n}`, n, createdAt: t0 - 8 * day }),
      },
      {
        noun: "receipt",
        insert: makeReceipt({ id: `ms_${n}/agent:b`, messageId: `ms_${n}`, n, state }),
      },
    ] as const;
  const store = await storeWith([
    task({ id: "tk_old", ...done }),
    ...message(1, "acked"),
    ...message(2, "queued"),
    ...message(3, "acked"),
  ]);

  // the newest message keeps its number from being given again
  expect(await store.forget({ ...week, endedBefore: null })).toEqual({ ...nothing, messages: 1 });
  expect(await store.messages.get("ms_2")).toBeDefined();
  expect(await tasksIn(store)).toEqual(["tk_old"]);
  await store.close();
});

test("a deep graph of thousands goes in short transactions, events and numbers untouched", async () => {
  const graph = Array.from({ length: 2_000 }, (_, at) =>
    task({
      id: `tk_${at}`,
      runId: "rn_deep",
      key: String(at),
      ...done,
      dependsOn: at === 0 ? [] : [`tk_${at - 1}`],
    }),
  );
  const store = await storeWith([run({ id: "rn_deep", ...done }), ...graph]);
  const last = await store.events.last();
  const revision = await store.tasks.revision();
  let commits = 0;
  let isOver = false;
  const forgetting = store.forget(week).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await store.commit(decide({ writes: [task({ id: `tk_new${commits}` })] }));
    commits += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect(await forgetting).toEqual({ ...nothing, runs: 1, tasks: 2_000 });
  expect(commits).toBeGreaterThan(3);
  expect(await store.events.last()).toBe(last);
  expect(await store.tasks.revision()).toBeGreaterThan(revision);
  await store.close();
});

test("each batch that goes is told with its removal, once, and heard by who listens", async () => {
  const tasks = Array.from({ length: 40 }, (_, n) => task({ id: `tk_${n}`, ...done }));
  const store = await storeWith([...tasks, run({ id: "rn_old", ...done })]);
  const after = await store.events.last();
  const heard: string[] = [];
  store.onCommit((events) => heard.push(...events.map(({ seq }) => String(seq))));
  const told: ForgetOptions["told"] = (batch) => ({
    sessionId: null,
    at: t0,
    body: { type: "records_removed", ...batch, by: "person" },
  });

  await store.forget({ ...week, told, dryRun: true });
  expect(await store.events.last()).toBe(after);
  await store.forget({ ...week, told });
  await store.forget({ ...week, told });

  const events = await store.events.since(after, { limit: 100 });
  expect(heard).toEqual(events.map(({ seq }) => String(seq)));
  const ids = events.flatMap(({ body }) =>
    body.type === "records_removed" ? body.ids.map((id) => `${body.kind} ${id}`) : [],
  );
  expect(ids.toSorted()).toEqual(
    ["run rn_old", ...tasks.map(({ insert }) => `task ${insert.id}`)].toSorted(),
  );
  await store.close();
});
