import { expect, test } from "vitest";
import { person } from "../../src/domain/principal.ts";
import { doneBy } from "../../src/orchestration/kinds/worker.ts";
import { anybody, want } from "../support/task-book.ts";
import { addSession, me, minute, never, openDesk, tokenOf, wish } from "../support/task-desk.ts";

const worker = {
  providerId: "x",
  model: null,
  effort: null,
  profile: null,
  systemPrompt: null,
  mode: "shared",
  repoPath: "/r",
  timeoutMs: null,
} as const;

test("tasks added together are claimed in the order they were given", async () => {
  const { board, claims } = await openDesk();
  await board.add(
    Array.from({ length: 50 }, (_, n) => want({ title: `t${n}` })),
    me,
  );
  const titles = [];
  for (let n = 0; n < 50; n++) titles.push((await claims.claimNext(anybody, wish()))?.title);

  expect(titles).toEqual(Array.from({ length: 50 }, (_, n) => `t${n}`));
});

test("a request that comes again changes nothing, and another with its key is refused", async () => {
  const { board, store } = await openDesk();
  const add = { ...me, idempotencyKey: "add" };
  const [task] = await board.add([want()], add);
  expect((await board.add([want()], add))[0]?.id).toBe(task?.id);
  await expect(board.add([want({ title: "another" })], add)).rejects.toMatchObject({
    code: "idempotency_conflict",
  });

  const note = { id: "nt_1", taskId: task?.id ?? "", author: "person", text: "x", at: 1 };
  await board.note(note, null);
  await board.note(note, null);
  expect(await store.tasks.notes(note.taskId, 9)).toHaveLength(1);
});

test("a wait ends when the task has ended, or cannot be completed any more", async () => {
  const { board, claims, requests } = await openDesk();
  const [a, b] = await board.add(
    [want({ key: "a", maxAttempts: 1 }), want({ key: "b", dependsOn: ["a"] })],
    me,
  );
  const wait = (id: string | undefined, timeoutMs = 60_000) =>
    requests.wait({ taskIds: [id ?? ""], mode: "all", timeoutMs }, never);
  expect(await wait(a?.id, 0)).toBe("timeout");
  const waits = [wait(a?.id), wait(b?.id)];
  const task = await claims.claimNext(anybody, wish());

  await claims.fail(task?.id ?? "", { token: tokenOf(task), holder: null }, "no");

  expect(await Promise.all(waits)).toEqual(["ended", "stuck"]);
});

test("what requires a preset is done by a session of its provider, whoever gives it", async () => {
  const { claimRequests, requests, store } = await openDesk({
    definitionOf: (name) => Promise.resolve(name === "x-team" ? "x" : name),
  });
  const { id } = await addSession(store, { id: "ap_000000000001", state: "idle", providerId: "x" });
  const asker = (idempotencyKey: string) => ({ principal: person, signal: never, idempotencyKey });
  const requires = { providerId: "x-team", model: null, role: null };
  const add = async (key: string): Promise<string> => {
    const tasks = [want({ key, requires })];
    return (await requests.add({ tasks, runId: null }, asker(`add ${key}`)))[0]?.id ?? "";
  };

  const first = await add("a");
  const given = await claimRequests.assign(
    { taskId: first, session: id, ttlMs: minute },
    asker("a"),
  );
  expect(given).toMatchObject({ state: "claimed", claim: { sessionId: id } });
  const second = await add("b");
  const whom = { session: null, agent: "me", taskId: null, runId: null, tags: [] };
  const claim = { ...whom, capability: requires, ttlMs: minute, waitMs: 0 };
  expect(await claimRequests.claim(claim, asker("b"))).toMatchObject({ id: second });

  const byPreset = doneBy({ ...worker, providerId: "x-team", definitionId: "x" });
  expect(byPreset).toMatchObject({
    requires: { providerId: "x" },
    execution: { providerId: "x-team" },
  });
});

test("a text of a megabyte comes back as it was, a larger one is refused with its size", async () => {
  const { claims, requests } = await openDesk();
  const asker = { principal: { kind: "person" } as const, idempotencyKey: "k", signal: never };
  const body = "é".repeat(524_288);
  await requests.add({ tasks: [want({ body })], runId: null }, asker);

  const task = await claims.claimNext(anybody, wish());

  expect(task?.body === body).toBe(true);
  await expect(
    requests.add({ tasks: [want({ body: `${body}x` })], runId: null }, asker),
  ).rejects.toMatchObject({ code: "text_too_large", details: { bytes: 1_048_577 } });
});
