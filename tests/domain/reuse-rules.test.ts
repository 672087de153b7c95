import { expect, test } from "vitest";
import {
  isAlike,
  isFit,
  judgeHandOver,
  mayFollow,
  turnsFrom,
  wasNeverTyped,
  type SessionPast,
} from "../../src/domain/reuse-rules.ts";
import type { Task, TaskExecution } from "../../src/domain/task.ts";
import { makeDelivery, makeTask, makeTurn, reusable as execution } from "../support/records.ts";
import { makeSession } from "../support/session.ts";

function task(over: Partial<TaskExecution> = {}, fields: Partial<Task> = {}): Task {
  return makeTask({ runId: "rn_1", execution: { ...execution, ...over }, ...fields });
}

test("a task follows another in its session when it may and nobody had it before", () => {
  const { reuse: _, ...alone } = execution;
  const gone = { token: 3, holder: "session:ap_1", as: "failed", because: "it failed" } as const;

  expect(mayFollow(task())).toBe(true);
  expect(mayFollow(task({ mode: "shared" }))).toBe(true);
  expect(mayFollow(makeTask({ execution: alone }))).toBe(false);
  expect(mayFollow(makeTask({ execution: null }))).toBe(false);
  expect(mayFollow(task({ mode: "worktree" }))).toBe(false);
  expect(mayFollow(task({ endsWith: "completion" }))).toBe(false);
  expect(mayFollow(task({ toolset: "worker" }))).toBe(false);
  expect(mayFollow(task({}, { pastClaim: gone }))).toBe(false);
});

test("tasks are alike when a session for one would be started as one for the other", () => {
  expect(isAlike(task(), task({ timeoutMs: 5 }))).toBe(true);

  expect(isAlike(task(), task({}, { runId: "rn_2" }))).toBe(false);
  expect(isAlike(task({}, { runId: null }), task({}, { runId: null }))).toBe(false);
  for (const over of [
    { providerId: "other" },
    { model: "large" },
    { effort: "high" },
    { profile: "reviewer" },
    { systemPrompt: "Be brief" },
    { mode: "shared" },
    { repoPath: "/elsewhere" },
    { endsWith: "completion" },
    { toolset: "worker" },
  ] as const) {
    expect(isAlike(task(), task(over)), JSON.stringify(over)).toBe(false);
  }
});

const author = "run:rn_1";

function past(over: Partial<SessionPast> = {}): SessionPast {
  return {
    session: makeSession({ state: "idle", author }),
    turns: [makeTurn({ state: "completed", author, deliveryId: "dl_1", endedBy: ["log"] })],
    deliveries: [makeDelivery({ id: "dl_1", state: "accepted" })],
    promptsOpen: false,
    holdsMore: false,
    ...over,
  };
}

test("a session is fit when it is idle and all it was given was taken and completed", () => {
  expect(isFit(past())).toBe(true);

  for (const session of [
    { state: "running" },
    { state: "unknown" },
    { state: "idle", acceptance: "none" },
    { state: "idle", backgroundJobs: 1 },
    { state: "idle", timedOutAt: 5 },
    { state: "idle", closing: { value: "cancelled", source: "operation", at: 1, because: "x" } },
  ] as const) {
    const broken = past({ session: makeSession({ author, ...session }) });
    expect(isFit(broken), JSON.stringify(session)).toBe(false);
  }
  expect(isFit(past({ promptsOpen: true }))).toBe(false);
  expect(isFit(past({ holdsMore: true }))).toBe(false);
  expect(isFit(past({ turns: [] }))).toBe(false);
});

test("a session with an unproven text, or with a turn that is not the run's, is not fit", () => {
  const own = { state: "completed", author, deliveryId: "dl_1", endedBy: ["hook"] } as const;

  for (const state of ["queued", "submitted", "unconfirmed", "refused", "expired"] as const) {
    const deliveries = [...past().deliveries, makeDelivery({ id: "dl_2", state })];
    expect(isFit(past({ deliveries })), state).toBe(false);
  }
  for (const turn of [
    { state: "failed" },
    { state: "interrupted" },
    { author: "person" },
    { deliveryId: null },
    { endedBy: ["screen"] },
    { endedBy: [] },
  ] as const) {
    const turns = [makeTurn(own), makeTurn({ ...own, ...turn })];
    expect(isFit(past({ turns })), JSON.stringify(turn)).toBe(false);
  }
});

test("the turns of a text are the one it opened and what follows, none while it was not taken", () => {
  const turns = ["dl_1", "dl_2", null].map((deliveryId, index) =>
    makeTurn({ id: `tu_${index + 1}`, n: index + 1, deliveryId }),
  );

  expect(turnsFrom(turns, { id: "dl_2" }).map(({ id }) => id)).toEqual(["tu_2", "tu_3"]);
  expect(turnsFrom(turns, { id: "dl_9" })).toEqual([]);
  expect(turnsFrom(turns, undefined)).toEqual([]);
});

test("a text is taken only when that was proven, and cannot have arrived only when it was not typed", () => {
  expect(judgeHandOver(undefined)).toBe("missing");
  expect(judgeHandOver(makeDelivery({ state: "unconfirmed" }))).toBe("on_its_way");
  expect(judgeHandOver(makeDelivery({ state: "accepted" }))).toBe("taken");
  expect(judgeHandOver(makeDelivery({ state: "expired" }))).toBe("not_taken");

  const untyped = { state: "cancelled", pastedAt: null, submittedAt: null } as const;
  expect(wasNeverTyped(undefined)).toBe(true);
  expect(wasNeverTyped(makeDelivery(untyped))).toBe(true);
  expect(wasNeverTyped(makeDelivery({ ...untyped, pastedAt: 5 }))).toBe(false);
});
